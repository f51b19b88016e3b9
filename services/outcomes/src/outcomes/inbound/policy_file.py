"""The policy file: what each table of the TOML may hold, and its translation into the domain's policy."""

from collections.abc import Callable
from fractions import Fraction
from typing import Annotated, Generic, Literal, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
)

from outcomes.domain.policy import (
    DEFAULT_BONUS,
    DEFAULT_EQUITY,
    MeritPolicy,
    MonthDay,
    PromotionTiming,
    SalaryRange,
)
from outcomes.domain.rules import decimal_text, index_ranges
from outcomes.inbound.cells import minor_units, parse_currency, parse_date
from plumbline.cli.exact import parse_exact
from plumbline.money import MOST_PARTS, MOST_SALARY, MOST_SHARES

T = TypeVar("T")
DECIMAL_PATTERN = r"^[0-9]+(\.[0-9]+)?$"
A_YEAR_WITHOUT_LEAP_DAY = 2001
PERCENT = 'a percentage from 0 to 100 as text in quotes, for example "4.5"'
AMOUNT = 'a decimal number from 0 on as text in quotes, for example "145000"'


def read_decimal(value: object, allowed: str) -> Fraction:
    """Decimal text in quotes; a bare number is refused, since TOML may round it."""
    if isinstance(value, Fraction):
        return value
    if not isinstance(value, str):
        raise ValueError(allowed)
    try:
        number = parse_exact(value)
    except ValueError:
        raise ValueError(allowed) from None
    if number < 0:
        raise ValueError(allowed)
    return number


def read_percent(value: object) -> Fraction:
    """A percentage from 0 to 100."""
    number = read_decimal(value, PERCENT)
    if number > 100:
        raise ValueError(PERCENT)
    return number


def read_amount(value: object) -> Fraction:
    """A decimal number from 0 on."""
    return read_decimal(value, AMOUNT)


def read_month_day(value: object) -> MonthDay:
    """A day that comes every year, so not 29 February."""
    if isinstance(value, MonthDay):
        return value
    try:
        day = parse_date(f"{A_YEAR_WITHOUT_LEAP_DAY}-{value}")
    except ValueError:
        raise ValueError('a month and day that comes every year, for example "09-30"') from None
    return MonthDay(month=day.month, day=day.day)


def in_order(bounds: tuple[Fraction, Fraction]) -> tuple[Fraction, Fraction]:
    """A low that is not above its high."""
    if bounds[0] > bounds[1]:
        raise ValueError("a low percentage and then a high one that is not below it")
    return bounds


def at_most(most: int) -> Callable[[int], int]:
    """A bound above; the schema, which was published without it, does not name it."""

    def check(number: int) -> int:
        if number > most:
            raise ValueError(f"a whole number up to {most}")
        return number

    return check


DECIMAL_SCHEMA = {"type": "string", "pattern": DECIMAL_PATTERN}
Percent = Annotated[Fraction, BeforeValidator(read_percent), WithJsonSchema(DECIMAL_SCHEMA)]
Amount = Annotated[Fraction, BeforeValidator(read_amount), WithJsonSchema(DECIMAL_SCHEMA)]
Currency = Annotated[
    str, BeforeValidator(parse_currency), WithJsonSchema({"type": "string", "pattern": "^[A-Z]{3}$"})
]
EveryYear = Annotated[
    MonthDay,
    BeforeValidator(read_month_day),
    WithJsonSchema({"type": "string", "pattern": "^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"}),
]
Quartiles = tuple[Percent, Percent, Percent, Percent]
Bounds = Annotated[tuple[Percent, Percent], AfterValidator(in_order)]
Name = Annotated[str, Field(strict=True, min_length=1)]
Count = Annotated[int, Field(strict=True, ge=0), AfterValidator(at_most(MOST_SHARES))]
RatingCode = Literal["1", "2", "3", "4", "5"]


