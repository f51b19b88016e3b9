"""Every refusal says which field, as what, why, and what would be accepted instead."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from plumbline_local.testing_services import assert_refused
from reviews.domain.assessing import (
    require_excludable,
    require_released,
    require_submitted,
    require_text,
    require_window,
)
from reviews.domain.cycle import Cycle
from reviews.domain.decisions import (
    approve_cycle,
    close_cycle,
    close_phase,
    draft_cycle,
    extend_deadline,
    open_phase,
    release_results,
    settle_session,
)
from reviews.domain.errors import Rejected
from reviews.domain.rules.independence import require_rating
from reviews.domain.rules.planning import (
    Phase,
)
from reviews.domain.rules.templates import template_version_in_cycle
from reviews.domain.templates import templates_of

from .planned import (
    APPROVED,
    CALIBRATING,
    DRAFT,
    OVER,
    PLAN,
    REVIEW,
    REVIEWED,
    REVIEWING,
    SETTLED,
    UNNAMED,
)

NOW = datetime(2026, 9, 22, 12, tzinfo=UTC)
Command = Callable[[], object]


def opening(cycle: Cycle, phase: Phase, now: datetime = NOW) -> Command:
    return lambda: open_phase(cycle, phase, now=now)


def extending(division: str, *, reason: str = "holiday", to: date = date(2026, 9, 26)) -> Command:
    return lambda: extend_deadline(
        REVIEWING, Phase.REVIEW, division_id=division, extended_to=to, reason=reason, now=NOW
    )


def settling(cycle: Cycle, session: str, because: str | None = None) -> Command:
    return lambda: settle_session(cycle, session_id=session, excluded_because=because, now=NOW)


def window(**change: bool) -> Command:
    return lambda: require_window(replace(REVIEW, **change), now=NOW)


def excluding(*, reason: str = "left", others: int = 1, submitted: bool = False) -> Command:
    return lambda: require_excludable(replace(REVIEW, submitted=submitted), reason=reason, others=others)


REFUSED: list[tuple[Command, str, str, str]] = [
    (lambda: draft_cycle("c1", UNNAMED, now=NOW), "name", "invalid", "it is empty; name the cycle"),
    (
        lambda: draft_cycle("c1", PLAN, existing=APPROVED, now=NOW),
        "stage",
        "conflict",
        "is approved; this needs",
    ),
    (
        lambda: approve_cycle(APPROVED, coordinator_id="c", policy_digests={"E": "d"}, now=NOW),
        "stage",
        "conflict",
        "needs one that is draft",
    ),
    (
        lambda: approve_cycle(DRAFT, coordinator_id=" ", policy_digests={"E": "d"}, now=NOW),
        "coordinator_id",
        "invalid",
        "nobody approves; name the coordinator",
    ),
    (
        lambda: approve_cycle(DRAFT, coordinator_id="c", policy_digests={}, now=NOW),
        "policy_digests",
        "invalid",
        "E has no policy; publish a policy",
    ),
    (opening(DRAFT, Phase.REVIEW), "stage", "conflict", "approved or running or calibration or released"),
    (opening(REVIEWING, Phase.CALIBRATION), "phase", "conflict", "review is still open; close it first"),
    (opening(APPROVED, Phase.OUTCOMES), "phase", "conflict", "outcomes is not next; open review"),
    (opening(OVER, Phase.OUTCOMES), "phase", "conflict", "outcomes is not next; no phase is left"),
    (opening(REVIEWED, Phase.CALIBRATION), "now", "conflict", "its day has not come; open it on 2026-09-28"),
    (
        lambda: close_phase(REVIEWING, Phase.CALIBRATION, now=NOW),
        "phase",
        "conflict",
        "calibration is not open; open now: review",
    ),
    (
        lambda: close_phase(APPROVED, Phase.REVIEW, now=NOW),
        "phase",
        "conflict",
        "review is not open; open now: none",
    ),
    (
        lambda: close_phase(CALIBRATING, Phase.CALIBRATION, now=NOW),
        "sessions",
        "conflict",
        "not settled: s1; finalize or exclude",
    ),
    (extending("X"), "division_id", "invalid", "X takes no part; name a division that does"),
    (extending("E", reason=" "), "reason", "invalid", "an extension has no reason; write why"),
    (
        extending("E", to=date(2026, 9, 25)),
        "extended_to",
        "invalid",
        "is not later; give a date after 2026-09-25",
    ),
    (settling(REVIEWING, "s1"), "stage", "conflict", "needs one that is calibration"),
    (
        settling(CALIBRATING, "s2"),
        "session_id",
        "invalid",
        "s2 is not planned, or settled already; still open: s1",
    ),
    (settling(SETTLED, "s1"), "session_id", "invalid", "settled already; still open: none"),
    (settling(CALIBRATING, "s1", " "), "excluded_because", "invalid", "it is empty; write why the session"),
    (lambda: release_results(REVIEWED, now=NOW), "stage", "conflict", "needs one that is calibration"),
    (lambda: release_results(CALIBRATING, now=NOW), "sessions", "conflict", "not settled: s1"),
    (
        lambda: release_results(SETTLED, now=NOW),
        "stage",
        "conflict",
        "calibration is still open; close that phase",
    ),
    (
        lambda: close_cycle(OVER, now=NOW),
        "stage",
        "conflict",
        "is calibration; this needs one that is released",
    ),
    (window(excluded=True), "person_id", "conflict", "was excluded from the cycle; leave this person out"),
    (window(submitted=True), "person_id", "conflict", "was submitted already; leave this person out"),
    (window(phase_open=False), "phase", "conflict", "the review phase is not open; wait for it"),
    (excluding(reason=""), "reason", "invalid", "it is empty; write a sentence"),
    (excluding(submitted=True), "person_id", "conflict", "excluded already, or the assessment is in; leave"),
    (excluding(others=0), "person_id", "conflict", "nobody else is left in this department; write the"),
    (lambda: require_text("note", " "), "note", "invalid", "it is empty; write a sentence"),
    (lambda: require_submitted(REVIEW), "person_id", "conflict", "was not submitted yet; submit it first"),
    (lambda: require_released(released=False, has_rating=True), "state", "conflict", "no released result"),
    (lambda: require_rating("overall", 6), "overall", "invalid", "6 is no rating; give a whole number"),
    (
        lambda: template_version_in_cycle("x", frozen={"b": 1, "a": 2}),
        "template_id",
        "invalid",
        "x is no form of this cycle; use one of a, b",
    ),
    (lambda: template_version_in_cycle("x", frozen={}), "template_id", "invalid", "use one of none"),
    (
        lambda: templates_of("v9"),
        "template_version",
        "not_found",
        "no such version of the forms; use one of v1",
    ),
]


@pytest.mark.parametrize(("command", "field", "status", "words"), REFUSED)
def test_a_refusal_names_the_field_the_reason_and_the_way_out(
    command: Command, field: str, status: str, words: str
) -> None:
    assert_refused(command, Rejected, field=field, status=status, words=words)
