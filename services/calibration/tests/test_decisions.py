"""What a session decides, without a database."""

from dataclasses import replace
from uuid import UUID

import pytest
from sessions import CASE, SESSION

from calibration.domain.decisions import (
    Move,
    Obstacles,
    decide_adjustment,
    decide_confirmation,
    decide_finalizing,
    decide_support,
    find_obstacles,
    require_justifiable,
    require_own_report,
)
from calibration.domain.errors import Rejected
from calibration.domain.session import Adjustment


def move(to: int, *, rationale: str = "Carried the launch") -> Move:
    return Move(adjustment_id=UUID(int=9), person_id="ann", to=to, rationale=rationale)


def waiting(*, by: str = "max", of: int = 3, to: int = 5) -> Adjustment:
    return Adjustment(
        adjustment_id=UUID(int=9), person_id="ann", rating_from=of, rating_to=to, proposed_by=by
    )


@pytest.mark.parametrize(
    ("to", "state"), [(2, "applied"), (4, "applied"), (1, "awaiting_support"), (5, "awaiting_support")]
)
def test_a_move_of_two_or_more_waits_for_a_second_supporter(to: int, state: str) -> None:
    assert decide_adjustment(CASE, move(to), by="max").state == state


def test_two_moves_of_one_do_not_pass_for_a_move_of_two() -> None:
    moved = replace(CASE, rating=4, state="discussed")
    assert decide_adjustment(moved, move(5), by="max").state == "awaiting_support"
    assert decide_adjustment(moved, move(3), by="max").state == "applied"


def test_a_manager_does_not_decide_alone_on_an_own_report() -> None:
    fact = decide_adjustment(CASE, move(4), by="mia")
    assert (fact.state, fact.own_report) == ("awaiting_support", True)


@pytest.mark.parametrize(
    ("to", "rationale", "by", "field"),
    [
        (4, "  ", "max", "rationale"),
        (3, "No change", "max", "to"),
        (6, "Beyond the scale", "max", "to"),
        (0, "Below the scale", "max", "to"),
        (4, "My own", "ann", "person_id"),
    ],
)
def test_a_move_is_refused(to: int, rationale: str, by: str, field: str) -> None:
    with pytest.raises(Rejected) as refused:
        decide_adjustment(CASE, move(to, rationale=rationale), by=by)
    assert refused.value.field == field


def test_somebody_else_supports_a_move() -> None:
    fact = decide_support(CASE, waiting(), by="paula")
    assert (fact.person_id, fact.rating_to, fact.supported_by) == ("ann", 5, "paula")


@pytest.mark.parametrize(
    ("by", "of", "status"), [("max", 3, "forbidden"), ("ann", 3, "forbidden"), ("paula", 4, "conflict")]
)
def test_a_move_is_not_supported_by_its_proposer_its_subject_or_too_late(
    by: str, of: int, status: str
) -> None:
    with pytest.raises(Rejected) as refused:
        decide_support(CASE, waiting(of=of), by=by)
    assert refused.value.status == status


def test_all_remaining_leaves_out_own_cases_own_reports_and_waiting_moves() -> None:
    cases = [
        CASE,
        replace(CASE, person_id="bob", manager_id="max"),
        replace(CASE, person_id="cem", manager_id="max"),
        replace(CASE, person_id="mia", manager_id="vp"),
        replace(CASE, person_id="dan", manager_id="max", state="discussed"),
    ]
    fact = decide_confirmation(cases, by="mia", all_remaining=True, waiting={"cem"})
    assert list(fact.person_ids) == ["bob"]
    assert list(fact.left_out) == ["ann", "cem", "mia"]


@pytest.mark.parametrize("by", ["ann", "mia"])
def test_the_own_case_and_an_own_report_cannot_be_confirmed_by_name(by: str) -> None:
    with pytest.raises(Rejected) as refused:
        decide_confirmation([CASE], by=by, all_remaining=False)
    assert refused.value.status == "forbidden"


def test_a_waiting_move_is_passed_over_by_name() -> None:
    fact = decide_confirmation([CASE], by="fay", all_remaining=False, waiting={"ann"})
    assert list(fact.person_ids) == ["ann"]


def test_every_kind_of_obstacle_is_named() -> None:
    found = find_obstacles([CASE], [], waiting=[waiting()], unknown=["bob"], by="fay")
    assert found == Obstacles(undecided=["ann"], unsupported=[UUID(int=9)], unknown=["bob"], flags=[])
    with pytest.raises(Rejected):
        decide_finalizing(SESSION, found, by="fay")


def test_finalizing_makes_the_first_revision() -> None:
    settled = replace(CASE, state="confirmed")
    none = find_obstacles([settled], [], waiting=[], unknown=[], by="fay")
    assert decide_finalizing(SESSION, none, by="fay").revision == 1


@pytest.mark.parametrize("state", ["awaiting_inputs", "final"])
def test_only_an_open_session_is_finalized(state: str) -> None:
    closed = (
        replace(SESSION, state="final") if state == "final" else replace(SESSION, state="awaiting_inputs")
    )
    with pytest.raises(Rejected) as refused:
        decide_finalizing(closed, Obstacles(), by="fay")
    assert refused.value.status == "conflict"


@pytest.mark.parametrize(
    ("target", "text", "field"),
    [
        (("recency", "ann"), " ", "text"),
        (("recency", "bob"), "Why", "subject"),
        (("recency", "fay"), "Why", "person_id"),
    ],
)
def test_a_justification_is_refused(target: tuple[str, str], text: str, field: str) -> None:
    with pytest.raises(Rejected) as refused:
        require_justifiable(target, text=text, flagged={("recency", "ann"), ("recency", "fay")}, by="fay")
    assert refused.value.field == field


def test_only_the_manager_records_the_context_of_a_case() -> None:
    require_own_report(CASE, "mia")
    with pytest.raises(Rejected) as refused:
        require_own_report(CASE, "max")
    assert refused.value.status == "forbidden"
