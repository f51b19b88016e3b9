"""Who is in the room of a department's calibration session, and who may settle which case there."""

from collections.abc import Sequence

from plumbline_local.demo.roster import Person, Roster

Department = tuple[str, str]


def departments(roster: Roster) -> dict[Department, list[Person]]:
    """The rated people by division and department: each has a session of its own."""
    found: dict[Department, list[Person]] = {}
    for each in roster.rated:
        found.setdefault((each.division, each.department), []).append(each)
    return found


def participants(roster: Roster, people: Sequence[Person]) -> list[str]:
    """The managers of a session's people, and whoever leads those managers that belong to the department."""
    division, department = people[0].division, people[0].department
    managers = {each.manager_id or "" for each in people}
    leads = [each for name in managers if (each := roster.people.get(name)) is not None]
    heads = {
        each.manager_id or "" for each in leads if (each.division, each.department) == (division, department)
    }
    able = (roster.people.get(name) for name in sorted(managers | heads))
    return [each.person_id for each in able if each is not None and each.status == "active"]


def who_confirms(roster: Roster, person: Person, people: Sequence[Person]) -> str | None:
    """A participant who may settle a case: neither the person nor the manager; None when there is nobody."""
    involved = (person.person_id, person.manager_id)
    return next((each for each in participants(roster, people) if each not in involved), None)


def facilitators(roster: Roster) -> dict[Department, str]:
    """The coordinator; or somebody else, where a case is the coordinator's own or a report's and no participant could settle it."""
    coordinator = roster.holder("coordinator")
    found: dict[Department, str] = {}
    for key, people in departments(roster).items():
        own = [each for each in people if coordinator in (each.person_id, each.manager_id)]
        alone = any(who_confirms(roster, each, people) is None for each in own)
        found[key] = _facilitator_beside(roster, people) if alone else coordinator
    return found


def _facilitator_beside(roster: Roster, people: Sequence[Person]) -> str:
    """An HR partner or administrator, if possible one without a case in the session and without reports there; or an auditor."""
    involved = {name for each in people for name in (each.person_id, each.manager_id)}
    able = [*roster.partners(people[0].division), roster.holder("hr_admin"), roster.holder("auditor")]
    return next((each for each in able if each not in involved), able[0])
