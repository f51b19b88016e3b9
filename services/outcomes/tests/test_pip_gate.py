"""The PIP gate: each item's boundary, what is cited, and the way to a 90-day plan."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from outcomes.domain.rules import is_contemporaneous, missing_in_words, pip_gate
from outcomes.domain.rules.pip_gate import (
    Concern,
    GateItem,
    GateProposal,
    GateVerdict,
    PipRoute,
    ResourceOffer,
)

PROPOSED = date(2026, 12, 1)
FIRST = PROPOSED - timedelta(days=30)
SECOND = FIRST + timedelta(days=14)
GAP = "missed handovers"


def concern(event_id: str, occurred_on: date, *, gap: str = GAP, recorded_after: int = 7) -> Concern:
    recorded = occurred_on + timedelta(days=recorded_after)
    return Concern(
        event_id=event_id,
        gap=gap,
        occurred_on=occurred_on,
        recorded_on=recorded,
        delivered_on=recorded,
        acknowledged_on=recorded,
    )


ENOUGH = GateProposal(
    concerns=(concern("ev-1", FIRST), concern("ev-2", SECOND)),
    resources=(ResourceOffer(event_id="ev-3", gap=GAP, offered_on=SECOND),),
    proposed_on=PROPOSED,
    hr_attestation="ev-4",
)


def with_concerns(*concerns: Concern) -> GateVerdict:
    return pip_gate(replace(ENOUGH, concerns=concerns))


def test_a_pip_with_all_of_its_evidence_is_allowed_and_cites_it() -> None:
    verdict = pip_gate(ENOUGH)
    assert (verdict.allowed, verdict.route, verdict.gap, verdict.missing) == (True, PipRoute.PIP, GAP, ())
    assert verdict.evidence == {
        GateItem.TWO_CONCERNS: ("ev-1", "ev-2"),
        GateItem.DELIVERED: ("ev-1", "ev-2"),
        GateItem.APART: ("ev-1", "ev-2"),
        GateItem.EARLY_ENOUGH: ("ev-1",),
        GateItem.RESOURCE: ("ev-3",),
        GateItem.HR_ATTESTATION: ("ev-4",),
    }
    assert missing_in_words(verdict) == ()


def test_one_concern_is_not_enough() -> None:
    verdict = with_concerns(concern("ev-1", FIRST))
    assert verdict.route is PipRoute.PLAN
    assert verdict.missing == (GateItem.TWO_CONCERNS, GateItem.DELIVERED, GateItem.APART)


def test_without_any_concern_everything_but_the_attestation_is_missing() -> None:
    verdict = with_concerns()
    assert (verdict.allowed, verdict.gap) == (False, None)
    assert set(GateItem) - set(verdict.missing) == {GateItem.HR_ATTESTATION}


def test_a_concern_recorded_on_the_eighth_day_is_not_contemporaneous() -> None:
    assert is_contemporaneous(concern("a", FIRST, recorded_after=0))
    assert is_contemporaneous(concern("a", FIRST, recorded_after=7))
    assert not is_contemporaneous(concern("a", FIRST, recorded_after=8))
    assert not is_contemporaneous(concern("a", FIRST, recorded_after=-1))
    late = concern("ev-2", SECOND, recorded_after=8)
    assert GateItem.TWO_CONCERNS in with_concerns(concern("ev-1", FIRST), late).missing


def test_concerns_thirteen_days_apart_are_too_close() -> None:
    near = concern("ev-2", SECOND - timedelta(days=1))
    assert with_concerns(concern("ev-1", FIRST), near).missing == (GateItem.APART,)
    third = concern("ev-3", SECOND)
    assert with_concerns(third, concern("ev-1", FIRST), near).allowed


def test_a_first_concern_29_days_before_the_proposal_is_too_late() -> None:
    one_day = timedelta(days=1)
    verdict = with_concerns(concern("ev-1", FIRST + one_day), concern("ev-2", SECOND + one_day))
    assert verdict.missing == (GateItem.EARLY_ENOUGH,)
    assert missing_in_words(verdict) == ("a first concern at least 30 days before the proposal",)


def test_concerns_about_different_gaps_do_not_add_up() -> None:
    other = concern("ev-2", SECOND, gap="review delays")
    verdict = with_concerns(concern("ev-1", FIRST), other)
    assert GateItem.TWO_CONCERNS in verdict.missing
    assert verdict.gap == GAP  # the gap with the resource lacks least


def test_of_several_gaps_the_best_evidenced_one_is_judged() -> None:
    other = concern("ev-0", FIRST, gap="absence of tests")
    verdict = with_concerns(other, *ENOUGH.concerns)
    assert (verdict.allowed, verdict.gap) == (True, GAP)


def test_an_undelivered_or_unanswered_concern_does_not_count_as_delivered() -> None:
    second = concern("ev-2", SECOND)
    for incomplete in (
        replace(second, delivered_on=None),
        replace(second, acknowledged_on=None),
        replace(second, delivered_on=PROPOSED + timedelta(days=1)),
        replace(second, acknowledged_on=PROPOSED + timedelta(days=1)),
        replace(second, acknowledged_on=second.recorded_on - timedelta(days=1)),
        replace(second, delivered_on=second.recorded_on - timedelta(days=1)),
    ):
        assert with_concerns(concern("ev-1", FIRST), incomplete).missing == (GateItem.DELIVERED,)


def test_a_proposal_at_the_calendars_beginning_is_judged_as_any_other() -> None:
    first_days = replace(ENOUGH, concerns=(concern("ev-1", date.min),), proposed_on=date(1, 1, 5))
    assert GateItem.EARLY_ENOUGH in pip_gate(first_days).missing


def test_a_witnessed_refusal_stands_for_an_acknowledgement() -> None:
    refused = replace(concern("ev-2", SECOND), acknowledged_on=None, refusal_witnessed_on=PROPOSED)
    assert with_concerns(concern("ev-1", FIRST), refused).allowed
    too_late = replace(refused, refusal_witnessed_on=PROPOSED + timedelta(days=1))
    assert not with_concerns(concern("ev-1", FIRST), too_late).allowed


def test_distance_is_judged_on_the_delivered_concerns() -> None:
    close = concern("ev-2", FIRST + timedelta(days=1))
    undelivered = replace(concern("ev-3", SECOND), delivered_on=None)
    assert with_concerns(concern("ev-1", FIRST), close, undelivered).missing == (GateItem.APART,)


def test_what_is_recorded_after_the_proposal_does_not_count() -> None:
    after = concern("ev-2", PROPOSED - timedelta(days=6))
    assert GateItem.TWO_CONCERNS in with_concerns(concern("ev-1", FIRST), after).missing
    on_the_day = concern("ev-2", PROPOSED - timedelta(days=7))
    assert with_concerns(concern("ev-1", FIRST), on_the_day).allowed


def test_concerns_before_the_cycle_do_not_count() -> None:
    assert pip_gate(replace(ENOUGH, cycle_start=FIRST)).allowed
    verdict = pip_gate(replace(ENOUGH, cycle_start=FIRST + timedelta(days=1)))
    assert GateItem.TWO_CONCERNS in verdict.missing


@pytest.mark.parametrize(
    ("proposal", "item"),
    [
        (replace(ENOUGH, resources=()), GateItem.RESOURCE),
        (
            replace(ENOUGH, resources=(ResourceOffer(event_id="e", gap="another", offered_on=FIRST),)),
            GateItem.RESOURCE,
        ),
        (
            replace(
                ENOUGH,
                resources=(ResourceOffer(event_id="e", gap=GAP, offered_on=PROPOSED + timedelta(days=1)),),
            ),
            GateItem.RESOURCE,
        ),
        (replace(ENOUGH, hr_attestation=None), GateItem.HR_ATTESTATION),
    ],
)
def test_a_missing_resource_or_attestation_blocks_the_pip(proposal: GateProposal, item: GateItem) -> None:
    verdict = pip_gate(proposal)
    assert (verdict.route, verdict.missing) == (PipRoute.PLAN, (item,))
    assert verdict.evidence[item] == ()


def test_a_resource_offered_on_the_day_of_the_proposal_counts() -> None:
    offer = ResourceOffer(event_id="e", gap=GAP, offered_on=PROPOSED)
    assert pip_gate(replace(ENOUGH, resources=(offer,))).allowed
