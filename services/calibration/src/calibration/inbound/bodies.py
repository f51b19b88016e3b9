"""What the api accepts and answers."""

import json
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Annotated, Any, cast

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from calibration.domain.checks import CheckResult, each_subject
from calibration.domain.rules import RULE_VERSION
from calibration.domain.small_groups import NOT_SHOWN
from calibration.inbound.check_answers import answer_check
from calibration.outbound.sessions import SessionSummary
from calibration.usecases.appeal_rating import AppealView
from calibration.usecases.read_cycle import CycleDistribution
from calibration.usecases.read_distribution import Distribution
from calibration.usecases.read_session import SessionView
from plumbline.cli.exact import decimal12
from plumbline.runtime.each_once import each_once

PersonId = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Text = Annotated[str, StringConstraints(max_length=10_000)]
Links = Annotated[tuple[Annotated[str, StringConstraints(max_length=2_000)], ...], Field(max_length=50)]
MOST = 20_000


class Body(BaseModel):
    """A request's body: a field that it does not have is an error, and nothing sent is repeated."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class AdjustmentBody(Body):
    """One move; ``evidence`` are links."""

    person_id: PersonId
    to: int
    rationale: Text
    evidence: Links = ()


class AdjustmentsBody(Body):
    """Moves that are kept all together or not at all."""

    adjustments: Annotated[
        tuple[AdjustmentBody, ...], each_once("person_id"), Field(min_length=1, max_length=MOST)
    ]


class ConfirmationsBody(Body):
    """Whose rating stays as it is: named people, or all that are still open."""

    person_ids: Annotated[tuple[PersonId, ...], each_once(), Field(max_length=MOST)] = ()
    all_remaining: bool = False

    @model_validator(mode="after")
    def _one_of_the_two(self) -> "ConfirmationsBody":
        if bool(self.person_ids) == self.all_remaining:
            raise ValueError("Send either person_ids or all_remaining.")
        return self


class JustificationBody(Body):
    """Why a flag is accepted."""

    check: Name
    subject: Name
    text: Text


class JustificationsBody(Body):
    """Justifications of the one who asks."""

    justifications: Annotated[
        tuple[JustificationBody, ...], each_once("check", "subject"), Field(min_length=1, max_length=MOST)
    ]


class ContextBody(Body):
    """What a manager records beside a rating."""

    person_id: PersonId
    difficulty: Text = ""
    team_maturity: Text = ""
    conditions: Text = ""


class ContextsBody(Body):
    """Contexts of own reports."""

    contexts: Annotated[tuple[ContextBody, ...], each_once("person_id"), Field(min_length=1, max_length=MOST)]


class AppealBody(Body):
    """Whose rating is contested, and why."""

    person_id: PersonId
    grounds: Text


class PanelBody(Body):
    """Who rules on an appeal."""

    members: Annotated[tuple[PersonId, ...], each_once(), Field(min_length=1, max_length=20)]


class RulingBody(Body):
    """What the panel decided; ``rating`` only when the appeal is upheld."""

    upheld: bool
    rating: int | None = None
    rationale: Text


def describe_check(result: CheckResult) -> dict[str, Any]:
    """A check as the command answers it, with who justified it."""
    return {**answer_check(result), "justified_by": result.justified_by}


def check_json(result: CheckResult) -> tuple[str, str]:
    """A check's JSON text before and after its subject, for all subjects of whom the same holds."""
    answer = describe_check(result)
    first = {name: answer.pop(name) for name in ("check", "kind")}
    del answer["subject"]
    return f'{_dump(first)[:-1]},"subject":', f",{_dump(answer)[1:]}"


def write_checks(results: Sequence[CheckResult] | Sequence[str], *, on: str) -> bytes:
    """All checks as JSON, those that were kept and those that were just run alike.

    Written subject by subject: as objects, those of 20,000 people would take ten times as much memory.
    """
    body = bytearray(f'{{"on":{_dump(on)},"checks":['.encode())
    for place, text in enumerate(_check_texts(results)):
        body += b"," if place else b""
        body += text.encode()
    body += f'],"rule_version":{_dump(RULE_VERSION)}}}'.encode()
    return bytes(body)


