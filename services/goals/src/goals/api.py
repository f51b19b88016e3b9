"""The api process: requests in, answers out, no broker in it."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.types import Lifespan

from goals.domain.errors import Rejected
from goals.inbound import http, http_changes, http_reads
from plumbline.runtime.auth import Verifier
from plumbline.runtime.database import connect
from plumbline.runtime.http import create_api
from plumbline.runtime.settings import Settings


def create() -> FastAPI:
    """Build the api from the environment."""
    settings = Settings()
    engine = connect(settings.database_for_api(), pool_size=settings.database_pool)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncGenerator[None]:
        yield
        await engine.dispose()

    return assemble(settings, engine, lifespan=lifespan)


def assemble(
    settings: Settings,
    engine: AsyncEngine,
    *,
    lifespan: Lifespan[FastAPI] | None = None,
    verifier: Verifier | None = None,
) -> FastAPI:
    """The api over an engine that stays the caller's."""
    return create_api(
        service="goals",
        settings=settings,
        engine=engine,
        routers=(http.router, http_changes.router, http_reads.router),
        rejected=Rejected,
        lifespan=lifespan,
        verifier=verifier,
    )
