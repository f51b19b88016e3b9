"""Whether published groups, put together by arithmetic, give fewer people away than the threshold.

A published mean is one linear equation in the respondents' answers. Every rational combination of such equations is
known too, so a set of people is given away when some combination leaves no one but them. Respondents with the same
memberships always carry the same coefficient and stay together: they form one *atom*.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from itertools import combinations
from math import comb

MOST_SUBSETS = 20_000
"""Past this many subsets of atoms a set of groups counts as isolating, because nothing proves that it is safe."""

Pattern = tuple[int, ...]


def atoms_of(groups: Sequence[Collection[str]]) -> dict[Pattern, int]:
    """Each pattern of memberships (1 in, 0 out, one place a group) → number of respondents who have it."""
    members = [frozenset(group) for group in groups]
    everyone = frozenset[str]().union(*members)
    return dict(Counter(tuple(int(person in group) for group in members) for person in everyone))


def rank(vectors: Sequence[Sequence[int]]) -> int:
    """The rank over the rationals of integer vectors, by elimination without fractions."""
    basis: list[tuple[int, list[int]]] = []
    for vector in vectors:
        rest = list(vector)
        for pivot, row in basis:
            if rest[pivot]:
                factor, other = row[pivot], rest[pivot]
                rest = [factor * mine - other * theirs for mine, theirs in zip(rest, row, strict=True)]
        pivot = next((place for place, value in enumerate(rest) if value), None)
        if pivot is not None:
            basis.append((pivot, rest))
    return len(basis)


def small_subsets(sizes: Sequence[int], *, below: int) -> Iterator[tuple[int, ...]]:
    """Every choice of atoms, by index, that holds fewer than ``below`` respondents together."""
    small = [place for place, size in enumerate(sizes) if size < below]
    for count in range(1, below):
        for chosen in combinations(small, count):
            if sum(sizes[place] for place in chosen) < below:
                yield chosen


def is_too_large_to_prove(sizes: Sequence[int], *, below: int) -> bool:
    """Whether there are more subsets of small atoms than are worth looking through."""
    small = sum(size < below for size in sizes)
    return sum(comb(small, count) for count in range(1, below)) > MOST_SUBSETS


def isolates_fewer_than(threshold: int, *, groups: Sequence[Collection[str]]) -> bool:
    """Whether a combination of the groups' sums depends on 1 … threshold − 1 respondents only.

    Such a combination exists exactly when leaving those respondents' columns out lowers the rank of the system.
    Where that would take too long to disprove the answer is yes. Source: domain rules, Feedback, "no differencing".
    """
    atoms = atoms_of(groups)
    patterns, sizes = list(atoms), list(atoms.values())
    if all(size >= threshold for size in sizes):
        return False
    if is_too_large_to_prove(sizes, below=threshold):
        return True
    full = rank(patterns)
    return any(
        rank([pattern for place, pattern in enumerate(patterns) if place not in chosen]) < full
        for chosen in small_subsets(sizes, below=threshold)
    )