def _check_texts(results: Sequence[CheckResult] | Sequence[str]) -> Iterator[str]:
    yield from (each for each in results if isinstance(each, str))
    run = [each for each in results if not isinstance(each, str)]
    around = {id(each): check_json(each) for each in run}
    for subject, result in each_subject(run):
        before, after = around[id(result)]
        yield f"{before}{_dump(subject)}{after}"


def _dump(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))


def describe_distribution(found: Distribution) -> dict[str, Any]:
    """Counts by rating with the feasible ones, null where they may not be shown; a word is only a word."""
    feasibility, hidden = found.feasibility, NOT_SHOWN if found.counts is None else None
    return {
        "people": found.people,
        "ratings": None if found.counts is None else _describe_ratings(found, found.counts),
        "feasible": None if feasibility is None else feasibility.feasible,
        "reason": hidden if feasibility is None else feasibility.reason,
        "guideline": found.version,
        "sessions_left_out": found.left_out,
    }


def _describe_ratings(found: Distribution, counts: Mapping[int, int]) -> dict[str, dict[str, Any]]:
    ratings: dict[str, dict[str, Any]] = {}
    for rating, count in counts.items():
        shown: dict[str, Any] = {"count": count}
        if found.feasibility is not None:
            low, high = found.feasibility.counts[rating]
            shown |= {"low": low, "high": high}
        if found.words is not None:
            word = found.words[rating]
            shown |= {"word": word.word, "tail": decimal12(word.tail)}
        ratings[str(rating)] = shown
    return ratings


def describe_both(found: Mapping[str, Distribution]) -> dict[str, Any]:
    """The distribution as proposed and as it stands."""
    return {name: describe_distribution(each) for name, each in found.items()}


def describe_session(view: SessionView) -> dict[str, Any]:
    """A session for its viewer; what the viewer may not see is null."""
    session, business = view.session, view.business
    return {
        "session_id": str(session.session_id),
        "cycle_id": str(session.cycle_id),
        "division": session.division,
        "department": session.department,
        "facilitator_id": session.facilitator_id,
        "state": session.state,
        "version": session.version,
        "revision": session.revision,
        "cases": None if view.cases is None else [plain(case) for case in view.cases],
        "adjustments": None if view.moves is None else [plain(move) for move in view.moves],
        "distribution": describe_both(view.distribution),
        "division_distribution": describe_both(view.division),
        "business_results": None
        if business is None
        else {
            "mean_rating": decimals(business.mean_rating),
            "mean_attainment": decimals(business.mean_attainment),
            "division_mean_rating": decimals(business.division_mean_rating),
            "division_mean_attainment": decimals(business.division_mean_attainment),
        },
    }


def describe_cycle(found: CycleDistribution) -> dict[str, Any]:
    """The whole, each division, and the sessions by state."""
    return {
        "organization": describe_both(found.whole),
        "divisions": {name: describe_both(each) for name, each in found.divisions.items()},
        "sessions": dict(found.sessions),
    }


def describe_summary(found: SessionSummary) -> dict[str, Any]:
    """A session in a list."""
    return {
        "session_id": str(found.session_id),
        "division": found.division,
        "department": found.department,
        "facilitator_id": found.facilitator_id,
        "state": found.state,
        "people": found.people,
    }


def describe_appeal(view: AppealView) -> dict[str, Any]:
    """An appeal with its texts."""
    return {
        "appeal_id": str(view.appeal.appeal_id),
        "cycle_id": str(view.appeal.cycle_id),
        "person_id": view.appeal.person_id,
        "state": view.appeal.state,
        "rule_by": view.appeal.rule_by.isoformat(),
        "late": view.late,
        "panel": list(view.appeal.panel),
        "grounds": view.grounds,
        "rationale": view.rationale,
    }


def plain(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row as JSON knows it: numbers with a fraction as decimal text, everything else that it lacks as text."""
    return {name: _plain(value) for name, value in row.items()}


def decimals(value: Decimal | None) -> str | None:
    """A mean as decimal text with 12 significant digits."""
    return None if value is None else decimal12(value)


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return decimal12(value)
    if value is None or isinstance(value, str | int):
        return value
    return cast("list[object]", value) if isinstance(value, list) else str(value)
