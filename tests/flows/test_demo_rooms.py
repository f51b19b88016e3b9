"""Who acts where somebody's own case is at hand: locks goals, confirms and moves ratings, is HR partner."""

import random
from uuid import UUID

import pytest
from staff import employed, roster_of

from plumbline_local.demo.casting import cast_quarter
from plumbline_local.demo.goals import by_locker
from plumbline_local.demo.objectives import Objective
from plumbline_local.demo.payroll import describe_sharing, granted_shares
from plumbline_local.demo.rooms import facilitators, participants, who_confirms
from plumbline_local.demo.roster import Person

TOP, HEAD = employed("top", None), employed("head", "top")
PARTNER = employed("hr", "head", "hr_partner:Sales", department="HR")
COORDINATOR = employed("co", "head", "coordinator")
SELLERS = [employed(f"s{number:02}", "head") for number in range(30)]


def goal_of(owner: Person) -> Objective:
    return Objective(
        objective_id=UUID(int=len(owner.person_id)), owner=owner, level="individual", title="", key_results=()
    )


def test_the_coordinator_locks_everybodys_goals_but_the_own_which_the_manager_locks() -> None:
    roster = roster_of(TOP, HEAD, COORDINATOR)
    locked = dict(by_locker(roster, [goal_of(HEAD), goal_of(COORDINATOR)]))
    assert {by: [each.owner for each in own] for by, own in locked.items()} == {
        "co": [HEAD],
        "head": [COORDINATOR],
    }


def test_a_participant_confirms_the_coordinators_own_case_and_not_the_manager() -> None:
    roster = roster_of(TOP, HEAD, COORDINATOR, *SELLERS)
    people = list(roster.rated)
    # The head leads the coordinator, so it is the head's manager, who takes part too.
    assert participants(roster, people) == ["head", "top"]
    assert who_confirms(roster, COORDINATOR, people) == "top"
    assert facilitators(roster) == {("Sales", "Office"): "co"}


def test_where_no_participant_may_confirm_the_coordinators_case_hr_facilitates() -> None:
    flat = employed("co", "top", "coordinator")
    partner, other = employed("hr", None, "hr_partner:Sales"), employed("zz", None, "hr_admin", "auditor")
    roster = roster_of(TOP, flat, employed("s1", "top"), partner, other)
    assert who_confirms(roster, flat, list(roster.rated)) is None
    assert facilitators(roster) == {("Sales", "Office"): "hr"}


def test_who_leads_the_people_of_a_session_does_not_facilitate_in_the_coordinators_place() -> None:
    top = employed("top", None, "hr_partner:Sales")
    flat, admin = employed("co", "top", "coordinator"), employed("zz", None, "hr_admin", "auditor")
    assert facilitators(roster_of(top, flat, employed("s1", "top"), admin)) == {("Sales", "Office"): "zz"}


@pytest.mark.parametrize("seed", range(20))
def test_nobodys_own_case_and_no_own_report_is_moved_by_the_facilitator(seed: int) -> None:
    reports = [employed(f"r{number}", "co") for number in range(20)]
    roster = roster_of(TOP, HEAD, COORDINATOR, *SELLERS, *reports)
    cast = cast_quarter(roster, random.Random(seed), last=True, before=None)
    moved = {each.person.person_id for each in cast.parts if each.proposed != each.settled}
    assert moved
    assert moved.isdisjoint({"co", *(each.person_id for each in reports)})


def test_a_division_lacks_a_partner_when_the_only_one_is_rated_in_it() -> None:
    assert roster_of(TOP, HEAD, PARTNER).lacks_partner("Sales")
    assert not roster_of(TOP, HEAD, PARTNER, employed("hr2", "head", "hr_partner:Sales")).lacks_partner(
        "Sales"
    )
    outside = employed("hr3", None, "hr_partner:Sales")
    roster = roster_of(TOP, HEAD, PARTNER, outside)
    assert not roster.lacks_partner("Sales")
    # Who is not rated in the division goes first, and so may read everybody there.
    assert roster.partner("Sales") == "hr3"
    assert roster.readers == ("hr3",)


def test_two_partners_who_are_both_rated_read_each_other() -> None:
    roster = roster_of(TOP, HEAD, PARTNER, employed("hr2", "head", "hr_partner:Sales"))
    assert set(roster.readers) == {"hr", "hr2"}
    assert roster.partner_for(PARTNER) == "hr2"


def test_a_division_lacks_a_partner_when_the_only_one_leads_somebody_without_skip_level() -> None:
    top = employed("top", None, "hr_partner:Sales")
    assert roster_of(top, HEAD).lacks_partner("Sales")
    assert not roster_of(top, HEAD, employed("hr4", None, "hr_partner:Sales")).lacks_partner("Sales")


def test_a_role_is_played_first_by_somebody_who_is_not_rated() -> None:
    second = employed("zz", None, "coordinator")
    assert roster_of(TOP, HEAD, COORDINATOR).holder("coordinator") == "co"
    assert roster_of(TOP, HEAD, COORDINATOR, second).holder("coordinator") == "zz"


def test_a_pool_says_what_its_budget_does() -> None:
    pool = {"people": 3, "budget": "80.00", "guideline": "120.00", "floor": "40.00", "award": "80.00"}
    said = describe_sharing({**pool, "factor": "1/2"})
    assert said == (
        "the budget binds; factor 0.5000: beyond the floors of 40.00 the guidelines ask for 80.00 and get "
        "40.00, rounded down, and the rest handed out by largest remainder"
    )
    covered = {**pool, "award": "120.00", "budget": "130.00", "factor": "1"}
    assert describe_sharing(covered) == "the budget covers every guideline; factor 1"
    assert describe_sharing({**pool, "award": None, "factor": None}) is None
    assert describe_sharing({**pool, "people": 0, "factor": "1"}) is None


def test_without_an_equity_grid_nobody_has_shares() -> None:
    assert granted_shares(None) is None
    assert granted_shares({"result": {"reason": "no_grid"}}) is None
    assert granted_shares({"result": {"shares": 3000}}) == 3000
