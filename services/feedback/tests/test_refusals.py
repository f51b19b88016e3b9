"""Every refusal says which field, as what, why, and what would be accepted instead."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from enum import StrEnum
from uuid import UUID

import pytest

from feedback.domain.answering import require_true_relationship
from feedback.domain.concern_steps import DocumentedConcern, Step, lacks, require_past, take_step
from feedback.domain.errors import Rejected
from feedback.domain.rules import (
    approve_raters,
    nominate_raters,
    override_raters,
    publish_round,
    publish_survey,
)
from feedback.domain.rules.anonymity import Reason
from feedback.domain.rules.concerns import Missing
from feedback.domain.rules.forms import Relationship, Response, WorkAgain
from feedback.domain.rules.raters import ApprovedRaters
from feedback.domain.rules.surveys import SurveyAnswer, SurveyKind
from plumbline_local.testing_services import assert_refused

DAY = date(2026, 8, 3)
NEXT = DAY + timedelta(days=1)
RECORDED = DocumentedConcern(
    concern_id=UUID(int=1),
    cycle_id=UUID(int=2),
    person_id="jane",
    division="E",
    author_id="mia",
    gap="late releases",
    text="The release of July came late",
    occurred_on=DAY,
    recorded_on=DAY,
)
DELIVERED = replace(RECORDED, delivered_on=DAY)
FORM = Response(respondent="a", relationship=Relationship.PEER, work_again=WorkAgain.YES, score=4)
Command = Callable[[], object]


def step(concern: DocumentedConcern, which: Step, *, today: date = DAY) -> Command:
    return lambda: take_step(concern, which, by="hal", today=today, resource="a mentor")


def answers_as(relationship: Relationship, *, manager: bool = False, report: bool = False) -> Command:
    return lambda: require_true_relationship(
        relationship, is_manager=manager, is_report=report, field="relationship"
    )


def answers(*each: tuple[str, int]) -> Command:
    return lambda: publish_survey(
        [SurveyAnswer(respondent=who, groups=(), score=score) for who, score in each]
    )


REFUSED: list[tuple[Command, str, str, str]] = [
    (step(RECORDED, Step.ACKNOWLEDGE), "concern_id", "conflict", "was not delivered; deliver it first"),
    (step(RECORDED, Step.WITNESS_REFUSAL), "concern_id", "conflict", "was not delivered; deliver it first"),
    (step(DELIVERED, Step.DELIVER), "concern_id", "conflict", "this was done before; leave it as it is"),
    (
        step(replace(DELIVERED, acknowledged_on=DAY), Step.ACKNOWLEDGE),
        "concern_id",
        "conflict",
        "done before",
    ),
    (
        step(replace(DELIVERED, acknowledged_on=DAY), Step.WITNESS_REFUSAL),
        "concern_id",
        "conflict",
        "done before",
    ),
    (
        step(replace(DELIVERED, refusal_witnessed_on=DAY), Step.WITNESS_REFUSAL),
        "concern_id",
        "conflict",
        "before",
    ),
    (
        step(replace(RECORDED, resource_offered_on=DAY), Step.OFFER_RESOURCE),
        "concern_id",
        "conflict",
        "before",
    ),
    (
        step(RECORDED, Step.DELIVER, today=DAY - timedelta(days=1)),
        "concern_id",
        "conflict",
        "lies before what is",
    ),
    (
        step(replace(RECORDED, delivered_on=NEXT), Step.ACKNOWLEDGE),
        "concern_id",
        "conflict",
        "set the server's",
    ),
    (lambda: require_past(NEXT, today=DAY, field="on"), "on", "invalid", "the day lies ahead; send the day"),
    (
        answers_as(Relationship.PEER, manager=True),
        "relationship",
        "invalid",
        "carries the name; send manager",
    ),
    (
        answers_as(Relationship.MANAGER),
        "relationship",
        "invalid",
        "you are not this person's manager; send peer",
    ),
    (
        answers_as(Relationship.REPORT),
        "relationship",
        "invalid",
        "you do not report to this person; send peer",
    ),
    (
        lambda: nominate_raters("j", ["j"]),
        "raters",
        "invalid",
        "cannot rate themselves; leave the person out",
    ),
    (
        lambda: approve_raters("j", "abc", manager="m", added={"d": ""}),
        "added",
        "invalid",
        "d is added without",
    ),
    (
        lambda: approve_raters("j", "ab", manager="m"),
        "raters",
        "invalid",
        "there are 2; have 3 to 8, or ask HR",
    ),
    (
        lambda: override_raters("j", "a", hr_partner="h", reason=" "),
        "reason",
        "invalid",
        "no reason; write why HR",
    ),
    (
        lambda: override_raters("j", "", hr_partner="h", reason="r"),
        "raters",
        "invalid",
        "are none; name at least",
    ),
    (
        lambda: override_raters("j", "j", hr_partner="h", reason="r"),
        "raters",
        "invalid",
        "cannot rate themselves",
    ),
    (lambda: publish_round([FORM, FORM], seed="s"), "respondent", "invalid", "answered twice; keep one form"),
    (
        lambda: publish_round([replace(FORM, score=6)], seed="s"),
        "score",
        "invalid",
        "a score is off the scale; give",
    ),
    (answers(("a", 0)), "score", "invalid", "an answer is off the scale; give a whole number"),
    (answers(("a", 1), ("a", 5)), "respondent", "invalid", "somebody answered twice; keep one answer"),
]


@pytest.mark.parametrize(("command", "field", "status", "words"), REFUSED)
def test_a_refusal_names_the_field_the_reason_and_the_way_out(
    command: Command, field: str, status: str, words: str
) -> None:
    error = assert_refused(command, Rejected, field=field, status=status, words=words)
    inside = error.inside("rounds.3")
    assert (inside.field, inside.status) == (f"rounds.3.{field}", status)
    assert (inside.message, inside.fix) == (error.message, error.fix)


def test_each_step_writes_its_own_day_and_nothing_else() -> None:
    assert step(RECORDED, Step.DELIVER, today=NEXT)() == replace(RECORDED, delivered_on=NEXT)
    assert step(DELIVERED, Step.ACKNOWLEDGE, today=NEXT)() == replace(DELIVERED, acknowledged_on=NEXT)
    assert step(DELIVERED, Step.WITNESS_REFUSAL, today=NEXT)() == replace(
        DELIVERED, refusal_witnessed_on=NEXT, refusal_witnessed_by="hal"
    )
    assert step(RECORDED, Step.OFFER_RESOURCE, today=NEXT)() == replace(
        RECORDED, resource_offered_on=NEXT, resource="a mentor"
    )
    # On the very day of the delivery one may acknowledge.
    same_day = take_step(replace(RECORDED, delivered_on=NEXT), Step.ACKNOWLEDGE, by="jane", today=NEXT)
    assert same_day.acknowledged_on == NEXT
    require_past(DAY, today=DAY, field="on")


@pytest.mark.parametrize(
    ("concern", "missing"),
    [
        (replace(DELIVERED, acknowledged_on=DAY), ()),
        (replace(DELIVERED, refusal_witnessed_on=DAY), ()),
        (DELIVERED, (Missing.ACKNOWLEDGED,)),
        (RECORDED, (Missing.DELIVERED, Missing.ACKNOWLEDGED)),
        (replace(DELIVERED, acknowledged_on=DAY, gap=" "), (Missing.GAP,)),
        (
            replace(DELIVERED, acknowledged_on=DAY, occurred_on=DAY - timedelta(days=8)),
            (Missing.CONTEMPORANEOUS,),
        ),
    ],
)
def test_a_documented_concern_lacks_what_the_rule_says(
    concern: DocumentedConcern, missing: tuple[Missing, ...]
) -> None:
    assert lacks(concern) == missing


def test_everybody_answers_as_what_they_are() -> None:
    answers_as(Relationship.MANAGER, manager=True)()
    answers_as(Relationship.REPORT, report=True)()
    answers_as(Relationship.PEER, report=True)()
    answers_as(Relationship.CROSS_TEAM)()


def test_approved_raters_are_recorded_with_who_decided_and_why() -> None:
    nominations = {"a": ["j"], "b": ["j"], "c": ["j"]}
    approved = approve_raters("j", "ab", manager="m", added={"c": "migration"}, nominations=nominations)
    assert approved == ApprovedRaters(
        raters=frozenset("abc"),
        approved_by="m",
        added={"c": "migration"},
        overridden=False,
        reciprocal=True,
    )
    one_sided = approve_raters("j", "abc", manager="m")
    assert (one_sided.added, one_sided.reciprocal, one_sided.overridden) == ({}, False, False)
    overridden = override_raters("j", "a", hr_partner="h", reason="team of two", nominations=nominations)
    assert overridden == ApprovedRaters(
        raters=frozenset("a"), approved_by="h", added={}, overridden=True, reciprocal=True
    )


@pytest.mark.parametrize(
    ("vocabulary", "words"),
    [
        (Step, "deliver acknowledge witness-refusal offer-resource"),
        (Missing, "gap contemporaneous delivered acknowledged"),
        (Relationship, "peer cross_team report manager"),
        (WorkAgain, "yes mostly no"),
        (Reason, "too_few differencing"),
        (SurveyKind, "fairness manager_satisfaction"),
    ],
)
def test_stored_words_stay_as_they_are(vocabulary: type[StrEnum], words: str) -> None:
    assert " ".join(vocabulary) == words
