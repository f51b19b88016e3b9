"""What becomes of an assessment, a policy and a cycle's setup, decided without a database."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID, uuid5

import pytest

from reviews.domain.assessing import (
    decide_manager_assessment,
    decide_self_assessment,
    require_excludable,
    require_released,
)
from reviews.domain.assessments import (
    ManagerAnswers,
    ManagerAssessmentSaved,
    ManagerAssessmentSubmitted,
    Review,
    SelfAnswers,
    SelfAssessmentSubmitted,
)
from reviews.domain.errors import Rejected
from reviews.domain.policies import (
    PolicyNumbers,
    RangeNumbers,
    StoredPolicy,
    policy_in_effect,
    require_same_content,
    require_sound_policy,
)
from reviews.domain.setup import (
    Candidate,
    Department,
    Pool,
    freeze_participants,
    pool_id_of,
    require_people,
    require_pools,
)
from reviews.domain.templates import FormName, templates_of, unanswered
from reviews.domain.visibility import (
    PartState,
    Progress,
    state_of_final_rating,
    state_of_ratings,
    state_of_self_assessment,
    state_of_text,
    undocumented_discrepancy,
)

CYCLE = UUID(int=7)
V1 = templates_of("v1")
# 25 September ends in Berlin at 22:00 UTC.
LAST_SECOND = datetime(2026, 9, 25, 21, 59, 59, tzinfo=UTC)
TOO_LATE = datetime(2026, 9, 25, 22, tzinfo=UTC)
REVIEW = Review(
    review_id=UUID(int=1),
    cycle_id=CYCLE,
    person_id="ann",
    session_id=UUID(int=2),
    division="Engineering",
    time_zone="Europe/Berlin",
    deadline_on=date(2026, 9, 25),
    phase_open=True,
    extended=False,
    excluded=False,
    submitted=False,
)
SELF = SelfAnswers(person_id="ann", overall=4, accomplishments=("a",), growth_areas=("b",))
MANAGER = ManagerAnswers(person_id="ann", strengths=("a",), development_areas=("b",), proposed_rating=4)


def decide_manager(
    review: Review = REVIEW, answers: ManagerAnswers = MANAGER, *, now: datetime = LAST_SECOND
) -> ManagerAssessmentSaved:
    return decide_manager_assessment(review, answers, author_id="mia", templates=V1, submit=True, now=now)


def test_on_time_ends_with_the_day_in_the_divisions_zone() -> None:
    for now, on_time in ((LAST_SECOND, True), (TOO_LATE, False)):
        fact = decide_self_assessment(REVIEW, SELF, templates=V1, submit=True, now=now)
        assert isinstance(fact, SelfAssessmentSubmitted)
        assert fact.on_time is on_time


def test_a_closed_phase_takes_only_what_was_extended_and_only_until_then() -> None:
    closed = replace(REVIEW, phase_open=False)
    extended = replace(closed, extended=True)
    with pytest.raises(Rejected, match="not open"):
        decide_manager(closed)
    assert isinstance(decide_manager(extended), ManagerAssessmentSubmitted)
    with pytest.raises(Rejected, match="not open"):
        decide_manager(extended, now=TOO_LATE)


@pytest.mark.parametrize("change", [{"submitted": True}, {"excluded": True}])
def test_what_is_in_or_excluded_takes_no_assessment(change: dict[str, bool]) -> None:
    with pytest.raises(Rejected) as refused:
        decide_manager(replace(REVIEW, **change))
    assert refused.value.status == "conflict"


@pytest.mark.parametrize("overall", [0, 6])
def test_a_rating_is_from_1_to_5(overall: int) -> None:
    with pytest.raises(Rejected, match="no rating"):
        decide_self_assessment(
            REVIEW, replace(SELF, overall=overall), templates=V1, submit=False, now=LAST_SECOND
        )
    with pytest.raises(Rejected, match="no rating"):
        decide_manager(answers=replace(MANAGER, proposed_rating=overall))


def test_a_submission_answers_every_required_field_and_a_draft_need_not() -> None:
    empty = SelfAnswers(person_id="ann", accomplishments=("  ",))
    with pytest.raises(Rejected) as refused:
        decide_self_assessment(REVIEW, empty, templates=V1, submit=True, now=LAST_SECOND)
    assert refused.value.fix.startswith("fill in overall, accomplishments, growth_areas")
    kept = decide_self_assessment(REVIEW, empty, templates=V1, submit=False, now=LAST_SECOND)
    assert not isinstance(kept, SelfAssessmentSubmitted)


def test_a_recommended_promotion_names_its_target_level() -> None:
    with pytest.raises(Rejected, match="promotion_target_level"):
        decide_manager(answers=replace(MANAGER, promotion_recommended=True))
    named = replace(MANAGER, promotion_recommended=True, promotion_target_level="L5")
    assert isinstance(decide_manager(answers=named), ManagerAssessmentSubmitted)


@pytest.mark.parametrize(
    ("own", "evidence", "submitted"),
    [(None, "", True), (3, "", True), (5, "", True), (2, "", False), (2, " ", False), (2, "PM-1", True)],
)
def test_a_difference_of_two_needs_evidence_before_it_counts(
    own: int | None, evidence: str, submitted: bool
) -> None:
    answers = replace(MANAGER, discrepancy_evidence=evidence)
    fact = decide_manager(replace(REVIEW, self_overall=own), answers)
    assert isinstance(fact, ManagerAssessmentSubmitted) is submitted
    assert fact.missing == (() if submitted else ("discrepancy_evidence",))


def test_somebody_is_excluded_with_a_reason_and_never_as_the_last() -> None:
    require_excludable(REVIEW, reason="left", others=1)
    for review, reason, others in (
        (REVIEW, " ", 1),
        (REVIEW, "left", 0),
        (replace(REVIEW, submitted=True), "left", 1),
        (replace(REVIEW, excluded=True), "left", 1),
    ):
        with pytest.raises(Rejected):
            require_excludable(review, reason=reason, others=others)


@pytest.mark.parametrize(("released", "has_rating"), [(False, True), (True, False)])
def test_only_a_released_result_is_acknowledged(released: bool, has_rating: bool) -> None:
    require_released(released=True, has_rating=True)
    with pytest.raises(Rejected):
        require_released(released=released, has_rating=has_rating)


NOTHING = Progress(
    self_submitted=False,
    manager_draft_complete=False,
    manager_submitted=False,
    shared=False,
    released=False,
)


def test_each_part_of_a_review_passes_its_own_states() -> None:
    both = replace(NOTHING, self_submitted=True, manager_draft_complete=True)
    submitted = replace(both, manager_submitted=True)
    assert state_of_self_assessment(NOTHING) is PartState.DRAFT
    assert state_of_self_assessment(replace(NOTHING, self_submitted=True)) is PartState.SUBMITTED
    assert state_of_self_assessment(both) is PartState.BOTH_SUBMITTED
    assert (state_of_text(both), state_of_ratings(both)) == (PartState.DRAFT, PartState.DRAFT)
    assert state_of_text(submitted) is PartState.SUBMITTED
    assert state_of_ratings(submitted) is PartState.BEFORE_RELEASE
    shared = replace(submitted, shared=True)
    assert (state_of_text(shared), state_of_ratings(shared)) == (
        PartState.AFTER_RELEASE,
        PartState.BEFORE_RELEASE,
    )
    released = replace(submitted, released=True)
    assert state_of_text(released) is state_of_ratings(released) is PartState.AFTER_RELEASE
    assert state_of_final_rating(submitted) is PartState.BEFORE_RELEASE
    assert state_of_final_rating(released) is PartState.AFTER_RELEASE


def test_a_draft_that_was_never_submitted_stays_hidden_after_the_release() -> None:
    unfinished = replace(NOTHING, manager_draft_complete=True, released=True)
    assert state_of_ratings(unfinished) is state_of_text(unfinished) is PartState.DRAFT


def test_a_discrepancy_is_undocumented_only_from_two_on_and_without_words() -> None:
    assert undocumented_discrepancy(self_rating=5, manager_rating=3, evidence="")
    assert not undocumented_discrepancy(self_rating=4, manager_rating=3, evidence="")
    assert not undocumented_discrepancy(self_rating=5, manager_rating=3, evidence="x")
    assert not undocumented_discrepancy(self_rating=None, manager_rating=3, evidence="")
    assert not undocumented_discrepancy(self_rating=5, manager_rating=None, evidence="")


PLATFORM = Department(division="Engineering", name="Platform")


def candidate(person_id: str, manager_id: str | None, *, works: bool = True) -> Candidate:
    return Candidate(
        person_id=person_id, manager_id=manager_id, manager_works_here=works, department=PLATFORM
    )


def test_everyone_with_a_manager_takes_part_under_ids_that_anybody_can_recompute() -> None:
    frozen = freeze_participants(CYCLE, [candidate("vp", None), candidate("ann", "vp")])
    assert [(each.person_id, each.review_id, each.session_id) for each in frozen] == [
        ("ann", uuid5(CYCLE, "review/ann"), uuid5(CYCLE, "Engineering/Platform"))
    ]
    require_people(["Engineering"], frozen)
    with pytest.raises(Rejected, match="Sales"):
        require_people(["Engineering", "Sales"], frozen)


def test_a_manager_who_does_not_work_here_keeps_the_cycle_from_opening() -> None:
    with pytest.raises(Rejected, match="ann"):
        freeze_participants(CYCLE, [candidate("ann", "gone", works=False)])


def pool(division: str = "Engineering", amount: str | None = "1", percent: str | None = None) -> Pool:
    return Pool(
        pool_id=pool_id_of(CYCLE, division=division, currency="USD"),
        division=division,
        currency="USD",
        budget_amount=None if amount is None else Decimal(amount),
        budget_percent=None if percent is None else Decimal(percent),
    )


@pytest.mark.parametrize(
    "pools",
    [
        [pool("Sales")],
        [pool(), pool()],
        [pool(amount=None)],
        [pool(percent="4")],
        [pool(amount="-1")],
    ],
)
def test_a_budget_is_one_number_of_one_division_and_currency(pools: list[Pool]) -> None:
    require_pools([pool(), pool()][:1], divisions=["Engineering"], merit=True)
    with pytest.raises(Rejected):
        require_pools(pools, divisions=["Engineering"], merit=True)
    with pytest.raises(Rejected, match="without merit"):
        require_pools([pool()], divisions=["Engineering"], merit=False)


RATINGS = ("1", "2", "3", "4", "5")
NUMBERS = PolicyNumbers(
    hire_cut_off="09-30",
    matrix={rating: [Decimal(4)] * 4 for rating in RATINGS},
    floors={rating: Decimal(0) for rating in RATINGS},
    guideline={rating: (Decimal(0), Decimal(100)) for rating in RATINGS},
    ranges=[RangeNumbers(level="L4", location="*", currency="USD", minimum=Decimal(1), maximum=Decimal(2))],
)


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("merit.hire_cut_off", {"hire_cut_off": "02-30"}),
        ("merit.matrix", {"matrix": {"1": [Decimal(1)] * 4}}),
        ("merit.matrix.2", {"matrix": {**NUMBERS.matrix, "2": [Decimal(101)] * 4}}),
        ("merit.floors.5", {"floors": {**NUMBERS.floors, "5": Decimal(-1)}}),
        ("guideline.3", {"guideline": {**NUMBERS.guideline, "3": (Decimal(60), Decimal(50))}}),
        ("ranges[1]", {"ranges": [NUMBERS.ranges[0], NUMBERS.ranges[0]]}),
        ("ranges[0]", {"ranges": [replace(NUMBERS.ranges[0], maximum=Decimal(1))]}),
    ],
)
def test_a_policys_first_unsound_number_is_named(field: str, change: dict[str, object]) -> None:
    require_sound_policy(NUMBERS)
    with pytest.raises(Rejected) as refused:
        require_sound_policy(replace(NUMBERS, **change))
    assert refused.value.field == field


def stored(version: str, day: date, digest: str = "d") -> StoredPolicy:
    return StoredPolicy(division="Engineering", version=version, effective_from=day, digest=digest)


def test_the_newest_policy_that_has_taken_effect_counts() -> None:
    policies = [stored("1", date(2026, 1, 1)), stored("2", date(2026, 7, 1)), stored("3", date(2026, 10, 1))]
    for day, version in ((date(2026, 6, 30), "1"), (date(2026, 7, 1), "2"), (date(2026, 12, 1), "3")):
        found = policy_in_effect(policies, division="Engineering", on=day)
        assert found is not None
        assert found.version == version
    assert policy_in_effect(policies, division="Engineering", on=date(2025, 12, 31)) is None
    assert policy_in_effect(policies, division="Sales", on=date(2026, 12, 1)) is None


def test_a_version_stands_for_one_content() -> None:
    first = stored("1", date(2026, 1, 1))
    require_same_content(first, digest="d", effective_from=date(2026, 1, 1))
    for digest, day in (("e", date(2026, 1, 1)), ("d", date(2026, 1, 2))):
        with pytest.raises(Rejected):
            require_same_content(first, digest=digest, effective_from=day)


def test_the_forms_name_what_is_missing_in_their_order() -> None:
    assert unanswered(V1, FormName.PEER, answered={"does_well"}) == (
        "relationship",
        "to_improve",
        "work_with_again",
    )
    with pytest.raises(Rejected) as refused:
        templates_of("v9")
    assert refused.value.status == "not_found"
