"""What the cells of an HRIS export may hold; each refusal says what to write."""

import re
from decimal import Decimal, InvalidOperation
from typing import Annotated

from pydantic import BeforeValidator

from people.inbound.amounts import parse_amount
from plumbline.money import unusable_currency

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@:-]{0,99}")
_EMAIL = re.compile(r"[^\s@]+@[^\s@]+")
_PERCENT = re.compile(r"[0-9]{1,12}(\.[0-9]{1,4})?")
_ROLE = re.compile(r"payroll|auditor|coordinator|finance|hr_admin|admin|hr_partner:[^:;]{1,200}")
_LONGEST = 200
_LEAST_SHARE = Decimal("0.0001")
_GENDERS = {
    **dict.fromkeys(("f", "female", "woman", "w"), "female"),
    **dict.fromkeys(("m", "male", "man"), "male"),
    **dict.fromkeys(
        ("x", "nb", "non-binary", "non binary", "nonbinary", "non_binary", "diverse"), "non_binary"
    ),
}
_UNTOLD = frozenset(
    {"not declared", "not specified", "undeclared", "undisclosed", "prefer not to say", "unknown", "n/a"}
)
_STATUSES = {
    **dict.fromkeys(
        ("active", "a", "employed", "full-time", "part-time", "full time", "part time"), "active"
    ),
    **dict.fromkeys(("on_leave", "on leave", "leave", "leave of absence", "l"), "on_leave"),
    **dict.fromkeys(("left", "terminated", "inactive", "t", "resigned", "retired", "deceased"), "left"),
}


def parse_id(value: object) -> str:
    """An id, which is also a record's key and a part of addresses."""
    text = str(value).strip()
    if not _ID.fullmatch(text):
        raise ValueError("1 to 100 letters, digits or . _ @ : - that begin with a letter or a digit")
    return text


def parse_text(value: object) -> str:
    """Text on one line."""
    text = str(value).strip()
    if len(text) > _LONGEST or not text.isprintable():
        raise ValueError(f"at most {_LONGEST} printable characters on one line")
    return text


def parse_filled(value: object) -> str:
    """Text that is not empty."""
    text = parse_text(value)
    if not text:
        raise ValueError("some text; this cell may not be empty")
    return text


def parse_email(value: object) -> str:
    """An address: something, one @, a domain."""
    text = parse_text(value)
    if not _EMAIL.fullmatch(text):
        raise ValueError("an address such as jane.doe@example.com, or leave the cell empty")
    return text


def parse_share(value: object) -> Decimal:
    """A share of full time, from 0.0001 to 1; ``80%`` is 0.8."""
    text = str(value).strip()
    try:
        share = Decimal(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except InvalidOperation:
        share = Decimal(0)
    if not share.is_finite() or not _LEAST_SHARE <= share <= 1:
        raise ValueError("a share of full time from 0.0001 to 1, for example 0.8 or 80%")
    return share


def parse_percent(value: object) -> Decimal:
    """A percentage, with or without its sign."""
    text = str(value).strip().removesuffix("%").strip()
    if not _PERCENT.fullmatch(text) or Decimal(text) > 1000:
        raise ValueError("a percentage from 0 to 1000, for example 15")
    return Decimal(text)


def parse_currency(value: object) -> str:
    """A currency's code."""
    text = str(value).strip().upper()
    if unusable_currency(text):
        raise ValueError("the three letters of an active currency of ISO 4217, for example USD")
    return text


def parse_gender(value: object) -> str | None:
    """The usual words for one thing become one; what a person declines to tell is not told."""
    text = parse_text(value).lower()
    return None if text in _UNTOLD else _GENDERS.get(text, text)


def parse_status(value: object) -> str:
    """Whether somebody works here."""
    found = _STATUSES.get(str(value).strip().lower())
    if found is None:
        raise ValueError("active, on_leave or left")
    return found


def parse_roles(value: object) -> tuple[str, ...]:
    """Roles, joined by semicolons."""
    if isinstance(value, tuple):
        return ()
    roles = tuple(sorted({part.strip() for part in str(value).split(";") if part.strip()}))
    if not all(_ROLE.fullmatch(role) for role in roles):
        raise ValueError(
            "payroll, auditor, coordinator, finance, hr_admin, admin or hr_partner:DIVISION, joined by ;"
        )
    return roles


def parse_yes_no(value: object) -> bool:
    """Yes or no, in the words that exports use."""
    text = str(value).strip().lower()
    if text not in {"true", "yes", "y", "1", "false", "no", "n", "0"}:
        raise ValueError("true or false")
    return text in {"true", "yes", "y", "1"}


Id = Annotated[str, BeforeValidator(parse_id)]
Text = Annotated[str, BeforeValidator(parse_text)]
Filled = Annotated[str, BeforeValidator(parse_filled)]
Email = Annotated[str, BeforeValidator(parse_email)]
Amount = Annotated[Decimal, BeforeValidator(parse_amount)]
Share = Annotated[Decimal, BeforeValidator(parse_share)]
Percent = Annotated[Decimal, BeforeValidator(parse_percent)]
CurrencyCode = Annotated[str, BeforeValidator(parse_currency)]
Gender = Annotated[str | None, BeforeValidator(parse_gender)]
Roles = Annotated[tuple[str, ...], BeforeValidator(parse_roles)]
YesNo = Annotated[bool, BeforeValidator(parse_yes_no)]
