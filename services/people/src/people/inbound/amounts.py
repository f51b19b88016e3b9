"""Amounts as exports write them: with a currency, and with separators that the cell or its file must show."""

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal

_PLAIN = re.compile(r"[0-9]{1,12}(\.([0-9]{1,2}|[0-9]{4}))?")  # three decimals might be thousands
_NO_DIGIT = re.compile(r"[^0-9]")
_WRITTEN = re.compile(
    r"(?:(?P<before>[A-Za-z]{3})\s*)?(?P<sign>[$€£])?\s*"
    r"(?P<whole>[0-9]{1,12}|[0-9]{1,3}(?P<group>[.,'’\s])[0-9]{3}(?:(?P=group)[0-9]{3}){0,2})"
    r"(?:(?P<mark>[.,])(?P<part>[0-9]{1,4}))?"
    r"\s*(?P<sign_after>[$€£])?\s*(?P<after>[A-Za-z]{3})?"
)
_THOUSAND = 3  # digits of a group
_OTHER = {",": ".", ".": ","}
_DOLLARS = "USD AUD BBD BMD BND BSD BZD CAD FJD GYD HKD JMD KYD LRD NAD NZD SBD SGD SRD TTD TWD XCD"
_PESOS = "ARS BRL CLP COP CUP DOP MXN NIO UYU"
_CURRENCIES = {
    "$": frozenset(f"{_DOLLARS} {_PESOS}".split()),
    "€": frozenset({"EUR"}),
    "£": frozenset(["GBP", "EGP", "FKP", "GIP", "LBP", "SDG", "SHP", "SSP", "SYP"]),
}


def parse_amount(value: object) -> Decimal:
    """A plain amount.

    Raises:
        ValueError: it is none, or it may mean two amounts, or it is in another currency than its row.
    """
    text = str(value).strip()
    if _PLAIN.fullmatch(text):
        return Decimal(text)
    found = read_amount(text)
    if found is None:
        raise ValueError("a plain amount with at most 4 decimals, for example 182000.00")
    if is_ambiguous(found):
        one, other = found["whole"] + found["part"], f"{found['whole']}.{found['part']}"
        raise ValueError(
            f"{one}.00 or {other}0: no other amount of the file shows whether {found['mark']} separates "
            "thousands or decimals"
        )
    raise ValueError("the amount in the currency of its row, which is not the one that this cell names")


def write_plain_amounts(rows: Sequence[dict[str, str]], column: str) -> None:
    """Rewrite amounts such as ``$250,000.00`` in place, where the cell or other cells show what they mean.

    A code such as USD beside the amount is its row's currency, if the row tells none. What is ambiguous, or in
    another currency than its row, stays as it is, to be refused as it was written.
    """
    read = [
        (cells, found)
        for cells in rows
        if not cells[column].isdecimal() and (found := read_amount(cells[column])) is not None
    ]
    mark = find_mark(found for _, found in read)
    for cells, found in read:
        code = (found["before"] or found["after"] or "").upper()
        currency = cells.get("currency", "").strip().upper() or code
        digits = to_digits(found, mark)
        if digits is not None and is_in(found, currency):
            cells[column] = digits
            if code:
                cells["currency"] = currency


def find_mark(amounts: Iterable[re.Match[str]]) -> str | None:
    """What separates decimals in these amounts, a dot or a comma; None when nothing shows it, or both do."""
    seen = {mark for found in amounts if (mark := shown_mark(found)) is not None}
    return seen.pop() if len(seen) == 1 else None


def shown_mark(found: re.Match[str]) -> str | None:
    """What separates decimals in this amount, as far as it shows that itself."""
    return None if is_ambiguous(found) else found["mark"] or _OTHER.get(found["group"] or "")


def read_amount(cell: str) -> re.Match[str] | None:
    """An amount's parts, if the cell is one: groups are of three digits, and decimals have another mark."""
    found = _WRITTEN.fullmatch(cell.strip())
    return None if found is None or (found["mark"] and found["mark"] == found["group"]) else found


def is_ambiguous(found: re.Match[str]) -> bool:
    """``1,234`` and ``1.234`` may be a thousand or one; ``0,234``, ``1234,567`` and ``1 234,567`` may not."""
    short = len(found["whole"]) <= _THOUSAND and not found["whole"].startswith("0")
    return found["group"] is None and short and len(found["part"] or "") == _THOUSAND


def to_digits(found: re.Match[str], mark: str | None) -> str | None:
    """The amount with a dot before its decimals, never three of them; None when it stays ambiguous."""
    whole, part = _NO_DIGIT.sub("", found["whole"]), found["part"] or ""
    if is_ambiguous(found):
        if mark is None:
            return None
        whole, part = (whole, part) if found["mark"] == mark else (whole + part, "")
    return f"{whole}.{part}{'0' if len(part) == _THOUSAND else ''}" if part else whole


def is_in(found: re.Match[str], currency: str) -> bool:
    """Whether the signs and codes of an amount allow this currency; "": the row tells none."""
    codes = {code.upper() for code in (found["before"], found["after"]) if code}
    signs = {sign for sign in (found["sign"], found["sign_after"]) if sign}
    return codes <= {currency} and (not currency or all(currency in _CURRENCIES[sign] for sign in signs))
