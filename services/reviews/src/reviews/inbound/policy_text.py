"""Reads the text of a policy file, and says where it cannot be read."""

import re
import tomllib
from http import HTTPStatus
from typing import Any

from pydantic import ValidationError

from plumbline.contracts.policy import PolicyDocumentV1
from plumbline.runtime.invalid_fields import FieldError, explain_fields
from plumbline.runtime.problems import ProblemError
from reviews.inbound.schemas import from_tables

# The only part of the parser's message that is passed on: the rest may quote the text.
_PLACE = re.compile(r"\(at line (\d+), column (\d+)\)$")
_TOML = "Write each entry of this line as key = value, with text, dates and decimals in double quotes."


def read_toml(text: str) -> PolicyDocumentV1:
    """The document in a policy file's text.

    Raises:
        ProblemError: 422 with the line that is no TOML, or with every field that does not fit.
    """
    try:
        return PolicyDocumentV1.model_validate(from_tables(_tables(text)))
    except ValidationError as error:
        found = explain_fields(error.errors(include_url=False))
        raise _unusable("Some fields of the file cannot be used.", errors=found) from None


def _tables(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = _PLACE.search(str(error))
        if place is None:
            fix = "Close what the last lines open: a string, a list or a table."
            raise _unusable("The text is no TOML: it ends too early.", fix=fix) from None
        where = f"line {place[1]}, column {place[2]}"
        raise _unusable(f"The text is no TOML: it cannot be read at {where}.", fix=_TOML) from None
    except RecursionError:
        raise _unusable("The text nests too deeply.", fix="Write the tables of a policy file.") from None


def _unusable(
    message: str, *, fix: str | None = None, errors: list[FieldError] | None = None
) -> ProblemError:
    return ProblemError(
        status=HTTPStatus.UNPROCESSABLE_ENTITY,
        code="invalid_request",
        message=message,
        field="toml",
        fix=fix,
        errors=errors or (),
    )
