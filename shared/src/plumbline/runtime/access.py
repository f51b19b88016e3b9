"""Who may do what: one table, everything else is refused."""

from collections.abc import Iterable, Sequence
from enum import StrEnum


class Relation(StrEnum):
    """How the person who asks stands to the person, or to the thing, asked about.

    FACILITATOR, PARTICIPANT (of the session at hand), PANEL_MEMBER (of the appeal at hand) and AUTHOR (who
    writes, or was asked to write, this very record) are known to the caller; the others to the directory.
    """

    SELF = "self"
    MANAGER = "manager"
    DOTTED_LINE_MANAGER = "dotted_line_manager"
    SKIP_LEVEL = "skip_level"
    HR_PARTNER = "hr_partner"
    FACILITATOR = "facilitator"
    PARTICIPANT = "participant"
    PANEL_MEMBER = "panel_member"
    AUTHOR = "author"
    FINANCE = "finance"
    PAYROLL = "payroll"
    AUDITOR = "auditor"
    COORDINATOR = "coordinator"
    HR_ADMIN = "hr_admin"
    ADMIN = "admin"
    NONE = "none"


class Action(StrEnum):
    """READ; WRITE (create, change, submit, propose, vote); APPROVE (agree, second, sign, justify, witness);
    DECIDE (lock, grade, close, finalize, release, rule, reopen); ACKNOWLEDGE (received, not: agreed)."""

    READ = "read"
    WRITE = "write"
    APPROVE = "approve"
    DECIDE = "decide"
    ACKNOWLEDGE = "acknowledge"


class State(StrEnum):
    """Where the thing is in its life; ALWAYS is for things whose readers never change.

    BOTH_SUBMITTED: the self-assessment and the manager's own draft are both in. A written assessment that the
    policy shares before calibration counts as AFTER_RELEASE; ratings never do.
    """

    ALWAYS = "always"
    DRAFT = "draft"
    SUBMITTED = "submitted"
    BOTH_SUBMITTED = "both_submitted"
    LOCKED = "locked"
    OPEN = "open"
    CLOSED = "closed"
    BEFORE_RELEASE = "before_release"
    AFTER_RELEASE = "after_release"


class Resource(StrEnum):
    """What can be seen or changed."""

    GOAL = "goal"
    GOAL_GRADE = "goal_grade"
    CHECK_IN = "check_in"
    SELF_ASSESSMENT = "self_assessment"
    MANAGER_ASSESSMENT_TEXT = "manager_assessment_text"
    PROPOSED_RATING = "proposed_rating"
    PROMOTION_RECOMMENDATION = "promotion_recommendation"
    FINAL_RATING = "final_rating"
    APPEAL = "appeal"
    COMPLETION = "completion"
    RATER_LIST = "rater_list"
    PEER_IDENTITY = "peer_identity"
    PEER_ANSWER = "peer_answer"
    PEER_ANSWERS = "peer_answers"
    FEEDBACK_ROUND = "feedback_round"
    FEEDBACK_NOTE = "feedback_note"
    DOCUMENTED_CONCERN = "documented_concern"
    SURVEY_ANSWER = "survey_answer"
    SURVEY_RESULT = "survey_result"
    CALIBRATION_SESSION = "calibration_session"
    CALIBRATION_CASE = "calibration_case"
    CALIBRATION_CHECKS = "calibration_checks"
    AWARD = "award"
    POOL = "pool"
    PAY = "pay"
    PAY_CHANGE = "pay_change"
    DEVELOPMENT_PLAN = "development_plan"
    PIP = "pip"
    PROMOTION_CASE = "promotion_case"
    PROMOTION_CRITERIA = "promotion_criteria"
    PEOPLE_RECORD = "people_record"
    DEMOGRAPHICS = "demographics"
    LEAVE = "leave"
    CYCLE = "cycle"
    POLICY_DOCUMENT = "policy_document"
    AUDIT_LOG = "audit_log"
    PARKED_RECORD = "parked_record"
    IMPORT = "import"


