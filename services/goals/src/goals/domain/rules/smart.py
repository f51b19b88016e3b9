"""The part of SMART that a machine can check; the rest is a checkbox that the manager ticks."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction

from goals.domain.rules.attainment import is_percentage


class Severity(StrEnum):
    """An error blocks a proposal, a warning does not."""

    ERROR = "error"
    WARNING = "warning"


class Direction(StrEnum):
    """Which way the metric should move."""

    HIGHER = "higher"
    LOWER = "lower"


class ObjectiveKind(StrEnum):
    """Whether an objective delivers for the organization or develops the person."""

    DELIVERY = "delivery"
    GROWTH = "growth"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing to put right: which field of what, what is wrong, and what to do."""

    severity: Severity
    subject: str
    field: str
    message: str
    fix: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyResultDraft:
    """A key result as somebody wrote it, gaps included; target and baseline in the metric's unit."""

    key_result_id: str
    metric: str = ""
    unit: str = ""
    direction: Direction | None = None
    baseline: Fraction | None = None
    target: Fraction | None = None
    due_on: date | None = None
    continuous: bool = False
    binary: bool = False
    availability: bool = False
    strict: bool = False
    artefact: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectiveDraft:
    """An objective as somebody wrote it, gaps included."""

    objective_id: str
    owner_id: str = ""
    kind: ObjectiveKind = ObjectiveKind.DELIVERY
    parent_key_result_id: str | None = None
    key_results: tuple[KeyResultDraft, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SmartPolicy:
    """How many key results an objective should have, both ends included. *Policy*."""

    fewest_key_results: int = 3
    most_key_results: int = 5


DEFAULT_SMART = SmartPolicy()


def error(subject: str, field: str, message: str, fix: str) -> Finding:
    """A finding that blocks the proposal."""
    return Finding(severity=Severity.ERROR, subject=subject, field=field, message=message, fix=fix)


def warning(subject: str, field: str, message: str, fix: str) -> Finding:
    """A finding that asks to look again."""
    return Finding(severity=Severity.WARNING, subject=subject, field=field, message=message, fix=fix)


def key_result_is_measurable(draft: KeyResultDraft) -> list[Finding]:
    """Errors where metric, unit, direction, baseline or target is missing; a binary one names its artefact instead."""
    if draft.binary:
        needed: dict[str, bool] = {"artefact": bool(draft.artefact.strip())}
    else:
        needed = {
            "metric": bool(draft.metric.strip()),
            "unit": bool(draft.unit.strip()),
            "direction": draft.direction is not None,
            "baseline": draft.baseline is not None,
            "target": draft.target is not None,
        }
    return [
        error(draft.key_result_id, field, f"the {field} is missing", f"name the {field}")
        for field, present in needed.items()
        if not present
    ]


def availability_is_a_percentage(draft: KeyResultDraft) -> list[Finding]:
    """Errors where an availability's baseline or target lies outside 0 to 100 percent."""
    if not draft.availability:
        return []
    numbers = {"baseline": draft.baseline, "target": draft.target}
    return [
        error(draft.key_result_id, field, "an availability is a percentage", "give one from 0 to 100")
        for field, value in numbers.items()
        if value is not None and not is_percentage(value)
    ]


def target_lies_in_direction(draft: KeyResultDraft) -> list[Finding]:
    """An error where the target lies on the wrong side of the baseline for the direction that is declared."""
    if draft.binary or draft.baseline is None or draft.target is None or draft.direction is None:
        return []
    up = draft.target > draft.baseline
    if draft.target == draft.baseline or up == (draft.direction is Direction.HIGHER):
        return []
    fix = "turn the direction round or correct the target"
    return [error(draft.key_result_id, "direction", "target and direction contradict each other", fix)]


def due_date_is_inside_cycle(draft: KeyResultDraft, *, starts_on: date, ends_on: date) -> list[Finding]:
    """An error where the due date is missing (unless continuous) or lies outside the cycle, both ends included."""
    if draft.continuous and draft.due_on is None:
        return []
    if draft.due_on is None:
        return [
            error(draft.key_result_id, "due_on", "the due date is missing", "set one, or mark it continuous")
        ]
    if starts_on <= draft.due_on <= ends_on:
        return []
    fix = f"set a date from {starts_on} to {ends_on}"
    return [error(draft.key_result_id, "due_on", f"{draft.due_on} is outside the cycle", fix)]


def objective_is_anchored(draft: ObjectiveDraft, *, known_key_results: Collection[str]) -> list[Finding]:
    """Errors where the owner is not set or the parent key result does not exist."""
    findings: list[Finding] = []
    if not draft.owner_id.strip():
        findings.append(error(draft.objective_id, "owner_id", "nobody owns it", "name one owner"))
    if draft.parent_key_result_id is not None and draft.parent_key_result_id not in known_key_results:
        message = f"{draft.parent_key_result_id} is no key result"
        findings.append(
            error(draft.objective_id, "parent_key_result_id", message, "name an existing key result above")
        )
    return findings


def number_of_key_results_is_usual(
    draft: ObjectiveDraft, *, policy: SmartPolicy = DEFAULT_SMART
) -> list[Finding]:
    """A warning outside 3 to 5 key results. *Policy*."""
    fewest, most = policy.fewest_key_results, policy.most_key_results
    if fewest <= len(draft.key_results) <= most:
        return []
    message = f"it has {len(draft.key_results)} key results"
    return [warning(draft.objective_id, "key_results", message, f"aim for {fewest} to {most}")]


def smart_findings(
    draft: ObjectiveDraft,
    *,
    starts_on: date,
    ends_on: date,
    known_key_results: Collection[str],
    policy: SmartPolicy = DEFAULT_SMART,
) -> list[Finding]:
    """All that is mechanically wrong with an objective. Source: domain rules, Goals, "SMART, mechanical part"."""
    findings = objective_is_anchored(draft, known_key_results=known_key_results)
    for key_result in draft.key_results:
        findings += key_result_is_measurable(key_result)
        findings += availability_is_a_percentage(key_result)
        findings += target_lies_in_direction(key_result)
        findings += due_date_is_inside_cycle(key_result, starts_on=starts_on, ends_on=ends_on)
    return findings + number_of_key_results_is_usual(draft, policy=policy)


def person_has_delivery_and_growth(person_id: str, kinds: Sequence[ObjectiveKind]) -> list[Finding]:
    """A warning for each of delivery and growth of which a person has no objective. *Policy*."""
    return [
        warning(person_id, "kind", f"no {kind.value} objective", f"add one {kind.value} objective")
        for kind in ObjectiveKind
        if kind not in kinds
    ]
