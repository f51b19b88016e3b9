"""Errors as RFC 9457 problem documents that say what to do and never repeat what a person sent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as attribute
from http import HTTPStatus
from typing import Literal, cast

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from plumbline.runtime.auth import IssuerUnavailableError, UnauthenticatedError
from plumbline.runtime.invalid_fields import FieldError, explain_fields

MEDIA_TYPE = "application/problem+json"
RejectedAs = Literal["invalid", "conflict", "forbidden", "not_found"]
_REJECTED: Mapping[str, HTTPStatus] = {
    "invalid": HTTPStatus.UNPROCESSABLE_ENTITY,
    "conflict": HTTPStatus.CONFLICT,
    "forbidden": HTTPStatus.FORBIDDEN,
    "not_found": HTTPStatus.NOT_FOUND,
}


@dataclass(slots=True, kw_only=True)
class ProblemError(Exception):
    """An answer other than success; ``more`` adds members, such as the current version.

    Not frozen, because Python writes the traceback into an exception that passes a context manager.
    """

    status: HTTPStatus
    code: str
    message: str
    fix: str | None = None
    field: str | None = None
    errors: Sequence[FieldError] = ()
    more: Mapping[str, object] = attribute(default_factory=dict[str, object])
    headers: Mapping[str, str] = attribute(default_factory=dict[str, str])

    def __str__(self) -> str:
        return self.code


class UnusableBodyError(HTTPException):
    """A body that was refused while it was read; FastAPI lets no other kind of exception out of that."""

    def __init__(self, problem: ProblemError) -> None:
        super().__init__(status_code=problem.status)
        self.problem = problem


def forbidden(
    message: str = "You have no right to see or do this.",
    *,
    fix: str = "Ask the person's manager or HR partner.",
) -> ProblemError:
    """403; the message is the same whether or not the thing exists."""
    return ProblemError(
        status=HTTPStatus.FORBIDDEN,
        code="forbidden",
        message=message,
        fix=fix,
    )


def not_found(what: str) -> ProblemError:
    """404; ``what`` names the kind of thing, never an id or content: ``not_found("goal")``."""
    return ProblemError(
        status=HTTPStatus.NOT_FOUND,
        code="not_found",
        message=f"There is no such {what}.",
        fix="Check the address.",
    )


def invalid_fields(errors: Sequence[FieldError]) -> ProblemError:
    """422 with what is wrong with each field of the request."""
    return ProblemError(
        status=HTTPStatus.UNPROCESSABLE_ENTITY,
        code="invalid_request",
        message="Some fields cannot be used.",
        errors=errors,
    )


def unreadable_body(message: str, *, fix: str = "Send one JSON object.") -> ProblemError:
    """400: no field of the body can be read."""
    return ProblemError(status=HTTPStatus.BAD_REQUEST, code="unreadable_body", message=message, fix=fix)


def to_response(problem: ProblemError) -> JSONResponse:
    """The HTTP answer for a problem."""
    body: dict[str, object] = {
        "type": f"urn:plumbline:problem:{problem.code}",
        "title": problem.status.phrase,
        "status": int(problem.status),
        "code": problem.code,
        "detail": problem.message,
    }
    if problem.field is not None:
        body["field"] = problem.field
    if problem.fix is not None:
        body["fix"] = problem.fix
    if problem.errors:
        body["errors"] = [
            {"field": each.field, "message": each.message, "fix": each.fix} for each in problem.errors
        ]
    return JSONResponse(
        {**body, **problem.more},
        status_code=problem.status,
        headers=dict(problem.headers),
        media_type=MEDIA_TYPE,
    )


def register_problems(app: FastAPI) -> None:
    """Turn every expected exception of an api into a problem document."""
    app.add_exception_handler(ProblemError, _on_problem)
    app.add_exception_handler(UnusableBodyError, _on_unusable_body)
    app.add_exception_handler(UnauthenticatedError, _on_unauthenticated)
    app.add_exception_handler(IssuerUnavailableError, _on_issuer_unavailable)
    app.add_exception_handler(RequestValidationError, _on_invalid_request)
    app.add_exception_handler(HTTPException, _on_http_exception)


def register_rejection(app: FastAPI, rejected: type[Exception]) -> None:
    """Answer a service's own ``Rejected`` with its ``message`` (or ``reason``), ``code``, ``field``, ``fix``.

    Its ``status`` picks the HTTP status: "invalid" (422, also when absent), "conflict", "forbidden" or
    "not_found". The texts go to the client as they are: a rule's message must not quote people's content.
    """
    app.add_exception_handler(rejected, _on_rejected)


async def _on_problem(request: Request, error: Exception) -> JSONResponse:
    return to_response(_of_a_stranger(request, cast("ProblemError", error)))


async def _on_unusable_body(_request: Request, error: Exception) -> JSONResponse:
    return to_response(cast("UnusableBodyError", error).problem)


def _of_a_stranger(request: Request, problem: ProblemError) -> ProblemError:
    """The problem; a 403 of somebody who does not work here says that instead, for no manager can mend it."""
    if problem.status != HTTPStatus.FORBIDDEN or getattr(request.state, "works_here", True):
        return problem
    return forbidden(
        "The directory knows nobody who works here under the id that you are signed in with.",
        fix="Sign in as somebody who works here, or ask HR to import you; a new record needs some seconds to arrive.",
    )


async def _on_rejected(request: Request, error: Exception) -> JSONResponse:
    def said(*names: str) -> str | None:
        return next((str(value) for name in names if (value := getattr(error, name, None))), None)

    kind = said("status") or "invalid"
    problem = ProblemError(
        status=_REJECTED.get(kind, HTTPStatus.UNPROCESSABLE_ENTITY),
        code=said("code") or kind,
        message=said("message", "reason") or "A rule refuses this.",
        field=said("field"),
        fix=said("fix"),
    )
    return to_response(_of_a_stranger(request, problem))


async def _on_unauthenticated(_request: Request, error: Exception) -> JSONResponse:
    reason = cast("UnauthenticatedError", error).reason
    problem = ProblemError(
        status=HTTPStatus.UNAUTHORIZED,
        code="unauthenticated",
        message=f"Not signed in: {reason}.",
        fix="Send an Authorization header with a valid bearer token.",
        headers={
            "WWW-Authenticate": f'Bearer realm="plumbline", error="invalid_token", error_description="{reason}"'
        },
    )
    return to_response(problem)


async def _on_issuer_unavailable(_request: Request, _error: Exception) -> JSONResponse:
    problem = ProblemError(
        status=HTTPStatus.SERVICE_UNAVAILABLE,
        code="issuer_unavailable",
        message="The identity provider's keys cannot be read now.",
        fix="Try again shortly.",
        headers={"Retry-After": "10"},
    )
    return to_response(problem)


async def _on_http_exception(_request: Request, error: Exception) -> JSONResponse:
    raised = cast("HTTPException", error)
    status = HTTPStatus(raised.status_code)
    message, fix = _of_a_route(status, allowed=(raised.headers or {}).get("Allow"))
    problem = ProblemError(
        status=status,
        code=status.name.lower(),
        message=message,
        fix=fix,
        headers=dict(raised.headers or {}),
    )
    return to_response(problem)


def _of_a_route(status: HTTPStatus, *, allowed: str | None) -> tuple[str, str | None]:
    """What the framework refuses before a route is reached, and what to do."""
    if status == HTTPStatus.NOT_FOUND:
        return (
            "Nothing answers at this address.",
            "Check the address; GET /openapi.json lists those there are.",
        )
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        fix = (
            f"Use {allowed} here."
            if allowed
            else "Check the method; GET /openapi.json lists those there are."
        )
        return "This address does not take this method.", fix
    if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return "The body is too large.", "Send less at once."
    return f"{status.phrase}.", None


async def _on_invalid_request(_request: Request, error: Exception) -> JSONResponse:
    found = cast("RequestValidationError", error).errors()
    if any(each["type"] == "json_invalid" for each in found):
        return to_response(unreadable_body("The body is not JSON."))
    return to_response(invalid_fields(explain_fields(found)))