class Table(BaseModel):
    """A table of the file; a key that it does not have is an error, since a misspelled one would be lost."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class ByRating(Table, Generic[T]):
    """One entry for each rating."""

    five: T = Field(alias="5")
    four: T = Field(alias="4")
    three: T = Field(alias="3")
    two: T = Field(alias="2")
    one: T = Field(alias="1")

    def by_rating(self) -> dict[int, T]:
        """The entries under the ratings as numbers."""
        return {5: self.five, 4: self.four, 3: self.three, 2: self.two, 1: self.one}


class Matrix(ByRating[Quartiles]):
    """Percent of the salary for each rating, in quartile 1, 2, 3 and 4 of the salary range."""


class Floors(ByRating[Percent]):
    """The least percent for each rating that a budget may leave; never above the guideline."""


class Guideline(ByRating[Bounds]):
    """The share of people for each rating, lowest and highest percentage."""


class Merit(Table):
    """[merit]: the matrix, the floors, and the last day of hire that is eligible."""

    hire_cut_off: EveryYear = Field(default=MonthDay(month=9, day=30), json_schema_extra={"default": "09-30"})
    matrix: Matrix
    floors: Floors


class Range(Table):
    """[[ranges]]: annual full-time salaries of a level; location "*" serves every location without its own."""

    level: Name
    location: Name
    currency: Currency
    minimum: Amount
    maximum: Amount

    @field_validator("minimum", "maximum")
    @classmethod
    def fits_the_currency(cls, amount: Fraction, info: ValidationInfo) -> Fraction:
        """No more decimals than the currency has, no more than a salary can be; the maximum above the minimum."""
        currency = info.data.get("currency")
        if minor_units(amount, currency) > MOST_SALARY:
            raise ValueError(f"at most {decimal_text(MOST_SALARY, str(currency))} {currency}")
        lowest = info.data.get("minimum")
        if info.field_name == "maximum" and lowest is not None and amount <= lowest:
            raise ValueError("an amount above the minimum")
        return amount

    def to_domain(self) -> SalaryRange:
        """The range in minor units."""
        return SalaryRange(
            level=self.level,
            location=self.location,
            currency=self.currency,
            minimum=minor_units(self.minimum, self.currency),
            maximum=minor_units(self.maximum, self.currency),
        )


class Equity(Table):
    """[equity]: shares by level and rating, and the number of parts in which a grant vests."""

    parts: Annotated[int, Field(strict=True, ge=1), AfterValidator(at_most(MOST_PARTS))] = (
        DEFAULT_EQUITY.parts
    )
    grid: dict[Name, dict[RatingCode, Count]]


class Bonus(Table):
    """[bonus]: the weights of the individual and the team multiplier, which sum to 1, and the cap."""

    weight_individual: Amount
    weight_team: Amount
    cap: Amount = Field(default=DEFAULT_BONUS.cap, json_schema_extra={"default": "1.5"})

    @field_validator("weight_team")
    @classmethod
    def completes_the_weights(cls, weight: Fraction, info: ValidationInfo) -> Fraction:
        """The two weights sum to 1."""
        other = info.data.get("weight_individual")
        if other is not None and weight + other != 1:
            raise ValueError("the rest of weight_individual up to 1")
        return weight


class Promotion(Table):
    """[promotion]: whether a promotion's raise waits for the next cycle or comes in the merit run."""

    timing: PromotionTiming = PromotionTiming.NEXT_CYCLE


class PolicyFile(BaseModel):
    """A policy file, version 1; tables of other services stand beside these and are not read here."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    version: Name
    merit: Merit | None = None
    ranges: tuple[Range, ...] = ()
    guideline: Guideline | None = None
    equity: Equity | None = None
    bonus: Bonus | None = None
    promotion: Promotion = Promotion()

    @field_validator("ranges")
    @classmethod
    def stand_once(cls, ranges: tuple[Range, ...]) -> tuple[Range, ...]:
        """Each level, location and currency once."""
        seen: set[tuple[str, str, str]] = set()
        for each in ranges:
            key = (each.level, each.location, each.currency)
            if key in seen:
                raise ValueError(
                    f"each level, location and currency once; {' '.join(key)} stands there twice"
                )
            seen.add(key)
        return ranges


def merit_policy(file: PolicyFile) -> MeritPolicy | None:
    """The merit policy of a file; None when it has no table [merit]: nothing stands in for it."""
    if file.merit is None:
        return None
    return MeritPolicy(
        version=file.version,
        matrix=file.merit.matrix.by_rating(),
        floors=file.merit.floors.by_rating(),
        hire_cut_off=file.merit.hire_cut_off,
    )


def salary_ranges(file: PolicyFile) -> dict[tuple[str, str, str], SalaryRange]:
    """The ranges of a file by level, location and currency."""
    return index_ranges(each.to_domain() for each in file.ranges)
