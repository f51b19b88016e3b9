"""The policy against an expectation written from the other side: for each relation, all that it may do.

``test_access_expected.txt`` is that expectation; the test asks for every combination.
"""

from itertools import product
from pathlib import Path

import pytest

from plumbline.runtime.access import Action, Relation, Resource, State, may, read_table, who_may

Question = tuple[str, str, str, str]


def read_expected() -> set[Question]:
    expected: set[Question] = set()
    relation = ""
    for line in Path(__file__).with_name("test_access_expected.txt").read_text().splitlines():
        if line.startswith("#"):
            continue
        if line.endswith(":"):
            relation = line.removesuffix(":")
        elif line.strip():
            action, resource, *states = line.split()
            expected |= {(relation, action, resource, state) for state in states}
    return expected


EVERY_QUESTION = [
    (str(relation), str(action), str(resource), str(state))
    for relation, action, resource, state in product(Relation, Action, Resource, State)
]


def answer(question: Question) -> bool:
    relation, action, resource, state = question
    return may([Relation(relation)], action=Action(action), resource=Resource(resource), state=State(state))


def test_the_expectation_speaks_of_what_exists_and_of_every_relation() -> None:
    expected = read_expected()
    assert expected <= set(EVERY_QUESTION)
    assert {question[0] for question in expected} == {str(relation) for relation in Relation}


def test_every_combination_of_relation_action_resource_and_state_is_as_expected() -> None:
    expected = read_expected()
    assert len(EVERY_QUESTION) == 16 * 5 * 38 * 9
    wrong = [question for question in EVERY_QUESTION if answer(question) != (question in expected)]
    assert wrong == []


def test_several_relations_may_do_what_any_of_them_may_and_nothing_more() -> None:
    for action, resource, state in product(Action, Resource, State):
        for first, second in product(Relation, Relation):
            together = may([first, second], action=action, resource=resource, state=state)
            assert together == any(
                may([each], action=action, resource=resource, state=state) for each in (first, second)
            )


def test_somebody_without_any_relation_may_do_nothing() -> None:
    assert not any(
        may([], action=action, resource=resource, state=state)
        for action, resource, state in product(Action, Resource, State)
    )


def test_who_said_what_is_nobodys_to_see() -> None:
    assert not any(answer(question) for question in EVERY_QUESTION if question[2] == "peer_identity")


@pytest.mark.parametrize("resource", ["proposed_rating", "promotion_recommendation", "final_rating"])
def test_the_employee_sees_no_rating_before_the_release(resource: str) -> None:
    seen = {state for state in State if answer(("self", "read", resource, str(state)))}
    assert seen == {State.AFTER_RELEASE}


def test_a_manager_reads_the_self_assessment_only_after_the_own_draft() -> None:
    seen = {state for state in State if answer(("manager", "read", "self_assessment", str(state)))}
    assert seen == {State.BOTH_SUBMITTED}


def test_pay_is_for_the_person_the_manager_hr_payroll_and_auditors() -> None:
    seen = {relation for relation in Relation if answer((str(relation), "read", "pay", "always"))}
    assert seen == {Relation.SELF, Relation.MANAGER, Relation.HR_PARTNER, Relation.PAYROLL, Relation.AUDITOR}


@pytest.mark.parametrize(
    "line",
    [
        "goal read locked everyone\ngoal read draft,locked self",
        "goal see locked everyone",
        "gaol read locked everyone",
        "goal read looked everyone",
        "goal read locked boss",
    ],
)
def test_a_policy_that_is_misspelt_or_says_a_thing_twice_does_not_load(line: str) -> None:
    with pytest.raises(ValueError):
        read_table(line)


def test_who_may_names_each_relation_that_may_in_one_of_the_states() -> None:
    for action, resource in product(Action, Resource):
        for states in [[], *([state] for state in State), list(State)[2:6], list(State)]:
            named = {
                relation
                for relation, state in product(Relation, states)
                if may([relation], action=action, resource=resource, state=state)
            }
            assert who_may(action=action, resource=resource, states=states) == named
