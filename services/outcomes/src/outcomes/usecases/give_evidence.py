"""A manager gives the evidence of promotion cases: ids and links under each criterion of the level."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from outcomes.domain.errors import Rejected
from outcomes.domain.follow_ups import PROMOTION_CASE, Change, FollowUp
from outcomes.domain.rules.promotion import PROMOTION_MOVES, PromotionState, evidence_without_criterion
from outcomes.outbound.promotion_criteria import LevelCriteria, newest_criteria
from outcomes.usecases.enter_follow_ups import Entry, enter, save
from plumbline.runtime.access import Action, State


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The evidence of one case: criterion → ids and links; a level where the recommendation named none.

    ``prepares_for``: the role for which succession prepares the person; None leaves what was named before.
    ``version``: of the case that the manager saw; None for any.
    """

    outcome_id: UUID
    revision: int
    evidence: Mapping[str, tuple[str, ...]]
    target_level: str | None = None
    prepares_for: str | None = None
    version: int | None = None


async def give_evidence(
    tx: AsyncConnection, given: Sequence[Evidence], *, who: str, now: datetime
) -> list[FollowUp]:
    """Keep it, in place of earlier evidence under the same criterion; all or none."""
    entry = Entry(
        who=who, action=Action.WRITE, at=State.AFTER_RELEASE, component=PROMOTION_CASE, listed="cases"
    )
    entered = await enter(tx, given, entry)
    divisions = sorted({each.follow_up.division for each in entered})
    levels = {(each.division, each.level): each for each in await newest_criteria(tx, divisions)}
    changes: list[Change] = []
    for place, (each, evidence) in enumerate(zip(entered, given, strict=True)):
        changes.append(_change(each.follow_up, evidence, levels, field=f"cases.{place}"))
    await save(tx, changes, entry, purpose="promotion evidence", now=now)
    return [each.after for each in changes]


def _change(
    case: FollowUp, given: Evidence, levels: Mapping[tuple[str, str], LevelCriteria], *, field: str
) -> Change:
    if not PROMOTION_MOVES[PromotionState(case.state)]:
        raise Rejected(
            "case_is_decided",
            f"the promotion case is {case.state}; its evidence stays as it was decided on",
            status="conflict",
            field=field,
            fix="Leave this case out.",
        )
    level = _level(case, given, field=field)
    found = levels.get((case.division, level))
    if found is None:
        raise Rejected(
            "no_criteria_of_the_level",
            f"nobody has set the criteria of {level} in {case.division}",
            status="conflict",
            field=field,
            fix="Ask the HR partner to set them.",
        )
    if evidence_without_criterion(found.criteria, given.evidence):
        known = ", ".join(found.criteria)
        raise Rejected(
            "unknown_criterion",
            f"{level} has no such criterion",
            field=f"{field}.evidence",
            fix=f"Send evidence under: {known}.",
        )
    before = _evidence_of(case)
    evidence = {name: list(given.evidence.get(name, before.get(name, ()))) for name in found.criteria}
    content = {
        **case.content,
        "target_level": level,
        "prepares_for": given.prepares_for or case.content.get("prepares_for"),
        "criteria_version": found.version,
        "criteria": dict(found.criteria),
        "evidence": evidence,
    }
    return Change(before=case, after=replace(case, version=case.version + 1, content=content))


def _level(case: FollowUp, given: Evidence, *, field: str) -> str:
    recommended = case.result.get("target_level")
    if recommended is not None and given.target_level not in (None, recommended):
        raise Rejected(
            "another_level",
            f"the recommendation is for {recommended}",
            field=f"{field}.target_level",
            fix=f"Send {recommended}, or leave it out.",
        )
    level = case.target_level if given.target_level is None else given.target_level
    if level is None:
        raise Rejected(
            "level_missing",
            "the recommendation names no level",
            field=f"{field}.target_level",
            fix="Send the level that the case is for.",
        )
    return level


def _evidence_of(case: FollowUp) -> Mapping[str, Sequence[str]]:
    found = case.content.get("evidence", {})
    assert isinstance(found, dict)
    return found  # pyright: ignore[reportUnknownVariableType] - JSON that this service wrote
