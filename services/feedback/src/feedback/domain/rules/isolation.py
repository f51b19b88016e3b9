"""Whether published groups, put together by arithmetic, give fewer people away than the threshold.

A published mean is one linear equation in the respondents' answers. Every rational combination of such equations is
known too, so a set of people is given away when some combination leaves no one but them. Respondents with the same
memberships always carry the same coefficient and stay together: they form one *atom*.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import combinations
from math import comb, gcd

MOST_SUBSETS = 5_000
"""Past this many subsets of atoms a set of groups counts as isolating, because nothing proves that it is safe."""

Pattern = tuple[int, ...]
Basis = list[tuple[int, list[int]]]
"""Independent vectors, each with the place of its first value that is not 0."""


def atoms_of(groups: Sequence[Collection[str]]) -> dict[Pattern, int]:
    """Each pattern of memberships (1 in, 0 out, one place a group) → number of respondents who have it."""
    members = [frozenset(group) for group in groups]
    everyone = frozenset[str]().union(*members)
    return dict(Counter(tuple(int(person in group) for group in members) for person in everyone))


def remainder(vector: Sequence[int], basis: Basis) -> list[int]:
    """What elimination in integers leaves of a vector: all zeros exactly when the basis spans it."""
    rest = list(vector)
    for pivot, row in basis:
        if rest[pivot]:
            factor, other = row[pivot], rest[pivot]
            rest = [factor * mine - other * theirs for mine, theirs in zip(rest, row, strict=True)]
    divisor = gcd(*rest)
    return [value // divisor for value in rest] if divisor else rest


def extend_basis(basis: Basis, vectors: Iterable[Sequence[int]]) -> Basis:
    """A basis over the rationals of what ``basis`` and the vectors span."""
    extended = list(basis)
    for vector in vectors:
        rest = remainder(vector, extended)
        if any(rest):
            extended.append((next(place for place, value in enumerate(rest) if value), rest))
    return extended


def small_choices(small: Sequence[tuple[Sequence[int], int]], *, below: int) -> Iterator[tuple[int, ...]]:
    """Every choice of atoms, by place, that holds fewer than ``below`` respondents together."""
    for count in range(1, below):
        for chosen in combinations(range(len(small)), count):
            if sum(small[place][1] for place in chosen) < below:
                yield chosen


def is_too_large_to_prove(small: int, *, below: int) -> bool:
    """Whether there are more choices of small atoms than are worth looking through."""
    return sum(comb(small, count) for count in range(1, below)) > MOST_SUBSETS


def isolates_fewer_than(threshold: int, *, groups: Sequence[Collection[str]]) -> bool:
    """Whether a combination of the groups' sums depends on 1 … threshold − 1 respondents only.

    Such a combination exists exactly when leaving those respondents' columns out lowers the rank of the system.
    Atoms of ``threshold`` or more always stay, so only small atoms that they do not span can matter. Where it would
    take too long to disprove the answer is yes. Source: domain rules, Feedback, "no differencing".
    """
    atoms = atoms_of(groups)
    large = extend_basis([], (pattern for pattern, size in atoms.items() if size >= threshold))
    left = ((remainder(pattern, large), size) for pattern, size in atoms.items() if size < threshold)
    small = [(rest, size) for rest, size in left if any(rest)]
    if is_too_large_to_prove(len(small), below=threshold):
        return True
    full = len(extend_basis([], (rest for rest, _ in small)))
    return any(
        len(extend_basis([], (rest for place, (rest, _) in enumerate(small) if place not in chosen))) < full
        for chosen in small_choices(small, below=threshold)
    )
