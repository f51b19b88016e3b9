"""Raters, published rounds, concerns and surveys."""

from dataclasses import fields, replace
from datetime import date, timedelta
from fractions import Fraction as F

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.domain.errors import Rejected
from feedback.domain.rules import (
    approve_raters,
    is_contemporaneous,
    is_purely_reciprocal,
    nominate_raters,
    override_raters,
    publish_round,
    publish_survey,
    survey_band,
    survey_target_is_met,
    what_a_concern_lacks,
)
from feedback.domain.rules.anonymity import AnonymityPolicy, Reason
from feedback.domain.rules.concerns import Concern, Missing
from feedback.domain.rules.forms import PublishedGroup, PublishedResult, Relationship, Response, WorkAgain
from feedback.domain.rules.surveys import SurveyAnswer
from feedback.domain.survey_closing import close_survey

DAY = date(2026, 8, 3)


def response(who: str, relationship: Relationship = Relationship.PEER, score: int | None = 4) -> Response:
    return Response(
        respondent=who,
        relationship=relationship,
        work_again=WorkAgain.YES,
        does_well=f"well {who}",
        to_improve=f"improve {who}",
        score=score,
    )


def group(result: PublishedResult, name: str) -> PublishedGroup:
    return next(each for each in result.groups if each.group == name)


def test_below_three_responses_nothing_is_shown() -> None:
    result = publish_round([response("a"), response("b")], seed="s")
    shown = group(result, "all")
    assert (shown.band, shown.band_suppressed, shown.scores, shown.work_again) == (
        None,
        Reason.TOO_FEW,
        None,
        None,
    )
    assert (result.does_well, result.to_improve) == ((), ())


def test_scores_are_shown_from_three_and_verbatims_and_distributions_from_five() -> None:
    four = publish_round([response(who) for who in "abcd"], seed="s")
    assert group(four, "all").band == (F(4), F(9, 2))
    assert (group(four, "all").work_again, four.does_well) == (None, ())
    five = publish_round([response(who) for who in "abcde"], seed="s")
    assert group(five, "all").work_again == {WorkAgain.YES: 5, WorkAgain.MOSTLY: 0, WorkAgain.NO: 0}
    assert sorted(five.does_well) == [f"well {who}" for who in "abcde"]


def test_a_relationship_that_would_isolate_another_is_suppressed() -> None:
    responses = [response(who) for who in "abcd"] + [response("e", Relationship.REPORT)]
    result = publish_round(responses, seed="s")
    reasons = {each.group: each.band_suppressed for each in result.groups}
    assert reasons == {"all": None, "peer": Reason.DIFFERENCING, "report": Reason.TOO_FEW}


def test_readers_count_towards_no_threshold() -> None:
    responses = [response(who) for who in "abcde"]
    assert publish_round(responses, seed="s", readers={"a"}).does_well == ()
    assert group(publish_round(responses[:3], seed="s", readers={"a"}), "all").band is None


def test_a_later_round_is_not_set_against_an_earlier_one() -> None:
    first = publish_round([response(who) for who in "abcd"], seed="s")
    second = publish_round([response(who) for who in "abcde"], seed="t", before=first.memberships)
    assert group(second, "all").band_suppressed is Reason.DIFFERENCING
    assert second.memberships.scores == first.memberships.scores


def test_those_who_left_a_question_empty_do_not_count() -> None:
    responses = [response(who) for who in "abcd"] + [replace(response("e"), to_improve=" ", score=None)]
    result = publish_round(responses, seed="s")
    assert (len(result.does_well), result.to_improve, group(result, "all").scores) == (5, (), 4)


def test_the_managers_feedback_is_named_and_stands_apart() -> None:
    responses = [response(who) for who in "ab"] + [response("mia", Relationship.MANAGER)]
    result = publish_round(responses, seed="s")
    assert [each.author for each in result.manager] == ["mia"]
    assert group(result, "all").band_suppressed is Reason.TOO_FEW


