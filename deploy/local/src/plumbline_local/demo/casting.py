"""What each person's quarter will be like: drawn once from the seed, never read back by the report."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from plumbline_local.demo.rooms import facilitators
from plumbline_local.demo.roster import Person, Roster

JANE = "E0101"
# Shares of ratings 5 … 1 in percent: of 50 people 4, 12, 27, 5 and 2; and in a quarter without the lowest.
SHARES = {5: 8, 4: 24, 3: 53, 2: 11, 1: 4}
SHARES_BEFORE = {5: 8, 4: 24, 3: 56, 2: 12, 1: 0}
_MOVED_ONE_IN = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One person's quarter: what the person thinks, what the manager proposes, what calibration settles."""

    person: Person
    self_rating: int
    proposed: int
    settled: int
    promotion_to: str | None


@dataclass(frozen=True, kw_only=True)
class Cast:
    """Everybody's part; of those rated 1 the documented one has the evidence that a PIP needs."""

    parts: tuple[Part, ...]
    documented: str | None
    undocumented: str | None

    def part(self, person_id: str) -> Part | None:
        """The part of a person."""
        return self._by_id.get(person_id)

    @cached_property
    def _by_id(self) -> dict[str, Part]:
        return {each.person.person_id: each for each in self.parts}


def cast_quarter(roster: Roster, chance: random.Random, *, last: bool, before: Cast | None) -> Cast:
    """Draw a quarter; in the last one the lowest rating occurs, and only for people who had a 2 before."""
    people = list(roster.rated)
    settled: dict[str, int] = {}
    for division in roster.divisions:
        # The guideline is judged on each division as well as on the organization.
        own = [each for each in people if each.division == division]
        counts = share_out(len(own), SHARES if last else SHARES_BEFORE)
        settled |= _settle(roster, own, counts, chance, before)
    moved = set(_choose_moved(_movable(roster), settled, len(people), chance))
    parts = tuple(_part(each, settled[each.person_id], each.person_id in moved, chance) for each in people)
    lowest = [each.person.person_id for each in parts if each.settled == 1]
    return Cast(
        parts=parts,
        documented=lowest[0] if lowest else None,
        undocumented=lowest[1] if len(lowest) > 1 else None,
    )


def share_out(people: int, shares: dict[int, int]) -> dict[int, int]:
    """Counts by rating that sum to the number of people: largest remainders, ties to the middle rating."""
    exact = {rating: Fraction(people * share, 100) for rating, share in shares.items()}
    counts = {rating: int(part) for rating, part in exact.items()}
    order = sorted(exact, key=lambda rating: (counts[rating] - exact[rating], abs(rating - 3)))
    for rating in order[: people - sum(counts.values())]:
        counts[rating] += 1
    return counts


def _settle(
    roster: Roster,
    people: Sequence[Person],
    counts: dict[int, int],
    chance: random.Random,
    before: Cast | None,
) -> dict[str, int]:
    """Who gets which rating: Jane a 4, whoever leads others at least a 3, a 1 only after a 2."""
    left = dict(counts)
    chosen: dict[str, int] = {}

    def give(person: Person, allowed: Sequence[int]) -> None:
        fitting = [rating for rating in allowed if left.get(rating)] or [each for each in left if left[each]]
        chosen[person.person_id] = rating = chance.choices(fitting, [left[each] for each in fitting])[0]
        left[rating] -= 1

    waiting = sorted(people, key=lambda each: each.person_id)
    chance.shuffle(waiting)
    leads = {each.manager_id for each in roster.people.values()}
    had_two = {each.person.person_id for each in before.parts if each.settled == 2} if before else set[str]()
    waiting.sort(
        key=lambda each: (
            each.person_id != JANE,
            each.person_id not in leads,
            before is not None and each.person_id not in had_two,
        )
    )
    for person in waiting:
        if person.person_id == JANE:
            give(person, (4,))
        elif person.person_id in leads:
            give(person, (3, 4, 5))
        elif person.person_id in had_two and left.get(1):
            give(person, (1,))
        else:
            give(person, tuple(left))
    return chosen


def _movable(roster: Roster) -> list[Person]:
    """Whom a facilitator may move alone: neither oneself nor an own report."""
    leads = facilitators(roster)
    return [
        each
        for each in roster.rated
        if leads[each.division, each.department] not in (each.person_id, each.manager_id)
    ]


def _choose_moved(
    movable: Sequence[Person], settled: dict[str, int], people: int, chance: random.Random
) -> list[str]:
    """Whose rating calibration moves: some of those between the extremes, and never Jane."""
    middle = [
        each.person_id for each in movable if settled[each.person_id] in (3, 4) and each.person_id != JANE
    ]
    return chance.sample(middle, min(len(middle), -(-people // _MOVED_ONE_IN)))


def _part(person: Person, settled: int, moved: bool, chance: random.Random) -> Part:
    proposed = settled + chance.choice((-1, 1)) if moved else settled
    self_rating = min(5, max(1, settled + chance.choice((-1, 0, 0, 0, 1, 1))))
    recommended = person.person_id == JANE or (settled == 5 and chance.random() < 0.5)
    return Part(
        person=person,
        self_rating=self_rating,
        proposed=proposed,
        settled=settled,
        promotion_to=next_level(person.level) if recommended else None,
    )


def next_level(level: str) -> str | None:
    """The level above one that ends in a number, for example L5 above L4; None when it does not."""
    name, number = level.rstrip("0123456789"), level[len(level.rstrip("0123456789")) :]
    return f"{name}{int(number) + 1}" if number else None
