"""Independence, discrepancy, deadlines, forms and release."""

from datetime import UTC, date, datetime, timedelta, timezone
from fractions import Fraction as F
from itertools import product

import pytest

from reviews.domain.errors import Rejected
from reviews.domain.rules import (
    deadline_instant,
    employee_may_see,
    evidence_prefilled,
    is_discrepant,
    is_on_time,
    manager_may_read_self_assessment,
    may_enter_calibration,
    next_template_version,
    require_extension,
    require_rating,
    result_may_be_released,
    scorecards,
    template_version_in_cycle,
)
from reviews.domain.rules.deadlines import Scorecard, Submission, zone_exists
from reviews.domain.rules.release import EvidenceLink, ReleasePolicy, ReviewPart

DAY = date(2026, 10, 9)


def test_the_manager_reads_the_self_assessment_only_after_an_own_draft() -> None:
    assert not manager_may_read_self_assessment(own_draft_submitted=False)
    assert manager_may_read_self_assessment(own_draft_submitted=True)


@pytest.mark.parametrize(("own", "manager"), list(product(range(1, 6), repeat=2)))
def test_two_or_more_apart_is_a_discrepancy_either_way(own: int, manager: int) -> None:
    assert is_discrepant(self_rating=own, manager_rating=manager) == ((own - manager) ** 2 >= 4)


@pytest.mark.parametrize(
    ("own", "evidence", "enters"),
    [(5, "", False), (5, " ", False), (5, "see PAY-1", True), (4, "", True), (None, "", True)],
)
def test_a_discrepancy_is_documented_before_calibration(own: int | None, evidence: str, enters: bool) -> None:
    assert may_enter_calibration(self_rating=own, manager_rating=3, evidence=evidence) is enters


@pytest.mark.parametrize("rating", [0, 6])
def test_ratings_go_from_one_to_five(rating: int) -> None:
    require_rating("self_rating", 1)
    require_rating("self_rating", 5)
    with pytest.raises(Rejected, match="self_rating"):
        require_rating("self_rating", rating)


@pytest.mark.parametrize(
    ("zone", "ends"),
    [
        ("UTC", datetime(2026, 10, 10, tzinfo=UTC)),
        ("America/Los_Angeles", datetime(2026, 10, 10, 7, tzinfo=UTC)),
        ("Asia/Kolkata", datetime(2026, 10, 9, 18, 30, tzinfo=UTC)),
        ("Pacific/Kiritimati", datetime(2026, 10, 9, 10, tzinfo=UTC)),
    ],
)
def test_a_deadlines_day_ends_in_the_divisions_time_zone(zone: str, ends: datetime) -> None:
    assert deadline_instant(deadline_on=DAY, time_zone=zone) == ends
    moment = timedelta(microseconds=1)
    assert is_on_time(submitted_at=ends - moment, deadline_on=DAY, time_zone=zone)
    assert not is_on_time(submitted_at=ends, deadline_on=DAY, time_zone=zone)


def test_the_day_on_which_clocks_go_back_has_its_twenty_five_hours() -> None:
    start = deadline_instant(deadline_on=date(2026, 10, 24), time_zone="Europe/Berlin")
    end = deadline_instant(deadline_on=date(2026, 10, 25), time_zone="Europe/Berlin")
    assert end - start == timedelta(hours=25)


def test_where_a_submission_was_sent_from_does_not_matter() -> None:
    there = datetime(2026, 10, 10, 5, tzinfo=timezone(timedelta(hours=9)))
    assert is_on_time(submitted_at=there, deadline_on=DAY, time_zone="Europe/Berlin")


def test_a_time_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        is_on_time(submitted_at=datetime(2026, 10, 9), deadline_on=DAY, time_zone="UTC")  # noqa: DTZ001 - what is refused


@pytest.mark.parametrize(
    ("zone", "exists"),
    [("Europe/Berlin", True), ("Europe/Nowhere", False), ("", False), ("../etc/passwd", False)],
)
def test_time_zones_are_iana_names(zone: str, exists: bool) -> None:
    assert zone_exists(zone) is exists


@pytest.mark.parametrize(
    ("to", "reason", "field"),
    [
        (DAY, "holiday", "extended_to"),
        (date(9999, 12, 31), "holiday", "extended_to"),
        (DAY + timedelta(days=1), " ", "reason"),
    ],
)
def test_an_extension_needs_a_reason_and_a_later_date(to: date, reason: str, field: str) -> None:
    require_extension(deadline_on=DAY, extended_to=DAY + timedelta(days=1), reason="holiday")
    with pytest.raises(Rejected) as rejected:
        require_extension(deadline_on=DAY, extended_to=to, reason=reason)
    assert rejected.value.field == field


def test_each_manager_has_a_scorecard() -> None:
    def owed(manager: str, at: datetime | None) -> Submission:
        return Submission(manager_id=manager, deadline_on=DAY, time_zone="UTC", submitted_at=at)

    early, late = datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 10, 10, tzinfo=UTC)
    cards = scorecards([owed("m", early), owed("a", early), owed("m", late), owed("m", None)])
    assert cards == (
        Scorecard(manager_id="a", on_time=1, late=0, missing=0, share_on_time=F(1)),
        Scorecard(manager_id="m", on_time=1, late=1, missing=1, share_on_time=F(1, 3)),
    )


def test_a_cycle_keeps_the_form_version_with_which_it_opened() -> None:
    assert template_version_in_cycle("self", frozen={"self": 2}) == 2
    with pytest.raises(Rejected, match="template_id"):
        template_version_in_cycle("peer", frozen={"self": 2})
    assert next_template_version(published={"self": 2}, template_id="self") == 3
    assert next_template_version(published={}, template_id="self") == 1


@pytest.mark.parametrize(
    ("part", "shared", "released", "allowed"),
    list(product(ReviewPart, (False, True), (False, True), (False, True))),
)
def test_before_the_release_an_employee_sees_at_most_the_shared_written_assessment(
    part: ReviewPart, shared: bool, released: bool, allowed: bool
) -> None:
    seen = employee_may_see(
        part,
        shared_by_manager=shared,
        result_released=released,
        policy=ReleasePolicy(written_before_calibration=allowed),
    )
    early = {(ReviewPart.WRITTEN_ASSESSMENT, True, True)}
    assert seen == (released or (part, shared, allowed) in early)


def test_only_a_calibrated_result_is_released() -> None:
    assert [result_may_be_released(calibration_is_final=final) for final in (False, True)] == [False, True]


def test_a_review_opens_with_the_persons_own_evidence_once() -> None:
    first = EvidenceLink(employee_id="jane", kind="goal", event_id="e1")
    second = EvidenceLink(employee_id="jane", kind="feedback", event_id="e2")
    other = EvidenceLink(employee_id="joe", kind="goal", event_id="e3")
    assert evidence_prefilled([first, other, second, first], employee_id="jane") == (first, second)
