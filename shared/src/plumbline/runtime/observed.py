"""Every request of an api: its trace, its time, and an unexpected error that is logged without its message."""

import time
from http import HTTPStatus

from opentelemetry.trace import SpanKind, StatusCode
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from plumbline.runtime.problems import ProblemError, to_response
from plumbline.runtime.telemetry import HTTP_SECONDS, continue_trace, describe, logger

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_QUIET = frozenset({"/healthz", "/readyz", "/metrics"})
_log = logger("plumbline.http")


class Observed:
    """ASGI middleware; labels and span names hold the route's template, never the path, which names people."""

    def __init__(self, app: ASGIApp, *, service: str) -> None:
        self._app = app
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["path"] in _QUIET:
            await self._app(scope, receive, send)
            return
        method = scope["method"] if scope["method"] in _METHODS else "OTHER"
        traceparent = Headers(scope=scope).get("traceparent")
        with continue_trace(traceparent, method, kind=SpanKind.SERVER) as span:
            started = time.perf_counter()
            status = await self._serve(scope, receive, send)
            route = route_template(scope)
            span.update_name(f"{method} {route}")
            span.set_attributes({"http.request.method": method, "http.route": route})
            span.set_attribute("http.response.status_code", status)
            if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                span.set_status(StatusCode.ERROR)
            seconds = HTTP_SECONDS.labels(self._service, method, route, str(status))
            seconds.observe(time.perf_counter() - started)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> int:
        status = 0
        connection_broke = False

        async def note_and_send(message: Message) -> None:
            nonlocal status, connection_broke
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["Cache-Control"] = "no-store"
                headers["X-Content-Type-Options"] = "nosniff"
            try:
                await send(message)
            except BaseException:
                connection_broke = True
                raise

        try:
            await self._app(scope, receive, note_and_send)
        except Exception as error:
            if connection_broke:
                raise  # the server's own signal, not ours to answer
            _log.error("request failed", route=route_template(scope), exception=describe(error))
            if status:
                raise ConnectionAbortedError("the answer broke off") from None
            await to_response(unexpected())(scope, receive, note_and_send)
        return status


def unexpected() -> ProblemError:
    """500, which says nothing of what went wrong; the log does."""
    return ProblemError(
        status=HTTPStatus.INTERNAL_SERVER_ERROR,
        code="unexpected",
        message="Something went wrong here.",
        fix="Try again; the trace id of this answer's log line tells an operator what happened.",
    )


def route_template(scope: Scope) -> str:
    """The matched route as it was declared, for example ``/sessions/{session_id}``."""
    return str(getattr(scope.get("route"), "path", "unmatched"))
