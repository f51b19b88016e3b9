"""Who plays: the organization as its people topics describe it, and who holds which role."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

from plumbline_local.demo.apis import DemoError
from plumbline_local.demo.bus import DEMOGRAPHICS, PAY, PEOPLE, Record, read_topic

STAND_INS = "Plumbline demo"
# Above so many rated people, managers send for all of their reports what may come as a list.
MANY = 150


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A person as the people topics describe one; ``currency`` and ``gender`` are None when the file has none."""

    person_id: str
    manager_id: str | None
    division: str
    department: str
    team: str
    level: str
    location: str
    hire_date: date
    status: str
    roles: tuple[str, ...]
    currency: str | None = None
    gender: str | None = None


@dataclass(frozen=True, kw_only=True)
class Roster:
    """Everybody by id, and those whom the cycle rates: active, with a manager, in one of its divisions."""

    people: dict[str, Person]
    divisions: tuple[str, ...]
    rated: tuple[Person, ...]

    def holder(self, role: str) -> str:
        """The first who holds a role and works; whoever is not rated comes before the others.

        Raises:
            DemoError: nobody does.
        """
        holders = self._holders.get(role, ())
        if not holders:
            raise DemoError(f"nobody holds the role {role}")
        return min(holders, key=self.is_rated)

    def lacks(self, role: str) -> bool:
        """Whether nobody who works holds a role."""
        return role not in self._holders

    def is_rated(self, person_id: str) -> bool:
        """Whether the cycle rates somebody."""
        return person_id in self._rated

    @cached_property
    def _rated(self) -> dict[str, Person]:
        return {each.person_id: each for each in self.rated}

    @cached_property
    def _holders(self) -> dict[str, list[str]]:
        """Who works and holds each role."""
        found: dict[str, list[str]] = {}
        for person in self.people.values():
            for role in person.roles if person.status == "active" else ():
                found.setdefault(role, []).append(person.person_id)
        return found

    def partners(self, division: str) -> list[str]:
        """The HR partners of a division; whoever is not rated in it comes first."""
        holders = self._holders.get(f"hr_partner:{division}", ())
        return sorted(holders, key=lambda each: self._is_rated_in(division, each))

    def _is_rated_in(self, division: str, person_id: str) -> bool:
        return person_id in self._rated and self._rated[person_id].division == division

    def partner(self, division: str) -> str:
        """The HR partner of a division, if possible one who is not rated in it.

        Raises:
            DemoError: nobody is.
        """
        partners = self.partners(division)
        if not partners:
            raise DemoError(f"nobody is HR partner of {division}")
        return partners[0]

    def partner_for(self, person: Person) -> str | None:
        """An HR partner of somebody who is neither the person nor the manager."""
        involved = (person.person_id, person.manager_id)
        return next((each for each in self.partners(person.division) if each not in involved), None)

    def lacks_partner(self, division: str) -> bool:
        """Whether somebody who is rated in a division has nobody to be HR partner.

        Nobody is one's own; and where there is no skip-level, the HR partner approves beside the manager.
        """
        partners = set(self.partners(division))
        return any(
            not partners - {each.person_id}
            or (self.skip_level(each) is None and self.partner_for(each) is None)
            for each in self.rated
            if each.division == division
        )

    @cached_property
    def readers(self) -> tuple[str, ...]:
        """Who together may read everybody's outcomes: an HR partner a division, and a second where that one is rated."""
        found: set[str] = set()
        for division in self.divisions:
            first, *others = self.partners(division)
            found |= {first, *(others[:1] if self._is_rated_in(division, first) else ())}
        return tuple(sorted(found))

    def skip_level(self, person: Person) -> str | None:
        """The manager's manager, if still here."""
        manager = self.people.get(person.manager_id or "")
        above = None if manager is None else self.people.get(manager.manager_id or "")
        return None if above is None or above.status == "left" else above.person_id

    @property
    def large(self) -> bool:
        """Whether managers send lists for their reports: drafts of goals and nominations of raters."""
        return len(self.rated) > MANY

    @cached_property
    def managers(self) -> dict[str, list[Person]]:
        """The rated people by their manager's id."""
        found: dict[str, list[Person]] = {}
        for person in self.rated:
            found.setdefault(person.manager_id or "", []).append(person)
        return found

    @cached_property
    def led(self) -> dict[str, int]:
        """How many rated people each person leads, directly or through others."""
        found: Counter[str] = Counter()
        for person in self.rated:
            above, seen = person.manager_id, set[str]()
            while above is not None and above not in seen:
                found[above] += 1
                seen.add(above)
                above = self.people[above].manager_id if above in self.people else None
        return dict(found)

    @cached_property
    def unpaid(self) -> dict[str, list[str]]:
        """The rated people without a salary, by who may let them go on without merit; "" when nobody may.

        That is an HR partner of the division, or a coordinator; never the person.
        """
        found: dict[str, list[str]] = {}
        for person in self.rated:
            if person.currency is None:
                able = self.partners(person.division) + self._holders.get("coordinator", [])
                by = next((each for each in able if each != person.person_id), "")
                found.setdefault(by, []).append(person.person_id)
        return found

    @property
    def has_merit(self) -> bool:
        """Whether merit can be paid: somebody has a salary, and somebody may leave out each who has none."""
        return bool(self.pools) and "" not in self.unpaid

    @property
    def pools(self) -> list[tuple[str, str]]:
        """The divisions and currencies in which rated people are paid."""
        return sorted({(each.division, each.currency) for each in self.rated if each.currency})


async def read_roster(bootstrap: str, divisions: Sequence[str] | None) -> Roster:
    """The organization as it stands on the bus; without ``divisions`` all in which somebody can be rated."""
    people = _newest(await read_topic(bootstrap, PEOPLE))
    pay = _newest(await read_topic(bootstrap, PAY))
    about = _newest(await read_topic(bootstrap, DEMOGRAPHICS))
    everybody = {
        key: replace(
            _person(value), currency=pay.get(key, {}).get("currency"), gender=about.get(key, {}).get("gender")
        )
        for key, value in sorted(people.items())
    }
    ratable = [
        each
        for each in everybody.values()
        if each.status == "active" and each.manager_id and each.division != STAND_INS
    ]
    chosen = tuple(divisions or sorted({each.division for each in ratable}))
    rated = tuple(each for each in ratable if each.division in chosen)
    if not rated:
        raise DemoError("the file has nobody to rate: no active person with a manager")
    return Roster(people=everybody, divisions=chosen, rated=rated)


def _newest(records: Sequence[Record]) -> dict[str, dict[str, str]]:
    return {record.key: record.value for record in records}


def _person(value: dict[str, str]) -> Person:
    return Person(
        person_id=value["person_id"],
        manager_id=value.get("manager_id"),
        division=value["division"],
        department=value["department"],
        team=value["team"],
        level=value["level"],
        location=value.get("location", ""),
        hire_date=date.fromisoformat(value["hire_date"]),
        status=value["status"],
        roles=tuple(value.get("roles", ())),
    )
