"""What a caller is told of a field that cannot be used: where, why as far as it quotes nothing, and what to send."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, get_args
from uuid import UUID

import pytest
from pydantic import AwareDatetime, BaseModel, Field, ValidationError
from pydantic_core.core_schema import ErrorType

from plumbline.runtime.invalid_fields import explain_field, explain_fields


class Sent(BaseModel):
    amount: Decimal = Decimal(0)
    share: float = 0
    count: int = 0
    day: date | None = None
    at: datetime | None = None
    instant: AwareDatetime | None = None
    key: UUID | None = None
    code: Annotated[str, Field(pattern="^[A-Z]{3}$")] = "USD"
    names: tuple[str, ...] = ()
    parts: dict[str, str] = {}


@pytest.mark.parametrize(
    ("field", "sent", "fix"),
    [
        ("amount", "NaN", "Send a number, neither NaN nor infinity."),
        ("amount", "Infinity", "Send a number, neither NaN nor infinity."),
        ("day", "2026-07-14T09:30:00", "Send a date as YYYY-MM-DD, without a time."),
        ("day", "secret", "Send a date as YYYY-MM-DD."),
        ("code", "usd", "Send text of the form that the message names."),
        ("at", "secret", "Send a time in ISO 8601 with an offset."),
        ("instant", "2026-07-14T09:30:00", "Send a time in ISO 8601 with an offset."),
        ("share", "secret", "Send a number."),
        ("count", "9" * 5_000, "Send a number that is shorter."),
        ("count", "1.5", "Send a whole number."),
        ("names", "secret", "Send a list."),
        ("parts", "secret", "Send an object."),
        ("key", "secret", "Send a UUID."),
    ],
)
def test_a_field_is_told_what_to_send(field: str, sent: object, fix: str) -> None:
    body: dict[str, Any] = {field: sent}
    with pytest.raises(ValidationError) as error:
        Sent.model_validate(body)
    (told,) = explain_fields([{**each} for each in error.value.errors()])
    assert (told.field, told.fix) == (field, fix)
    assert "secret" not in told.message


def test_no_kind_of_error_is_sent_to_a_message_that_says_nothing() -> None:
    kinds = [*get_args(ErrorType), "a kind of tomorrow"]
    assert len(kinds) > 50
    for kind in kinds:
        told = explain_field({"type": kind, "loc": ("body", "x"), "msg": "A rule.", "input": "secret"})
        assert (told.message, told.fix) != ("This cannot be used.", "Send what the message allows."), kind
        assert told.fix, kind
