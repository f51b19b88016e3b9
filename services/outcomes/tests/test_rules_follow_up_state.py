"""A follow-up as it begins, before anybody moved it, and what a plan leads to: facts without any I/O."""

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest
from rated import RATED, decide_alone

from outcomes.domain.after_plan import propose_after_plan
from outcomes.domain.decisions import Decided
from outcomes.domain.follow_ups import PIP, PLAN, PROMOTION_CASE, Change, FollowUp
from outcomes.domain.gate_inputs import freeze_gate
from outcomes.domain.rules.pip import PipState
from outcomes.domain.rules.pip_gate import Concern, GateProposal, ResourceOffer
from outcomes.domain.rules.plans import PlanKind, PlanState
from outcomes.domain.rules.promotion import PromotionState

TOP = RATED._replace(rating=5, cycle_start=date(2026, 1, 1))
UNMOVED = FollowUp(
    outcome_id=UUID(int=3),
    cycle_id=UUID(int=1),
    session_id=UUID(int=2),
    person_id="jane",
    division="E",
    revision=1,
    rating=5,
    component=PROMOTION_CASE,
    policy_id="E/2026.1",
    policy_digest="d",
    result={"from_level": "L4", "target_level": "L5"},
    period_start=date(2026, 1, 1),
    period_end=date(2026, 12, 31),
    released=True,
    superseded=False,
    newest_revision=1,
    newest_rating=5,
    manager_id="mia",
    skip_level_id="vp",
    state="open",
    version=0,
)


def components(*, rating: int) -> list[str]:
    decided = decide_alone(TOP._replace(rating=rating, promotion_recommended=rating > 3))
    return [each.component for each in decided.outcomes]


def test_what_people_move_bears_the_name_under_which_it_was_decided() -> None:
    assert PROMOTION_CASE in components(rating=5)
    assert components(rating=2) == [PLAN]
    assert components(rating=1) == [PIP, PLAN]
    assert (PROMOTION_CASE, PLAN, PIP) == ("promotion_case", "development_plan", "pip")


def test_what_was_decided_begins_at_the_first_state_of_its_moves() -> None:
    def decided(rating: int, component: str) -> Decided:
        case = TOP._replace(rating=rating, promotion_recommended=rating > 3)
        return next(each for each in decide_alone(case).outcomes if each.component == component)

    assert PromotionState(decided(5, PROMOTION_CASE).state) is PromotionState.OPEN
    for rating, kind in ((3, PlanKind.GROWTH), (2, PlanKind.NINETY_DAY)):
        plan = decided(rating, PLAN)
        assert PlanState(plan.state) is PlanState.DRAFT
        assert PlanKind(str(plan.result["kind"])) is kind
    (pip,) = propose_after_plan(PLAN_ID, rating=2, proposal=PROPOSAL)
    assert PipState(pip.state) is PipState.PROPOSED


def test_what_nobody_moved_has_no_content_no_dates_no_check_and_no_approval() -> None:
    assert (UNMOVED.content, UNMOVED.checks, UNMOVED.approvals, UNMOVED.panel) == ({}, {}, {}, ())
    dates = (UNMOVED.schedule, UNMOVED.starts_on, UNMOVED.suspended_on, UNMOVED.acknowledged_at)
    assert (*dates, UNMOVED.resumes_as) == (None,) * 5


def test_a_change_is_announced_only_when_it_says_so_and_has_no_reason_of_its_own() -> None:
    change = Change(before=UNMOVED, after=replace(UNMOVED, version=1))
    assert change.moved is False
    assert change.reason is None


@pytest.mark.parametrize(
    ("recommended", "named", "level"),
    [("L5", None, "L5"), ("L5", "L6", "L5"), (None, "L6", "L6"), (None, None, None)],
)
def test_a_case_is_about_the_recommended_level_else_about_the_one_named_with_the_evidence(
    recommended: str | None, named: str | None, level: str | None
) -> None:
    content = {} if named is None else {"target_level": named}
    case = replace(UNMOVED, result={"target_level": recommended}, content=content)
    assert case.target_level == level


@pytest.mark.parametrize("kind", PlanKind)
def test_a_plan_is_of_the_kind_that_was_decided(kind: PlanKind) -> None:
    assert replace(UNMOVED, component=PLAN, result={"kind": str(kind)}).plan_kind is kind


PLAN_ID = UUID(int=7)
CONCERNS = tuple(
    Concern(
        event_id=f"ev-{month}",
        gap="delivery",
        occurred_on=date(2027, month, 1),
        recorded_on=date(2027, month, 1),
        delivered_on=date(2027, month, 1),
        acknowledged_on=date(2027, month, 1),
    )
    for month in (2, 3)
)
PROPOSAL = GateProposal(
    concerns=CONCERNS,
    resources=(ResourceOffer(event_id="ev-9", gap="delivery", offered_on=date(2027, 2, 2)),),
    proposed_on=date(2027, 4, 11),
    hr_attestation="att-1",
)


def test_a_pip_after_a_plan_cites_the_plan_the_day_and_what_the_gate_judged() -> None:
    (pip,) = propose_after_plan(PLAN_ID, rating=2, proposal=PROPOSAL)
    assert pip.inputs == {"after_plan": str(PLAN_ID), **freeze_gate(PROPOSAL)}
    assert (pip.inputs["proposed_on"], pip.inputs["concerns"]) == ("2027-04-11", ["ev-2", "ev-3"])
    assert pip.inputs["attestation"] == "att-1"
    assert (pip.result["gap"], pip.result["missing"]) == ("delivery", [])


def test_a_plan_after_a_plan_cites_its_rating_its_start_and_why_no_pip_came() -> None:
    _, plan = propose_after_plan(PLAN_ID, rating=2, proposal=replace(PROPOSAL, hr_attestation=None))
    assert plan.inputs == {"rating": 2, "starts_on": "2027-04-11", "after_plan": str(PLAN_ID)}
    assert plan.result["because"] == "the PIP's gate lacks evidence"


def test_the_same_plan_always_leads_to_the_same_ids() -> None:
    """They are ids in other services; an id that moved would make a second PIP of a replayed plan."""
    pip, plan = propose_after_plan(PLAN_ID, rating=2, proposal=replace(PROPOSAL, hr_attestation=None))
    assert (str(pip.outcome_id), str(plan.outcome_id)) == (
        "3cd97d1c-e0e2-55a8-9a70-5b2d37476bb4",
        "981aaa15-cf43-545c-ade1-e9ba94840c15",
    )
    other, _ = propose_after_plan(UUID(int=8), rating=2, proposal=replace(PROPOSAL, hr_attestation=None))
    assert other.outcome_id != pip.outcome_id
