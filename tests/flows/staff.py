"""Made-up people of one division, for the tests of who plays what in the demo."""

from datetime import date

from plumbline_local.demo.roster import Person, Roster


def employed(
    name: str, manager: str | None, *roles: str, department: str = "Office", currency: str | None = None
) -> Person:
    """Somebody in Sales; without ``currency`` nothing is known of the pay."""
    return Person(
        person_id=name,
        manager_id=manager,
        division="Sales",
        department=department,
        team="Sales",
        level="L3",
        location="Berlin",
        hire_date=date(2024, 1, 15),
        status="active",
        roles=roles,
        currency=currency,
    )


def roster_of(*people: Person) -> Roster:
    """Everybody; whoever has a manager is rated."""
    rated = tuple(each for each in people if each.manager_id)
    return Roster(people={each.person_id: each for each in people}, divisions=("Sales",), rated=rated)
