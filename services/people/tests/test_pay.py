"""Salaries as exports write them: currencies, separators and the period that they are for."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from people.domain.errors import Rejected
from people.domain.person import BadRow, File
from people.inbound.people_file import read_people

HEAD = "employee_id\tname\tdivision\tdepartment\thire_date"


def paid(*amounts: str, currency: str | None = "USD", header: str = "salary", **columns: str) -> File:
    """A file of people with these salaries and further columns, the same for each."""
    told = {**({"currency": currency} if currency is not None else {}), **columns}
    lines = ["\t".join([HEAD, header, *told])]
    lines += [
        "\t".join([f"E{number}\tJane\tx\ty\t2020-05-04", amount, *told.values()])
        for number, amount in enumerate(amounts)
    ]
    return read_people("\n".join(lines).encode())


def salaries(file: File) -> list[Decimal | None]:
    assert file.rejected == ()
    return [entry.person.salary for entry in file.entries]


@pytest.mark.parametrize(
    ("written", "currency"),
    [
        ("250000", "USD"),
        ("250000.00", "USD"),
        ("250,000.00", "USD"),
        ("$250,000.00", "USD"),
        ("$ 250,000.00", "CAD"),
        ("$250,000.00 USD", "USD"),
        ("USD 250000", "usd"),
        ("250.000,00", "EUR"),
        ("250.000,00 €", "EUR"),
        ("€250000,0", "EUR"),
        ("250 000,00", "SEK"),
        ("250\u00a0000,00 eur", "EUR"),
        ("250\u202f000", "EUR"),
        ("250'000.00", "CHF"),
        ("CHF 250’000", "CHF"),
        ("£250,000.0000", "GBP"),
    ],
)
def test_an_amount_is_read_whatever_its_signs_and_separators(written: str, currency: str) -> None:
    file = paid(written, currency=currency)
    assert salaries(file) == [Decimal(250_000)]
    assert file.entries[0].person.currency == currency.upper()


@pytest.mark.parametrize(
    ("written", "amount"), [("1,234,567", "1234567"), ("1234,567", "1234.567"), ("0.125", "0.125")]
)
def test_one_separator_may_show_itself_what_it_separates(written: str, amount: str) -> None:
    assert salaries(paid(written, currency="KWD")) == [Decimal(amount)]


@pytest.mark.parametrize(
    ("others", "written", "amount"),
    [
        (("99,500.50",), "1,234", "1234"),
        (("99500.5",), "182,000", "182000"),
        (("99.500,50",), "1,234", "1.234"),
        (("99500,5", "1.000.000"), "182.000", "182000"),
        (("99500.5", "x"), "182.000", "182"),
    ],
)
def test_the_files_other_amounts_show_what_an_ambiguous_one_means(
    others: tuple[str, ...], written: str, amount: str
) -> None:
    file = paid(written, *others, currency="KWD")
    assert file.entries[0].person.salary == Decimal(amount)


@pytest.mark.parametrize("others", [(), ("182,000",), ("99500", "1"), ("99,500.50", "99.500,50")])
@pytest.mark.parametrize(
    ("written", "fix"), [("1,234", "Write 1234.00 or 1.2340:"), ("$182.000", "Write 182000.00 or 182.0000:")]
)
def test_an_amount_that_nothing_decides_is_refused_and_never_guessed(
    others: tuple[str, ...], written: str, fix: str
) -> None:
    row = paid(written, *others).rejected[0]
    assert (row.line, row.column, row.value) == (2, "salary", written)
    assert row.fix.startswith(fix)


@pytest.mark.parametrize(
    "written",
    ["1,23,456", "1,234,56", "1.234.5", "(1,000.00)", "-1", "1,000.00.00", "12,345 678.00", "ABCD 1"],
)
def test_what_is_no_amount_is_refused(written: str) -> None:
    (row,) = paid(written, "99,500.50").rejected
    assert (row.column, row.value) == ("salary", written)
    assert row.fix == "Write a plain amount with at most 4 decimals, for example 182000.00."


@pytest.mark.parametrize(
    ("written", "currency"),
    [
        ("250000 EUR", "USD"),
        ("USD 250,000.00", "EUR"),
        ("€250000", "USD"),
        ("$250,000.00", "EUR"),
        ("£1", "EUR"),
    ],
)
def test_an_amount_in_another_currency_than_its_row_is_refused(written: str, currency: str) -> None:
    (row,) = paid(written, currency=currency).rejected
    assert (row.column, row.value) == ("salary", written)
    assert row.fix.startswith("Write the amount in the currency of its row")


@pytest.mark.parametrize(
    ("written", "currency", "fix"),
    [
        ("182000.1234", "USD", "Write at most 2 decimals, as USD has."),
        ("10000000.50", "JPY", "Write a whole amount."),
        ("15000.1255", "KWD", "Write at most 3 decimals, as KWD has."),
        ("999999999999", "CLF", "Write at most 10000000000.0000 CLF."),
    ],
)
def test_an_amount_that_cannot_be_paid_in_its_currency_is_refused_with_line_and_fix(
    written: str, currency: str, fix: str
) -> None:
    (row,) = paid(written, currency=currency).rejected
    assert (row.line, row.column, row.value, row.fix) == (2, "salary", written, fix)


@pytest.mark.parametrize(
    ("written", "currency"), [("15000.125", "KWD"), ("10000000.00", "JPY"), ("999999999999.99", "USD")]
)
def test_as_many_decimals_as_the_currency_has_are_right(written: str, currency: str) -> None:
    assert salaries(paid(written, currency=currency)) == [Decimal(written)]


@pytest.mark.parametrize("currency", ["XYZ", "XXX", "XAU", "US"])
def test_a_currency_that_is_none_is_refused(currency: str) -> None:
    (row,) = paid("1", currency=currency).rejected
    assert (row.line, row.column, row.value) == (2, "currency", currency)
    assert "ISO 4217" in row.fix


@pytest.mark.parametrize("share", ["0.00001", "1E-999999", "0", "1.1", "NaN"])
def test_a_share_of_full_time_that_is_none_is_refused(share: str) -> None:
    (row,) = paid("1", fte=share).rejected
    assert (row.column, row.fix) == (
        "fte",
        "Write a share of full time from 0.0001 to 1, for example 0.8 or 80%.",
    )


@pytest.mark.parametrize("currency", [None, ""])
def test_a_code_beside_the_amount_is_the_currency_where_the_row_tells_none_and_a_sign_is_not(
    currency: str | None,
) -> None:
    file = paid("250,000.00 eur", "$1.00", currency=currency)
    assert [(entry.person.salary, entry.person.currency) for entry in file.entries] == [(250_000, "EUR")]
    assert "currency" in file.columns
    (row,) = file.rejected
    assert (row.line, row.column, "--currency CODE (query currency=)" in row.fix) == (3, "currency", True)


@given(
    amount=st.decimals(min_value=0, max_value=Decimal("999999999999.99"), places=2),
    marks=st.sampled_from([",.", ".,", " ,", "'.", "\u202f,"]),
)
def test_an_amount_with_cents_means_the_same_in_every_notation(amount: Decimal, marks: str) -> None:
    swapped = str.maketrans({",": marks[0], ".": marks[1]})
    assert salaries(paid(f"{amount:,}".translate(swapped))) == [amount]


@pytest.mark.parametrize(
    ("header", "columns"),
    [
        ("Pay rate", {"Pay type": "Salary"}),
        ("Pay rate", {"Pay per": "Year"}),
        ("Pay rate", {"Pay type": "Salary", "Pay per": "Year", "Pay frequency": "Monthly"}),
        ("Annual Salary", {"Pay Frequency": "Biweekly", "Rate Type": "S"}),
        ("Annual Salary", {}),
        ("salary", {"pay_type": "Salaried (Exempt)"}),
        ("Total Base Pay - Amount", {"Total Base Pay - Frequency": "Annual"}),
        ("salary", {"pay_type": ""}),
    ],
)
def test_annual_pay_is_stored(header: str, columns: dict[str, str]) -> None:
    assert salaries(paid("60000.00", header=header, **columns)) == [Decimal(60_000)]


@pytest.mark.parametrize(
    ("header", "columns", "column", "value"),
    [
        ("Pay rate", {"Pay type": "Hourly"}, "pay_type", "Hourly"),
        ("Pay rate", {"Pay type": "Salary", "Pay per": "Month"}, "pay_period", "Month"),
        ("Pay rate", {"Pay type": "", "Pay per": ""}, "pay_type", ""),
        ("salary", {"Pay Period": "Monthly"}, "pay_period", "Monthly"),
        ("Annual Salary", {"Regular Pay Rate Description": "Hourly"}, "pay_type", "Hourly"),
        ("Total Base Pay - Amount", {"Total Base Pay - Frequency": "Monthly"}, "pay_frequency", "Monthly"),
        ("salary", {"pay_type": "Exception hourly"}, "pay_type", "Exception hourly"),
        ("salary", {"pay_type": "Contract"}, "pay_type", "Contract"),
        ("salary", {"pay_type": "Salary - semi-monthly"}, "pay_type", "Salary - semi-monthly"),
    ],
)
def test_pay_of_another_period_is_never_stored_as_annual(
    header: str, columns: dict[str, str], column: str, value: str
) -> None:
    file = paid("25.50", header=header, **columns)
    (row,) = file.rejected
    assert row == BadRow(line=2, column=column, value=value, fix=row.fix)
    assert row.fix.startswith("Only annual pay is stored: write the annual amount for full time")


def test_an_hourly_row_without_a_salary_goes_in() -> None:
    assert salaries(paid("", header="Annual Salary", **{"Pay type": "Hourly"})) == [None]


def test_pay_of_which_no_column_tells_the_period_is_refused() -> None:
    with pytest.raises(Rejected) as refused:
        paid("60000.00", header="Pay rate")
    assert (refused.value.code, "pay rate" in refused.value.message) == ("unclear_pay_period", True)
    assert "annual_salary" in refused.value.fix