# resource, action, states, who: whatever stands in no line here is refused.
POLICY = """\
# Goals: locked goals are visible to the organization, their grades are not. Both sides agree to a goal and
# to its adjustment; replacing one takes the skip-level too, or the HR partner where there is none.
goal                     read        draft                        self manager dotted_line_manager hr_partner auditor
goal                     read        locked                       everyone
goal                     write       draft,locked                 self manager
goal                     approve     draft                        self manager
goal                     approve     locked                       self manager skip_level hr_partner
goal                     decide      draft                        manager hr_partner coordinator
goal                     decide      locked                       self manager
goal_grade               read        always                       self manager hr_partner facilitator participant auditor
goal_grade               write       always                       self manager
check_in                 read        open,closed                  self manager dotted_line_manager hr_partner auditor
check_in                 write       open                         self manager

# Reviews: the manager writes an own draft before reading the self-assessment; ratings are the employee's to
# see after the release.
self_assessment          read        draft                        self
self_assessment          read        submitted                    self hr_partner auditor
self_assessment          read        both_submitted               self manager hr_partner facilitator auditor
self_assessment          write       draft                        self
self_assessment          decide      submitted                    hr_partner
manager_assessment_text  read        draft                        manager
manager_assessment_text  read        submitted                    manager hr_partner facilitator participant auditor
manager_assessment_text  read        after_release                self manager hr_partner facilitator participant auditor
manager_assessment_text  write       draft                        manager
manager_assessment_text  decide      submitted                    manager hr_partner
manager_assessment_text  acknowledge after_release                self
proposed_rating          read        draft                        manager
proposed_rating          read        before_release               manager hr_partner facilitator participant auditor
proposed_rating          read        after_release                self manager hr_partner facilitator participant auditor
proposed_rating          write       draft                        manager
promotion_recommendation read        draft                        manager
promotion_recommendation read        before_release               manager hr_partner facilitator participant auditor
promotion_recommendation read        after_release                self manager hr_partner facilitator participant auditor
promotion_recommendation write       draft                        manager
final_rating             read        before_release               manager hr_partner facilitator participant auditor
final_rating             read        after_release                self manager hr_partner facilitator participant auditor
final_rating             decide      before_release               manager hr_partner
final_rating             acknowledge after_release                self
appeal                   read        open,closed                  self manager hr_partner panel_member auditor
appeal                   write       open                         self manager
appeal                   decide      open                         panel_member
completion               read        always                       self manager skip_level hr_partner coordinator
completion               write       always                       hr_partner coordinator

# Feedback: who said what is nobody's to see, so PEER_IDENTITY has no row. A peer sees the own answer while
# it is open; the published bands never widen, because their readers' answers do not count towards the
# threshold.
rater_list               read        open,closed                  self manager hr_partner
rater_list               write       open                         self manager hr_partner
rater_list               approve     open                         manager hr_partner
peer_answer              read        open                         author
peer_answer              write       open                         author
peer_answers             read        closed                       self manager hr_partner
feedback_round           read        open,closed                  self manager hr_partner author coordinator
feedback_round           write       open                         manager hr_partner coordinator
feedback_round           decide      open                         hr_partner coordinator
feedback_note            read        always                       self manager author
feedback_note            write       always                       everyone_else
documented_concern       read        draft                        manager hr_partner
documented_concern       read        submitted                    self manager hr_partner auditor
documented_concern       write       draft                        manager hr_partner
documented_concern       approve     submitted                    hr_partner
documented_concern       acknowledge submitted                    self
survey_answer            read        open                         author
survey_answer            write       open                         author
survey_result            read        closed                       self hr_partner auditor coordinator

# Calibration: nobody is in the room for the own case. Moves of two need a second supporter; flags a named
# justification.
calibration_session      read        open,closed                  hr_partner facilitator participant auditor coordinator
calibration_session      write       open                         facilitator coordinator
calibration_session      decide      open                         facilitator
calibration_session      decide      closed                       coordinator
calibration_case         read        open,closed                  hr_partner facilitator participant auditor
calibration_case         write       open                         facilitator participant
calibration_case         approve     open                         facilitator participant
calibration_case         decide      open                         facilitator
calibration_checks       read        open,closed                  hr_partner facilitator auditor coordinator
calibration_checks       approve     open                         hr_partner facilitator

# Outcomes: the approval chain is the one rule that lets an award, a pay change and a proposed PIP up to the
# skip-level, and the first two to finance. HR extends plans, attests to a PIP and ends it; who decides a failed
# one reads it.
award                    read        before_release               manager skip_level hr_partner finance auditor
award                    read        after_release                self manager skip_level hr_partner finance payroll auditor
award                    write       before_release               manager hr_partner
award                    approve     before_release               skip_level hr_partner finance
pool                     read        open,closed                  hr_partner finance auditor coordinator
pool                     write       open                         finance coordinator
pool                     decide      open                         finance coordinator
pay                      read        always                       self manager hr_partner payroll auditor
pay_change               read        open                         manager skip_level hr_partner finance auditor
pay_change               read        closed                       self manager hr_partner payroll auditor
pay_change               write       open                         manager hr_partner
pay_change               approve     open                         skip_level hr_partner finance
development_plan         read        draft                        manager hr_partner
development_plan         read        open,closed                  self manager hr_partner auditor
development_plan         write       draft                        manager
development_plan         write       open                         self manager
development_plan         approve     open                         hr_partner
development_plan         decide      draft,open                   manager hr_partner
development_plan         acknowledge open                         self
pip                      read        draft                        manager skip_level hr_partner
pip                      read        open                         self manager hr_partner auditor
pip                      read        closed                       self manager hr_partner panel_member auditor
pip                      write       draft,open                   manager
pip                      approve     draft                        skip_level hr_partner
pip                      decide      draft,open                   hr_partner
pip                      acknowledge open                         self
promotion_case           read        before_release               manager skip_level hr_partner auditor
promotion_case           read        after_release                self manager skip_level hr_partner auditor
promotion_case           write       before_release,after_release manager
promotion_case           approve     before_release,after_release skip_level hr_partner
promotion_case           decide      after_release                skip_level hr_partner
promotion_criteria       read        always                       everyone
promotion_criteria       write       always                       hr_partner

# The organization: where somebody stands is everybody's to know, what somebody is like is not.
people_record            read        always                       everyone
people_record            write       always                       hr_admin
demographics             read        always                       self hr_admin
demographics             write       always                       hr_admin
leave                    read        always                       self hr_partner payroll hr_admin
leave                    write       always                       hr_admin
cycle                    read        draft                        hr_partner auditor coordinator admin
cycle                    read        open,closed                  everyone
cycle                    write       draft,open                   coordinator
cycle                    approve     draft                        coordinator
cycle                    decide      open                         coordinator
policy_document          read        draft                        hr_partner auditor coordinator hr_admin
policy_document          read        submitted                    everyone
policy_document          write       draft                        coordinator hr_admin
policy_document          approve     draft                        coordinator hr_admin
audit_log                read        always                       auditor
import                   read        always                       hr_admin admin
import                   write       always                       hr_admin
"""

