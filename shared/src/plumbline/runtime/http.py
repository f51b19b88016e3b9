"""The frame of every service's api: problems, probes, access, one transaction a request."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from enum import Enum
from http import HTTPStatus
from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import APIRouter, Depends, FastAPI, Request, Response
from fastapi.routing import APIRoute
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import JSONResponse

from plumbline.runtime.access import Action, Relation, Resource, State, may
from plumbline.runtime.api_role import connect_as_api
from plumbline.runtime.auth import Principal, Verifier
from plumbline.runtime.directory import limit_to_visible_divisions
from plumbline.runtime.idempotency import HEADER, FirstAnswer, claim
from plumbline.runtime.observed import Observed
from plumbline.runtime.problems import ProblemError, forbidden, register_problems, register_rejection
from plumbline.runtime.requests import StrictRequest, refuse_unstorable_address
from plumbline.runtime.settings import Settings
from plumbline.runtime.telemetry import set_up_telemetry

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_READY_WITHIN = 2.0  # seconds


class CommandRoute(APIRoute):
    """A route that takes only what can be stored and what it looks at, and keeps the answer of a command.

    An ``If-Match`` that no part of a command would look at is refused: whoever sends one relies on it. The answer is
    kept under the command's Idempotency-Key, in the command's transaction.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap the handler; FastAPI closes the transaction only after what this returns is done."""
        handle = super().get_route_handler()
        takes_version = self.takes_version()

        async def answer(request: Request) -> Response:
            request.state.keeps_answers = True
            refuse_unstorable_address(request)
            if not takes_version:
                _refuse_version(request)
            try:
                response = await handle(StrictRequest(request.scope, request.receive))
            except FirstAnswer as first:
                return first.response
            claimed = getattr(request.state, "claimed", None)
            if claimed is not None:
                await claimed.keep(response)
            return response

        return answer

    def takes_version(self) -> bool:
        """Whether the command looks at ``If-Match``: it or what it depends on asks for the expected version."""
        waiting = [self.dependant]
        while waiting:
            dependant = waiting.pop()
            if dependant.call in {expected_version, required_version}:
                return True
            waiting += dependant.dependencies
        return False


def _refuse_version(request: Request) -> None:
    if request.method not in SAFE and "If-Match" in request.headers:
        raise ProblemError(
            status=HTTPStatus.BAD_REQUEST,
            code="if_match_not_taken",
            message="This command looks at no version, so that it would not keep what If-Match asks for.",
            fix="Send it without If-Match; a version or revision that it takes stands in its body.",
        )


def create_router(*, prefix: str = "", tags: Sequence[str | Enum] = ()) -> APIRouter:
    """A router whose commands understand ``Idempotency-Key``; every router of an api is made here."""
    return APIRouter(prefix=prefix, tags=list(tags), route_class=CommandRoute)


async def principal(request: Request) -> Principal:
    """The person who asks; without a valid token the answer is 401."""
    verifier: Verifier = request.app.state.verifier
    return await verifier.principal(request.headers.get("Authorization"))


Caller = Annotated[Principal, Depends(principal)]


async def transaction(request: Request, caller: Caller) -> AsyncGenerator[AsyncConnection]:
    """One transaction for the request, held to the caller's divisions; committed before the answer is sent."""
    engine: AsyncEngine = request.app.state.engine
    async with engine.begin() as tx:
        request.state.works_here = await limit_to_visible_divisions(tx, caller.person_id)
        if request.method not in SAFE and HEADER in request.headers:
            if not getattr(request.state, "keeps_answers", False):
                raise RuntimeError("make the router with create_router, so that it keeps answers")
            request.state.claimed = await claim(tx, request, person_id=caller.person_id)
        yield tx


# "function": the commit comes before the answer, so that nobody hears "done" about what was rolled back.
Tx = Annotated[AsyncConnection, Depends(transaction, scope="function")]


def require(
    relations: Iterable[Relation], *, action: Action, resource: Resource, state: State = State.ALWAYS
) -> None:
    """Answer 403 unless the policy allows it; the same answer whether or not the thing exists."""
    if not may(relations, action=action, resource=resource, state=state):
        raise forbidden()


def expected_version(request: Request) -> int | None:
    """The version in ``If-Match``, or None when there is none; ``"3"``, ``W/"3"`` and ``3`` are the same."""
    sent = request.headers.get("If-Match")
    if sent is None:
        return None
    text = sent.strip().removeprefix("W/").strip('"')
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise ProblemError(
            status=HTTPStatus.BAD_REQUEST,
            code="invalid_if_match",
            message="If-Match holds one version number.",
            fix='Send the ETag of what you saw, for example If-Match: "3".',
        )
    return int(text)


