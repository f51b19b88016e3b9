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
        """The first who holds a role and works.

        Raises:
            DemoError: nobody does.
        """
        for person in self.people.values():
            if role in person.roles and person.status == "active":
                return person.person_id
        raise DemoError(f"nobody holds the role {role}")

    def lacks(self, role: str) -> bool:
        """Whether nobody who works holds a role."""
        return not any(role in each.roles and each.status == "active" for each in self.people.values())

    def partner(self, division: str) -> str:
        """The HR partner of a division."""
        return self.holder(f"hr_partner:{division}")

    @cached_property
    def readers(self) -> tuple[str, ...]:
        """Who together may read everybody's outcomes: the HR partners, and the managers of those who are rated."""
        partners = {self.partner(division) for division in self.divisions}
        managers = {each.manager_id for each in self.rated if each.person_id in partners and each.manager_id}
        return tuple(sorted(partners | managers))

    def skip_level(self, person: Person) -> str | None:
        """The manager's manager."""
        manager = self.people.get(person.manager_id or "")
        return None if manager is None else manager.manager_id

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
        holders: dict[str, list[str]] = {}
        for person in self.people.values():
            for role in person.roles if person.status == "active" else ():
                holders.setdefault(role, []).append(person.person_id)
        found: dict[str, list[str]] = {}
        for person in self.rated:
            if person.currency is None:
                able = holders.get(f"hr_partner:{person.division}", []) + holders.get("coordinator", [])
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


def biggest(people: Sequence[Person], attribute: str) -> str:
    """The most frequent value of an attribute."""
    return Counter(str(getattr(each, attribute)) for each in people).most_common(1)[0][0]


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
