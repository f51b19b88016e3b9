"""What follows from a finalized rating, fact by fact, with the inputs and results that are stored."""

from datetime import date
from uuid import UUID

import pytest
from rated import JANE, POLICY, RATED, decide_alone

from outcomes.domain.cases import RatedCase
from outcomes.domain.decisions import Decided, decide_together
from outcomes.domain.errors import Rejected
from outcomes.domain.policy import DEFAULT_MERIT
from outcomes.domain.rules.merit import recommend_merit
from outcomes.domain.rules.pip_gate import Concern, ResourceOffer

SESSION = UUID("6f7b5a52-7f8b-4c5c-9a39-0a0d4b6f1a11")
CASE = RATED._replace(
    session_id=SESSION, revision=2, finalized_on=date(2026, 9, 30), cycle_start=date(2026, 7, 1)
)
PARTS = [187, 188] * 8


def decided(component: str, state: str, inputs: dict[str, object], result: dict[str, object]) -> Decided:
    return Decided(
        component=component,
        state=state,
        inputs=inputs,
        result=result,
    )


def follows(case: RatedCase) -> list[Decided]:
    decision = decide_alone(case)
    assert decision.case is case
    return list(decision.outcomes)


ASSIGNMENT = decided("assignment", "offered", {"rating": 4}, {"kind": "stretch_assignment"})
EQUITY = decided(
    "equity", "granted", {"level": "L4", "rating": 4, "parts": 16}, {"shares": 3000, "vesting": PARTS}
)


def ninety_days(rating: int, because: str) -> Decided:
    return decided(
        "development_plan",
        "draft",
        {"rating": rating, "starts_on": "2026-09-30"},
        {
            "kind": "ninety_day",
            "because": because,
            "checkpoints": ["2026-10-30", "2026-11-29", "2026-12-29"],
            "ends_on": "2026-12-29",
            "extension_ends_on": "2027-02-27",
        },
    )


def test_a_recommended_four_is_offered_an_assignment_equity_and_a_promotion_case() -> None:
    promotion = decided(
        "promotion_case",
        "open",
        {"rating": 4, "recommended": True},
        {"from_level": "L4", "target_level": "L5"},
    )
    assert follows(CASE) == [ASSIGNMENT, EQUITY, promotion]


def test_nothing_is_reviewed_for_promotion_without_a_recommendation() -> None:
    assert follows(CASE._replace(promotion_recommended=False)) == [ASSIGNMENT, EQUITY]


def test_a_level_that_the_grid_lacks_is_refused_and_said() -> None:
    outcome = follows(CASE._replace(level="L9", promotion_recommended=False))[1]
    assert outcome == decided(
        "equity", "refused", {"level": "L9", "rating": 4, "parts": 16}, {"reason": "level_not_in_grid"}
    )


def test_a_three_grows_and_a_two_has_ninety_days() -> None:
    growth = decided(
        "development_plan", "draft", {"rating": 3}, {"kind": "growth", "starts_on": "2026-09-30"}
    )
    assert follows(CASE._replace(rating=3)) == [growth]
    assert follows(CASE._replace(rating=2)) == [ninety_days(2, "rating 2")]


def test_a_one_without_evidence_is_refused_a_pip_and_has_ninety_days() -> None:
    missing = [
        "two_contemporaneous_concerns",
        "delivered_and_acknowledged",
        "fourteen_days_apart",
        "first_thirty_days_before_proposal",
        "resource_offered",
        "hr_attestation",
    ]
    refused = decided(
        "pip",
        "refused",
        {"proposed_on": "2026-09-30", "concerns": [], "attestation": None, "cited": [], "offered": []},
        {"gap": None, "missing": missing, "evidence": {name: [] for name in missing}},
    )
    plan = ninety_days(1, "the PIP's gate lacks evidence")
    assert follows(CASE._replace(rating=1)) == [refused, plan]


def concern(event_id: str, day: date) -> Concern:
    return Concern(
        event_id=event_id,
        gap="delivery",
        occurred_on=day,
        recorded_on=day,
        delivered_on=day,
        acknowledged_on=day,
    )


def cited(event_id: str, day: str) -> dict[str, object]:
    """A concern as it is frozen: delivered and acknowledged on its day."""
    dates = ("occurred_on", "recorded_on", "delivered_on", "acknowledged_on")
    frozen = {"event_id": event_id, "gap": "delivery", **dict.fromkeys(dates, day)}
    return {**frozen, "refusal_witnessed_on": None}


def test_a_one_with_every_item_evidenced_is_proposed_a_pip() -> None:
    case = CASE._replace(
        rating=1,
        concerns=(concern("c1", date(2026, 7, 6)), concern("c2", date(2026, 8, 3))),
        resources=(ResourceOffer(event_id="r1", gap="delivery", offered_on=date(2026, 7, 7)),),
        attestation="h1",
    )
    proposed = decided(
        "pip",
        "proposed",
        {
            "proposed_on": "2026-09-30",
            "concerns": ["c1", "c2"],
            "attestation": "h1",
            "cited": [cited("c1", "2026-07-06"), cited("c2", "2026-08-03")],
            "offered": [{"event_id": "r1", "gap": "delivery", "offered_on": "2026-07-07"}],
        },
        {
            "gap": "delivery",
            "missing": [],
            "evidence": {
                "two_contemporaneous_concerns": ["c1", "c2"],
                "delivered_and_acknowledged": ["c1", "c2"],
                "fourteen_days_apart": ["c1", "c2"],
                "first_thirty_days_before_proposal": ["c1", "c2"],
                "resource_offered": ["r1"],
                "hr_attestation": ["h1"],
            },
        },
    )
    assert follows(case) == [proposed]
    # What happened before the cycle is not evidence of it.
    (refused, _) = follows(case._replace(cycle_start=date(2026, 7, 7)))
    assert refused.state == "refused"


def test_merit_is_recommended_where_the_cycle_has_it() -> None:
    decision = decide_alone(CASE._replace(merit=JANE))
    assert decision.merit == recommend_merit(JANE, DEFAULT_MERIT)
    assert decide_alone(CASE).merit is None


def test_many_decided_together_have_the_decisions_that_each_has_alone() -> None:
    cases = [
        CASE._replace(person_id=f"e{number}", rating=1 + number % 5, promotion_recommended=number % 2 == 0)
        for number in range(20)
    ]
    together = decide_together(cases, POLICY)
    assert together == [decide_alone(case) for case in cases]
    assert together[3].outcomes is together[13].outcomes


@pytest.mark.parametrize("rating", [0, 6])
def test_a_rating_off_the_scale_has_no_outcomes(rating: int) -> None:
    with pytest.raises(Rejected) as refused:
        decide_alone(CASE._replace(rating=rating))
    assert refused.value.code == "unknown_rating"
