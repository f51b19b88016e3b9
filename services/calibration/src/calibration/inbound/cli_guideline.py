"""The guideline command, and the policy file that says what an organization's guideline is."""

import tomllib
from fractions import Fraction
from pathlib import Path
from typing import Annotated

import typer
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from calibration.domain.guideline import DEFAULT_GUIDELINE, Feasibility, Guideline
from calibration.domain.rules import RULE_VERSION, check_feasibility
from plumbline.cli.answers import print_json, print_table
from plumbline.cli.exact import ExactNumber
from plumbline.cli.spreadsheet import BAD_INPUT, errors


def _written_as_text(value: object) -> object:
    if not isinstance(value, str):
        raise ValueError("a percentage from 0 to 100, written as text")
    return value


def _within_percent(value: Fraction) -> Fraction:
    if not 0 <= value <= 100:
        raise ValueError("a percentage from 0 to 100, written as text")
    return value


Percent = Annotated[ExactNumber, AfterValidator(_within_percent), BeforeValidator(_written_as_text)]
Range = tuple[Percent, Percent]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
PolicyFile = Annotated[Path | None, typer.Option("--policy", help="A policy file with a [guideline] table.")]
People = Annotated[int, typer.Option("--people", min=1, help="How many people are rated.")]


class GuidelineTable(BaseModel):
    """``[guideline]``: for each rating its lowest and highest percentage, written as text."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
    rating_5: Range = Field(alias="5")
    rating_4: Range = Field(alias="4")
    rating_3: Range = Field(alias="3")
    rating_2: Range = Field(alias="2")
    rating_1: Range = Field(alias="1")

    @model_validator(mode="after")
    def check_order(self) -> "GuidelineTable":
        """The first percentage of a range is not above the second."""
        wrong = [str(rating) for rating, (low, high) in self.shares().items() if low > high]
        if wrong:
            raise ValueError(f"the lower percentage first, for rating {', '.join(wrong)}")
        return self

    def shares(self) -> dict[int, tuple[Fraction, Fraction]]:
        """The ranges as shares between 0 and 1, by rating."""
        ranges = (self.rating_5, self.rating_4, self.rating_3, self.rating_2, self.rating_1)
        return {
            rating: (low / 100, high / 100)
            for rating, (low, high) in zip((5, 4, 3, 2, 1), ranges, strict=True)
        }


class ChecksTable(BaseModel):
    """``[checks]``: which ratings count as "Exceeds", and the days of service that tenure needs."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
    exceeds: tuple[Annotated[int, Field(ge=1, le=5)], ...] = Field(default=(4, 5), min_length=1)
    minimum_service_days: Annotated[int, Field(ge=0)] = 90


class PolicyText(BaseModel):
    """What calibration reads of a policy file; its other tables belong to other rules."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)
    version: Annotated[str, Field(min_length=1)]
    guideline: GuidelineTable | None = None
    checks: ChecksTable = ChecksTable()

    def read_guideline(self) -> Guideline:
        """The file's guideline, or the default one when it has none."""
        if self.guideline is None:
            return DEFAULT_GUIDELINE
        return Guideline(version=self.version, shares=self.guideline.shares())


def load_policy(file: Path | None) -> PolicyText | None:
    """Read a policy file; prints every bad value and leaves with status 2 when there is one."""
    if file is None:
        return None
    try:
        return PolicyText.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
    except ValidationError as error:
        for problem in error.errors(include_url=False, include_input=False):
            place = ".".join(str(part) for part in problem["loc"])
            errors.print(
                f"{file}: {place} cannot be used; allowed: {problem['msg'].removeprefix('Value error, ')}"
            )
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        errors.print(f"{file}: {error}")
    raise SystemExit(BAD_INPUT)


def guideline(people: People, policy: PolicyFile = None, as_json: AsJson = False) -> None:
    """How many people of a group each rating may take under the guideline, and whether that can be met."""
    text = load_policy(policy)
    chosen = text.read_guideline() if text else DEFAULT_GUIDELINE
    answer = check_feasibility(people, chosen)
    if as_json:
        print_json(
            {
                "people": people,
                "ranges": {str(rating): list(ends) for rating, ends in answer.counts.items()},
                "feasible": answer.feasible,
                "reason": answer.reason,
                "policy_version": chosen.version,
                "rule_version": RULE_VERSION,
            }
        )
        return
    rows = [
        {"rating": rating, "people": f"{low}–{high}" if low <= high else "none"}
        for rating, (low, high) in answer.counts.items()
    ]
    print_table(
        f"Guideline for {people} people", rows, columns=("rating", "people"), sentence=explain(answer)
    )


def explain(answer: Feasibility) -> str:
    """What the counts mean."""
    if answer.feasible:
        return f"{answer.people} people can follow the guideline. It advises an organization and is never forced on a team."
    return (
        f"{answer.people} people cannot follow the guideline: {answer.reason}. Nobody has to be moved for it."
    )
