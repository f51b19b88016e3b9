"""The skip-level or the HR partner decides promotion cases, with reasons, on criteria and their evidence."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import cast
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from outcomes.domain.errors import Rejected
from outcomes.domain.follow_ups import PROMOTION_CASE, Change, FollowUp
from outcomes.domain.rules.promotion import (
    PromotionCase,
    PromotionState,
    move_promotion,
    promotion_decision_lacks,
    promotion_is_decided_by_another,
    promotion_takes_effect,
)
from outcomes.usecases.enter_follow_ups import Entered, Entry, enter, must_be_released, save
from plumbline.runtime.access import Action, Relation, State


@dataclass(frozen=True, slots=True, kw_only=True)
class PromotionDecision:
    """What somebody decided about one case, and why; ``effective_from`` only when approved."""

    outcome_id: UUID
    revision: int
    version: int
    decision: PromotionState
    reasons: str
    effective_from: date | None = None


async def decide_promotions(
    tx: AsyncConnection, decisions: Sequence[PromotionDecision], *, who: str, now: datetime
) -> list[FollowUp]:
    """Decide these cases, all or none, each at the revision and the version, and so on the evidence, that the decider saw."""
    entry = Entry(
        who=who, action=Action.DECIDE, at=State.AFTER_RELEASE, component=PROMOTION_CASE, listed="decisions"
    )
    entered = await enter(tx, decisions, entry)
    changes = [
        _decide(each, decision, field=f"decisions.{place}", who=who, now=now)
        for place, (each, decision) in enumerate(zip(entered, decisions, strict=True))
    ]
    await save(tx, changes, entry, purpose="promotion decision", now=now)
    return [each.after for each in changes]


def _decide(entered: Entered, made: PromotionDecision, *, field: str, who: str, now: datetime) -> Change:
    case = entered.follow_up
    promotion_is_decided_by_another(decider_is_manager=Relation.MANAGER in entered.relations)
    must_be_released(case)
    state = move_promotion(PromotionState(case.state), made.decision)
    lacks = promotion_decision_lacks(_as_rule_sees(case, made.reasons), decision=state)
    if lacks:
        raise Rejected(
            "decision_incomplete",
            f"the decision lacks: {'; '.join(lacks)}",
            field=field,
            fix="The manager gives evidence under each criterion; the decider gives reasons.",
        )
    begins = promotion_takes_effect(state, asked_for=made.effective_from, period_end=case.period_end)
    content = {
        **case.content,
        "reasons": made.reasons,
        "effective_from": None if begins is None else begins.isoformat(),
        "decided_by": who,
        "decided_on": now.date().isoformat(),
    }
    after = replace(case, state=str(state), version=case.version + 1, content=content)
    return Change(before=case, after=after, moved=True, reason=made.reasons)


def _as_rule_sees(case: FollowUp, reasons: str) -> PromotionCase:
    criteria = cast("Mapping[str, str]", case.content.get("criteria", {}))
    evidence = cast("Mapping[str, Sequence[str]]", case.content.get("evidence", {}))
    return PromotionCase(
        criteria=tuple(criteria),
        evidence={name: tuple(ids) for name, ids in evidence.items()},
        reasons=reasons,
    )