def test_a_published_round_has_no_author_and_no_time() -> None:
    responses = [response(who) for who in "abcde"]
    result = publish_round(responses, seed="s")
    assert {field.name for field in fields(PublishedGroup)} == {
        *("group", "scores", "band", "band_suppressed", "work_again", "work_again_suppressed"),
    }
    assert result == publish_round(list(reversed(responses)), seed="s")


def test_thresholds_are_policy() -> None:
    policy = AnonymityPolicy(scores_from=2, verbatims_from=2)
    result = publish_round([response("a"), response("b")], seed="s", policy=policy)
    assert (group(result, "all").band, len(result.does_well)) == ((F(4), F(9, 2)), 2)


@pytest.mark.parametrize(
    ("responses", "field"),
    [
        ([response("a"), response("a")], "respondent"),
        ([response("a", score=6)], "score"),
        ([response("a", score=0)], "score"),
    ],
)
def test_a_form_off_the_scale_or_twice_is_rejected(responses: list[Response], field: str) -> None:
    with pytest.raises(Rejected) as rejected:
        publish_round(responses, seed="s")
    assert rejected.value.field == field


@pytest.mark.parametrize(("count", "accepted"), [(2, False), (3, True), (8, True), (9, False)])
def test_a_person_has_three_to_eight_raters(count: int, accepted: bool) -> None:
    raters = nominate_raters("jane", [f"r{place}" for place in range(count)])
    if accepted:
        assert approve_raters("jane", raters, manager="mia").raters == raters
    else:
        with pytest.raises(Rejected, match="raters"):
            approve_raters("jane", raters, manager="mia")


def test_the_manager_adds_with_a_reason_only() -> None:
    approved = approve_raters("jane", ["a", "b"], manager="mia", added={"c": "worked on the same migration"})
    assert (approved.raters, approved.approved_by) == (frozenset("abc"), "mia")
    with pytest.raises(Rejected, match="added"):
        approve_raters("jane", ["a", "b"], manager="mia", added={"c": " "})


def test_hr_overrides_with_a_reason_only() -> None:
    approved = override_raters("jane", ["a"], hr_partner="hal", reason="team of two")
    assert (approved.raters, approved.overridden) == (frozenset("a"), True)
    for raters, reason in ((["a"], ""), ([], "team of two"), (["jane"], "team of two")):
        with pytest.raises(Rejected):
            override_raters("jane", raters, hr_partner="hal", reason=reason)


def test_nobody_rates_themselves() -> None:
    with pytest.raises(Rejected):
        nominate_raters("jane", ["jane", "a", "b"])
    with pytest.raises(Rejected):
        approve_raters("jane", ["a", "b"], manager="mia", added={"jane": "knows best"})


def test_a_purely_reciprocal_set_is_flagged() -> None:
    nominations = {"a": ["jane"], "b": ["jane", "c"], "c": ["jane"]}
    assert approve_raters("jane", "abc", manager="mia", nominations=nominations).reciprocal
    assert not is_purely_reciprocal("jane", "abc", nominations={**nominations, "c": ["a"]})
    assert not is_purely_reciprocal("jane", [], nominations={})


@pytest.mark.parametrize(("days", "counts"), [(-1, False), (0, True), (7, True), (8, False)])
def test_contemporaneous_is_recorded_at_most_seven_days_after(days: int, counts: bool) -> None:
    assert is_contemporaneous(occurred_on=DAY, recorded_on=DAY + timedelta(days=days)) is counts


def concern(**changes: object) -> Concern:
    whole = Concern(
        gap="late releases", occurred_on=DAY, recorded_on=DAY, delivered_on=DAY, acknowledged_on=DAY
    )
    return replace(whole, **changes)  # pyright: ignore[reportArgumentType] - each test changes fields by type


