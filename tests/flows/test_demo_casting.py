"""What the demo draws: the same for a seed, inside the guideline, and a lowest rating only after a low one."""

import random

import pytest
from staff import employed, roster_of

from plumbline_local.demo.casting import JANE, SHARES, Cast, cast_quarter, next_level, share_out
from plumbline_local.demo.roster import Roster


def office_of(reports: int) -> Roster:
    people = [employed("vp", None), employed("boss", "vp"), employed(JANE, "boss")]
    people += [employed(f"p{number:02}", "boss") for number in range(reports)]
    return roster_of(*people, employed("co", None, "coordinator"))


def two_quarters(seed: int) -> tuple[Cast, Cast]:
    roster, chance = office_of(48), random.Random(seed)
    first = cast_quarter(roster, chance, last=False, before=None)
    return first, cast_quarter(roster, chance, last=True, before=first)


def test_fifty_people_get_the_scenarios_distribution() -> None:
    assert share_out(50, SHARES) == {5: 4, 4: 12, 3: 27, 2: 5, 1: 2}


@pytest.mark.parametrize("people", [0, 1, 2, 3, 7, 50, 81, 20_000])
def test_every_person_gets_exactly_one_rating(people: int) -> None:
    counts = share_out(people, SHARES)
    assert sum(counts.values()) == people
    assert all(abs(counts[rating] - people * share / 100) < 1 for rating, share in SHARES.items())


def test_the_same_seed_draws_the_same_and_another_one_does_not() -> None:
    assert two_quarters(1) == two_quarters(1)
    assert two_quarters(1) != two_quarters(2)


@pytest.mark.parametrize("seed", range(20))
def test_jane_gets_a_four_leads_at_least_a_three_and_a_one_comes_after_a_two(seed: int) -> None:
    first, last = two_quarters(seed)
    rated = {each.person.person_id: each.settled for each in last.parts}
    before = {each.person.person_id: each.settled for each in first.parts}
    assert rated[JANE] == before[JANE] == 4
    assert rated["boss"] >= 3
    assert [before[person] for person, rating in rated.items() if rating == 1] == [2, 2]
    assert last.documented != last.undocumented
    assert [each for each in first.parts if each.settled == 1] == []


@pytest.mark.parametrize("seed", range(20))
def test_calibration_moves_somebody_by_one_and_never_jane(seed: int) -> None:
    _, last = two_quarters(seed)
    moved = [each for each in last.parts if each.proposed != each.settled]
    assert moved
    assert all(abs(each.proposed - each.settled) == 1 for each in moved)
    assert JANE not in {each.person.person_id for each in moved}


@pytest.mark.parametrize(("level", "above"), [("L4", "L5"), ("IC09", "IC10"), ("Senior", None)])
def test_the_level_above_is_the_next_number(level: str, above: str | None) -> None:
    assert next_level(level) == above
