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

MEDIA_TYPE = "application/problem+json"
RejectedAs = Literal["invalid", "conflict", "forbidden", "not_found"]
_REJECTED: Mapping[str, HTTPStatus] = {
    "invalid": HTTPStatus.UNPROCESSABLE_ENTITY,
    "conflict": HTTPStatus.CONFLICT,
    "forbidden": HTTPStatus.FORBIDDEN,
    "not_found": HTTPStatus.NOT_FOUND,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldError:
    """What is wrong with one field of the request, and what would be accepted."""

    field: str
    message: str
    fix: str


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


def forbidden(message: str = "You have no right to see or do this.") -> ProblemError:
    """403; the message is the same whether or not the thing exists."""
    return ProblemError(
        status=HTTPStatus.FORBIDDEN,
        code="forbidden",
        message=message,
        fix="Ask the person's manager or HR partner.",
    )


def not_found(what: str) -> ProblemError:
    """404; ``what`` names the kind of thing, never an id or content: ``not_found("goal")``."""
    return ProblemError(
        status=HTTPStatus.NOT_FOUND,
        code="not_found",
        message=f"There is no such {what}.",
        fix="Check the address.",
    )


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


async def _on_problem(_request: Request, error: Exception) -> JSONResponse:
    return to_response(cast("ProblemError", error))


async def _on_rejected(_request: Request, error: Exception) -> JSONResponse:
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
    return to_response(problem)


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
    problem = ProblemError(
        status=status,
        code=status.name.lower(),
        message=f"{status.phrase}.",
        headers=dict(raised.headers or {}),
    )
    return to_response(problem)


async def _on_invalid_request(_request: Request, error: Exception) -> JSONResponse:
    found = cast("RequestValidationError", error).errors()
    unreadable = any(each["type"] == "json_invalid" for each in found)
    problem = ProblemError(
        status=HTTPStatus.BAD_REQUEST if unreadable else HTTPStatus.UNPROCESSABLE_ENTITY,
        code="unreadable_body" if unreadable else "invalid_request",
        message="The body is not JSON." if unreadable else "Some fields cannot be used.",
        fix=None if not unreadable else "Send one JSON object.",
        errors=() if unreadable else [explain_field(each) for each in found],
    )
    return to_response(problem)


# pydantic's messages that consist of the rule alone; any other could quote a part of the input.
_OWN_WORDS = frozenset(
    [
        "missing",
        "extra_forbidden",
        "string_type",
        "string_too_short",
        "string_too_long",
        "int_type",
        "bool_type",
        "list_type",
        "dict_type",
        "model_type",
        "model_attributes_type",
        "too_short",
        "too_long",
        "greater_than",
        "greater_than_equal",
        "less_than",
        "less_than_equal",
        "literal_error",
        "enum",
        "decimal_max_places",
        "decimal_max_digits",
        "decimal_whole_digits",
        "int_from_float",
        "none_required",
        "timezone_aware",
        "date_past",
        "date_future",
        "union_tag_not_found",
    ]
)
_FIXES: Mapping[str, str] = {
    "missing": "Add this field.",
    "extra_forbidden": "Remove this field.",
    "string_type": "Send text.",
    "int_parsing": "Send a whole number.",
    "int_type": "Send a whole number.",
    "decimal_parsing": "Send a decimal number as text, for example 4.5.",
    "decimal_type": "Send a decimal number as text, for example 4.5.",
    "bool_parsing": "Send true or false.",
    "bool_type": "Send true or false.",
    "date_from_datetime_parsing": "Send a date as YYYY-MM-DD.",
    "date_parsing": "Send a date as YYYY-MM-DD.",
    "date_type": "Send a date as YYYY-MM-DD.",
    "datetime_parsing": "Send a time in ISO 8601 with an offset.",
    "uuid_parsing": "Send a UUID.",
    "uuid_type": "Send a UUID.",
}


def explain_field(found: Mapping[str, object]) -> FieldError:
    """One field's problem in words that contain nothing of what was sent."""
    kind = str(found["type"])
    place = cast("Sequence[object]", found.get("loc", ()))
    name = ".".join(str(part) for part in place if part != "body")[:120] or "(body)"
    message = str(found["msg"]).removeprefix("Value error, ")
    if kind == "value_error":
        sent = str(found.get("input", ""))
        quoted = bool(sent) and sent.lower() in message.lower()
        return FieldError(field=name, message="This cannot be used.", fix="" if quoted else message)
    if kind not in _OWN_WORDS:
        message = "This cannot be used."
    return FieldError(field=name, message=message, fix=_FIXES.get(kind, "Send what the message allows."))
