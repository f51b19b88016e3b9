"""The policy against an expectation written from the other side: for each relation, all that it may do.

Everything that no line below names must be refused: the test asks for every combination.
"""

from itertools import product

import pytest

from plumbline.runtime.access import Action, Relation, Resource, State, may, read_table

# relation: then "action resource states" a line. Written from the design's rules, not from the policy's table.
EXPECTED = """
none:
  read goal locked
  read people_record always
  read cycle open closed
  read policy_document submitted
  write feedback_note always

self:
  read goal draft locked
  write goal draft locked
  approve goal draft locked
  decide goal locked
  read goal_grade always
  write goal_grade always
  read check_in open closed
  write check_in open
  read self_assessment draft submitted both_submitted
  write self_assessment draft
  read manager_assessment_text after_release
  acknowledge manager_assessment_text after_release
  read proposed_rating after_release
  read promotion_recommendation after_release
  read final_rating after_release
  acknowledge final_rating after_release
  read appeal open closed
  write appeal open
  read completion always
  read rater_list open closed
  write rater_list open
  read peer_answers closed
  read feedback_round open closed
  read feedback_note always
  read documented_concern submitted
  acknowledge documented_concern submitted
  read survey_result closed
  read award after_release
  read pay always
  read pay_change closed
  read development_plan open closed
  write development_plan open
  acknowledge development_plan open
  read pip open closed
  acknowledge pip open
  read promotion_case after_release
  read people_record always
  read demographics always
  read leave always
  read cycle open closed
  read policy_document submitted

manager:
  read goal draft locked
  write goal draft locked
  approve goal draft locked
  decide goal draft locked
  read goal_grade always
  write goal_grade always
  read check_in open closed
  write check_in open
  read self_assessment both_submitted
  read manager_assessment_text draft submitted after_release
  write manager_assessment_text draft
  decide manager_assessment_text submitted
  read proposed_rating draft before_release after_release
  write proposed_rating draft
  read promotion_recommendation draft before_release after_release
  write promotion_recommendation draft
  read final_rating before_release after_release
  decide final_rating before_release
  read appeal open closed
  write appeal open
  read completion always
  read rater_list open closed
  write rater_list open
  approve rater_list open
  read peer_answers closed
  read feedback_round open closed
  write feedback_round open
  read feedback_note always
  write feedback_note always
  read documented_concern draft submitted
  write documented_concern draft
  read award before_release after_release
  write award before_release
  read pay always
  read pay_change open closed
  write pay_change open
  read development_plan draft open closed
  write development_plan draft open
  decide development_plan draft open
  read pip draft open closed
  write pip draft open
  read promotion_case before_release after_release
  write promotion_case before_release after_release
  read people_record always
  read cycle open closed
  read policy_document submitted

dotted_line_manager:
  read goal draft locked
  read check_in open closed
  write feedback_note always
  read people_record always
  read cycle open closed
  read policy_document submitted

skip_level:
  read goal locked
  approve goal locked
  read completion always
  write feedback_note always
  read award before_release after_release
  approve award before_release
  read pay_change open
  approve pay_change open
  read promotion_case before_release after_release
  approve promotion_case before_release after_release
  read people_record always
  read cycle open closed
  read policy_document submitted

hr_partner:
  read goal draft locked
  approve goal locked
  decide goal draft
  read goal_grade always
  read check_in open closed
  read self_assessment submitted both_submitted
  decide self_assessment submitted
  read manager_assessment_text submitted after_release
  decide manager_assessment_text submitted
  read proposed_rating before_release after_release
  read promotion_recommendation before_release after_release
  read final_rating before_release after_release
  decide final_rating before_release
  read appeal open closed
  read completion always
  write completion always
  read rater_list open closed
  write rater_list open
  approve rater_list open
  read peer_answers closed
  read feedback_round open closed
  write feedback_round open
  decide feedback_round open
  write feedback_note always
  read documented_concern draft submitted
  write documented_concern draft
  approve documented_concern submitted
  read survey_result closed
  read calibration_session open closed
  read calibration_case open closed
  read calibration_checks open closed
  approve calibration_checks open
  read award before_release after_release
  write award before_release
  approve award before_release
  read pool open closed
  read pay always
  read pay_change open closed
  write pay_change open
  approve pay_change open
  read development_plan draft open closed
  decide development_plan draft open
  read pip draft open closed
  approve pip draft
  decide pip open
  read promotion_case before_release after_release
  approve promotion_case before_release after_release
  read people_record always
  read leave always
  read cycle draft open closed
  read policy_document draft submitted

facilitator:
  read goal locked
  read goal_grade always
  read self_assessment both_submitted
  read manager_assessment_text submitted after_release
  read proposed_rating before_release after_release
  read promotion_recommendation before_release after_release
  read final_rating before_release after_release
  write feedback_note always
  read calibration_session open closed
  write calibration_session open
  decide calibration_session open
  read calibration_case open closed
  write calibration_case open
  approve calibration_case open
  decide calibration_case open
  read calibration_checks open closed
  approve calibration_checks open
  read people_record always
  read cycle open closed
  read policy_document submitted

participant:
  read goal locked
  read goal_grade always
  read manager_assessment_text submitted after_release
  read proposed_rating before_release after_release
  read promotion_recommendation before_release after_release
  read final_rating before_release after_release
  write feedback_note always
  read calibration_session open closed
  read calibration_case open closed
  write calibration_case open
  approve calibration_case open
  read people_record always
  read cycle open closed
  read policy_document submitted

panel_member:
  read goal locked
  read appeal open closed
  decide appeal open
  write feedback_note always
  read people_record always
  read cycle open closed
  read policy_document submitted

author:
  read goal locked
  read peer_answer open
  write peer_answer open
  read feedback_round open closed
  read feedback_note always
  write feedback_note always
  read survey_answer open
  write survey_answer open
  read people_record always
  read cycle open closed
  read policy_document submitted

finance:
  read goal locked
  write feedback_note always
  read award before_release after_release
  approve award before_release
  read pool open closed
  write pool open
  decide pool open
  read pay_change open
  approve pay_change open
  read people_record always
  read cycle open closed
  read policy_document submitted

payroll:
  read goal locked
  write feedback_note always
  read award after_release
  read pay always
  read pay_change closed
  read people_record always
  read leave always
  read cycle open closed
  read policy_document submitted

auditor:
  read goal draft locked
  read goal_grade always
  read check_in open closed
  read self_assessment submitted both_submitted
  read manager_assessment_text submitted after_release
  read proposed_rating before_release after_release
  read promotion_recommendation before_release after_release
  read final_rating before_release after_release
  read appeal open closed
  write feedback_note always
  read documented_concern submitted
  read survey_result closed
  read calibration_session open closed
  read calibration_case open closed
  read calibration_checks open closed
  read award before_release after_release
  read pool open closed
  read pay always
  read pay_change open closed
  read development_plan open closed
  read pip open closed
  read promotion_case before_release after_release
  read people_record always
  read cycle draft open closed
  read policy_document draft submitted
  read audit_log always

coordinator:
  read goal locked
  decide goal draft
  read completion always
  write completion always
  read feedback_round open closed
  write feedback_round open
  decide feedback_round open
  write feedback_note always
  read survey_result closed
  read calibration_session open closed
  write calibration_session open
  decide calibration_session closed
  read calibration_checks open closed
  read pool open closed
  write pool open
  decide pool open
  read people_record always
  read cycle draft open closed
  write cycle draft open
  approve cycle draft
  decide cycle open
  read policy_document draft submitted
  write policy_document draft
  approve policy_document draft

hr_admin:
  read goal locked
  write feedback_note always
  read people_record always
  write people_record always
  read demographics always
  write demographics always
  read leave always
  write leave always
  read cycle open closed
  read policy_document draft submitted
  write policy_document draft
  approve policy_document draft
  read import always
  write import always

admin:
  read goal locked
  write feedback_note always
  read people_record always
  read cycle draft open closed
  read policy_document submitted
  read import always
"""

Question = tuple[str, str, str, str]


def read_expected() -> set[Question]:
    expected: set[Question] = set()
    relation = ""
    for line in EXPECTED.splitlines():
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
    assert len(EVERY_QUESTION) == 16 * 5 * 36 * 9
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
