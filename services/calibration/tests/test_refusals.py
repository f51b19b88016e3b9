"""Every refusal of a session and of an appeal says which field, as what, why, and what to do instead."""

from collections.abc import Callable
from dataclasses import replace
from typing import Literal
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
    require_justifiable,
    require_open,
    require_own_report,
)
from calibration.domain.errors import Rejected
from calibration.domain.session import Adjustment, Case

WAITING = Adjustment(
    adjustment_id=UUID(int=9), person_id="ann", rating_from=3, rating_to=5, proposed_by="max"
)
FLAG = ("team_concentration", "A")
Command = Callable[[], object]


def opened(state: Literal["awaiting_inputs", "final"]) -> Command:
    return lambda: require_open(replace(SESSION, state=state))


def moved(to: int, *, by: str = "max", rationale: str = "Carried the launch") -> Command:
    move = Move(adjustment_id=UUID(int=9), person_id="ann", to=to, rationale=rationale)
    return lambda: decide_adjustment(CASE, move, by=by)


def justified(target: tuple[str, str], *, text: str = "A new team", by: str = "fay") -> Command:
    return lambda: require_justifiable(target, text=text, flagged=[FLAG], by=by)


def supported(case: Case, by: str) -> Command:
    return lambda: decide_support(case, WAITING, by=by)


MISSING = Obstacles(undecided=["ann"])
REFUSED: list[tuple[Command, str, str, str]] = [
    (
        opened("awaiting_inputs"),
        "session",
        "conflict",
        "Not all proposed ratings are in yet. Wait until it opens.",
    ),
    (
        opened("final"),
        "session",
        "conflict",
        "The session is final. A final rating changes through an appeal",
    ),
    (
        moved(4, by="ann"),
        "person_id",
        "forbidden",
        "Your own case is not yours to decide. Another participant",
    ),
    (moved(4, rationale=" "), "rationale", "invalid", "A move needs its rationale. Say"),
    (moved(6), "to", "invalid", "A rating is 1 to 5. Send"),
    (moved(0), "to", "invalid", "A rating is 1 to 5. Send"),
    (moved(3), "to", "conflict", "The rating is that already. Confirm"),
    (supported(CASE, "ann"), "person_id", "forbidden", "Your own case"),
    (supported(CASE, "max"), "adjustment_id", "forbidden", "cannot be its second supporter. Ask"),
    (supported(replace(CASE, rating=4), "fay"), "adjustment_id", "conflict", "changed after this move"),
    (
        lambda: decide_confirmation([CASE], by="mia", all_remaining=False),
        "person_ids.0",
        "forbidden",
        "nor an own report's is yours to confirm alone. Ask",
    ),
    (
        lambda: require_own_report(CASE, "max"),
        "person_id",
        "forbidden",
        "recorded by the manager who proposed",
    ),
    (
        justified(("recency", "fay")),
        "person_id",
        "forbidden",
        "yours to justify. Ask the facilitator or the HR",
    ),
    (justified(FLAG, text=" "), "text", "invalid", "A justification says why. Write"),
    (justified(("recency", "A")), "subject", "conflict", "does not flag this subject. Read the checks"),
    (lambda: decide_finalizing(SESSION, MISSING, by="fay"), "session", "conflict", "Something is missing"),
]


@pytest.mark.parametrize(("command", "field", "status", "words"), REFUSED)
def test_a_refusal_names_the_field_the_reason_and_the_way_out(
    command: Command, field: str, status: str, words: str
) -> None:
    with pytest.raises(Rejected) as refused:
        command()
    error = refused.value
    assert (error.field, error.status) == (field, status)
    assert words in f"{error.message} {error.fix}"