@pytest.mark.parametrize(
    ("changes", "missing"),
    [
        ({}, ()),
        ({"acknowledged_on": None, "refusal_witnessed_by_hr_on": DAY}, ()),
        ({"acknowledged_on": None}, (Missing.ACKNOWLEDGED,)),
        ({"delivered_on": None}, (Missing.DELIVERED, Missing.ACKNOWLEDGED)),
        ({"acknowledged_on": DAY - timedelta(days=1)}, (Missing.ACKNOWLEDGED,)),
        ({"recorded_on": DAY + timedelta(days=1)}, (Missing.DELIVERED,)),
        ({"gap": " "}, (Missing.GAP,)),
        ({"occurred_on": DAY - timedelta(days=8)}, (Missing.CONTEMPORANEOUS,)),
    ],
)
def test_a_concern_counts_when_nothing_is_missing(
    changes: dict[str, object], missing: tuple[Missing, ...]
) -> None:
    assert what_a_concern_lacks(concern(**changes)) == missing


def answer(who: str, score: int, *groups: str) -> SurveyAnswer:
    return SurveyAnswer(respondent=who, groups=groups, score=score)


def test_surveys_follow_the_same_thresholds() -> None:
    answers = [answer(who, 4, "all", "payments") for who in "abc"] + [answer("d", 5, "all", "platform")]
    shown = {each.group: (each.responses, each.band, each.suppressed) for each in publish_survey(answers)}
    assert shown == {
        "all": (4, (F(4), F(9, 2)), None),
        "payments": (None, None, Reason.DIFFERENCING),
        "platform": (None, None, Reason.TOO_FEW),
    }


@pytest.mark.parametrize("answers", [[answer("a", 6, "all")], [answer("a", 3, "all"), answer("a", 4, "all")]])
def test_a_survey_answer_off_the_scale_or_twice_is_rejected(answers: list[SurveyAnswer]) -> None:
    with pytest.raises(Rejected):
        publish_survey(answers)


@pytest.mark.parametrize(("scores", "met"), [([4, 4], False), ([4, 4, 4, 5], True), ([1, 1], False)])
def test_the_target_of_a_survey_is_strictly_above_four_as_its_band_shows(
    scores: list[int], met: bool
) -> None:
    assert survey_target_is_met(survey_band([F(score) for score in scores])) is met


@given(scores=st.lists(st.integers(1, 5).map(F), min_size=1, max_size=12))
def test_a_surveys_band_holds_its_mean_and_decides_the_target(scores: list[F]) -> None:
    low, high = survey_band(scores)
    mean = sum(scores) / len(scores)
    assert low < mean <= high or mean == low == 1
    assert (low >= 1, high - low, high <= 5, (low * 2).denominator) == (True, F(1, 2), True, 1)
    assert survey_target_is_met((low, high)) is (mean > 4)


def test_a_mean_of_four_looks_like_the_others_of_its_band() -> None:
    exactly_four, below = (close_survey(tally, readers_who_answered=0) for tally in ({4: 4}, {3: 1, 4: 3}))
    assert exactly_four == below


def test_a_distribution_is_remembered_when_it_was_shown_and_only_then() -> None:
    four = publish_round([response(who) for who in "abcd"], seed="s")
    assert (four.memberships.scores, four.memberships.distributions) == ((frozenset("abcd"),) * 2, ())
    five = publish_round([response(who) for who in "abcde"], seed="s")
    assert five.memberships.distributions == (frozenset("abcde"),) * 2
    later = publish_round([response(who) for who in "abcdef"], seed="t", before=five.memberships)
    assert group(later, "all").work_again_suppressed is Reason.DIFFERENCING
    assert (later.memberships, later.does_well != ()) == (five.memberships, True)


def test_the_two_questions_of_a_round_come_in_orders_of_their_own() -> None:
    result = publish_round([response(who) for who in "abcdefgh"], seed="s")
    assert [each[-1] for each in result.does_well] != [each[-1] for each in result.to_improve]
    empty = Response(respondent="a", relationship=Relationship.PEER, work_again=WorkAgain.NO)
    assert (empty.does_well, empty.to_improve, empty.score) == ("", "", None)


def test_the_order_of_texts_follows_the_rounds_own_seed() -> None:
    responses = [response(who) for who in "abcdefgh"]
    first, second = (publish_round(responses, seed=seed) for seed in ("s", "t"))
    assert sorted(first.does_well) == sorted(second.does_well)
    assert first.does_well != second.does_well
    assert first.to_improve != second.to_improve