def required_version(request: Request) -> int:
    """The version in ``If-Match``; 428 when there is none."""
    version = expected_version(request)
    if version is None:
        raise ProblemError(
            status=HTTPStatus.PRECONDITION_REQUIRED,
            code="if_match_required",
            message="This changes something that others may have changed meanwhile.",
            fix="Send the ETag of what you saw as If-Match.",
        )
    return version


ExpectedVersion = Annotated[int | None, Depends(expected_version)]
RequiredVersion = Annotated[int, Depends(required_version)]


def require_idempotency_key(request: Request) -> None:
    """400 without an Idempotency-Key; for commands that must never run twice: ``dependencies=[...]``."""
    if HEADER not in request.headers:
        raise ProblemError(
            status=HTTPStatus.BAD_REQUEST,
            code="idempotency_key_required",
            message="This command must not run twice.",
            fix="Send an Idempotency-Key header, for example a UUID.",
        )


def check_version(
    *, expected: int | None, current: int, changed: Sequence[Mapping[str, object]] = ()
) -> None:
    """409 with the current version and what changed since, when the caller saw another version (None: any).

    ``changed`` lists the later changes, for example ``{"version": 4, "what": "rating adjusted"}``; it goes to
    the caller, so it contains only what the caller may read.
    """
    if expected is None or expected == current:
        return
    raise ProblemError(
        status=HTTPStatus.CONFLICT,
        code="stale_version",
        message="Somebody changed this after you read it.",
        fix="Read it again, and repeat the command with the new version.",
        more={"expected_version": expected, "current_version": current, "changed": list(changed)},
        headers={"ETag": etag(current)},
    )


def etag(version: int) -> str:
    """The ``ETag`` of a version: ``response.headers["ETag"] = etag(3)``."""
    return f'"{version}"'


def create_api(
    *,
    service: str,
    settings: Settings,
    routers: Sequence[APIRouter],
    rejected: type[Exception] | None = None,
    engine: AsyncEngine | None = None,
    verifier: Verifier | None = None,
) -> FastAPI:
    """A service's api; it connects as the api's own role and closes its connections when it stops.

    An ``engine`` that is given is used instead, and closed too.

    Raises:
        ConfigurationError: the settings name no issuer whose tokens can be trusted, or not the api's own role.
    """
    set_up_telemetry(service=service, settings=settings)
    engine = engine or connect_as_api(settings.database_for_api(), pool_size=settings.database_pool)
    app = _start_empty(service, engine, max_body_bytes=settings.max_body_bytes)
    app.state.engine = engine
    app.state.settings = settings
    app.state.verifier = verifier or Verifier(settings)
    register_problems(app)
    if rejected is not None:
        register_rejection(app, rejected)
    for router in routers:
        app.include_router(router)
    add_probes(app, ready=lambda: database_answers(engine))
    app.add_middleware(Observed, service=service)
    if settings.cors_origins:
        _let_pages_call(app, settings.cors_origins)
    return app


def _start_empty(service: str, engine: AsyncEngine, *, max_body_bytes: int) -> FastAPI:
    """An application without any route, which closes the connections when it stops."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncGenerator[None]:
        yield
        await engine.dispose()

    return FastAPI(
        title=f"Plumbline {service}",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        max_body_size=max_body_bytes,
        # Its spans hold paths and queries, which name people, its logs exceptions' messages: Observed's do not.
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
    )


def _let_pages_call(app: FastAPI, origins: Sequence[str]) -> None:
    """Let pages of these origins ask from a browser, send what a command needs, and read what an answer says."""
    app.add_middleware(
        CORSMiddleware,
        allow_origins=list(origins),
        allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
        allow_headers=["Authorization", "Content-Type", "If-Match", HEADER, "traceparent"],
        expose_headers=["ETag", "Location", "Idempotency-Replayed"],
    )


def add_probes(app: FastAPI, *, ready: Callable[[], Awaitable[bool]]) -> None:
    """/healthz (the process runs), /readyz (it can do its work now) and /metrics (Prometheus)."""

    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    async def readyz() -> JSONResponse:
        is_ready = await ready()
        status = HTTPStatus.OK if is_ready else HTTPStatus.SERVICE_UNAVAILABLE
        return JSONResponse({"status": "ready" if is_ready else "unready"}, status_code=status)

    async def metrics() -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    app.add_api_route("/healthz", healthz, include_in_schema=False)
    app.add_api_route("/readyz", readyz, include_in_schema=False, response_model=None)
    app.add_api_route("/metrics", metrics, include_in_schema=False, response_model=None)


async def database_answers(engine: AsyncEngine) -> bool:
    """Whether the database answers within two seconds."""
    try:
        async with asyncio.timeout(_READY_WITHIN), engine.connect() as connection:
            await connection.execute(sa.select(1))
    except (SQLAlchemyError, OSError, TimeoutError):
        return False
    return True
