"""The api process: requests in, answers out, no broker in it."""

from fastapi import FastAPI

from calibration.domain.errors import Rejected
from calibration.inbound.http import router
from calibration.settings import SERVICE
from plumbline.runtime.audit_routes import audit_router
from plumbline.runtime.http import create_api
from plumbline.runtime.settings import Settings


def create() -> FastAPI:
    """Build the api from the environment."""
    return build(Settings())


def build(settings: Settings) -> FastAPI:
    """Build the api; it connects as the api's own role and closes its connections when it stops."""
    return create_api(
        service=SERVICE.name,
        settings=settings,
        routers=[router, audit_router(SERVICE.name)],
        rejected=Rejected,
    )