_EVERYONE = frozenset(Relation)
_Key = tuple[Resource, Action, State]


def read_table(text: str) -> dict[_Key, frozenset[Relation]]:
    """The table as a mapping; each (resource, action, state) stands there once.

    Raises:
        ValueError: a word is unknown, or a line says something about what an earlier line settled.
    """
    granted: dict[_Key, frozenset[Relation]] = {}
    for line in text.splitlines():
        words = line.split()
        if not words or line.startswith("#"):
            continue
        resource, action, states, *who = words
        for state in states.split(","):
            key = (Resource(resource), Action(action), State(state))
            if key in granted:
                raise ValueError(f"the policy names {' '.join(key)} twice")
            granted[key] = _read_relations(who)
    return granted


def _read_relations(words: Sequence[str]) -> frozenset[Relation]:
    if words == ["everyone"]:
        return _EVERYONE
    if words == ["everyone_else"]:
        return _EVERYONE - {Relation.SELF}
    return frozenset(Relation(word) for word in words)


_GRANTED = read_table(POLICY)


def may(
    relations: Iterable[Relation], *, action: Action, resource: Resource, state: State = State.ALWAYS
) -> bool:
    """Whether somebody who stands in any of these relations may do this; what the table does not name is refused.

    ``relations`` comes from ``plumbline.runtime.directory``; an empty set (not known, or left) may do nothing.
    """
    return not _GRANTED.get((resource, action, state), frozenset()).isdisjoint(relations)


def who_may(*, action: Action, resource: Resource, states: Iterable[State]) -> frozenset[Relation]:
    """The relations of which each may do this in at least one of the states."""
    return frozenset[Relation]().union(
        *(_GRANTED.get((resource, action, state), frozenset()) for state in states)
    )
