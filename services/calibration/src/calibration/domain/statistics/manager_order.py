"""Kendall's τ-b between two orders, with its exact permutation p-value where it can be enumerated."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations

LARGEST_UNTIED = 100
LARGEST_TIED_TABLE = 500

State = tuple[tuple[int, ...], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderAssociation:
    """τ-b squared with the sign of S, S itself, and the two-sided p of |S| under random order.

    ``p_exact`` is a rational where the permutations were enumerated, else None; ``method`` says which.
    """

    s: int
    tau_b: float
    p_exact: Fraction | None
    p_value: float
    method: str


def associate_orders(x: Sequence[Fraction], y: Sequence[Fraction]) -> OrderAssociation | None:
    """Kendall's τ-b of paired values and P(|S| ≥ |s|) when either order is shuffled; None without any spread.

    Exact by Mann's inversion counts when one side has no ties (up to 100 pairs), by convolution over the tied
    table while its number of partial margins stays within 500, else normal with the tie-corrected variance.

    Source: Kendall (1970), Rank Correlation Methods, 4th ed., ch. 3–5; Mann (1945), Econometrica 13.
    """
    n = len(x)
    ties_x, ties_y = tuple(Counter(x).values()), tuple(Counter(y).values())
    free_x, free_y = _untied_pairs(n, ties_x), _untied_pairs(n, ties_y)
    if not free_x or not free_y:
        return None
    s = sum(_sign(x[j] - x[i]) * _sign(y[j] - y[i]) for i, j in combinations(range(n), 2))
    p_exact, method = _exact_p(s, x, y)
    return OrderAssociation(
        s=s,
        tau_b=s / math.sqrt(free_x * free_y),
        p_exact=p_exact,
        p_value=_normal_p(s, n, ties_x, ties_y) if p_exact is None else float(p_exact),
        method=method,
    )


def _sign(value: Fraction) -> int:
    return (value > 0) - (value < 0)


def _untied_pairs(n: int, ties: Sequence[int]) -> int:
    return math.comb(n, 2) - sum(math.comb(tie, 2) for tie in ties)


def _exact_p(s: int, x: Sequence[Fraction], y: Sequence[Fraction]) -> tuple[Fraction | None, str]:
    levels_x, levels_y = _levels(x), _levels(y)
    if len(x) <= LARGEST_UNTIED and len(x) in (len(levels_x), len(levels_y)):
        tied = levels_y if len(levels_x) == len(x) else levels_x
        return _tail(s, count_scores_untied(tied)), "exact, inversions of a multiset"
    margins = math.prod(level + 1 for level in min(levels_x, levels_y, key=_states))
    if margins <= LARGEST_TIED_TABLE and len(x) <= LARGEST_UNTIED:
        inner, outer = sorted((levels_x, levels_y), key=_states)
        return _tail(s, count_scores_tied(outer, inner)), "exact, convolution over the tied table"
    return None, "normal approximation with tie correction"


def _levels(values: Sequence[Fraction]) -> tuple[int, ...]:
    counts = Counter(values)
    return tuple(counts[value] for value in sorted(counts))


def _states(levels: Sequence[int]) -> int:
    return math.prod(level + 1 for level in levels)


def _tail(s: int, ways: dict[int, int]) -> Fraction:
    extreme = sum(count for score, count in ways.items() if abs(score) >= abs(s))
    return Fraction(extreme, sum(ways.values()))


def count_scores_untied(ties: Sequence[int]) -> dict[int, int]:
    """How many distinct arrangements of values with these ties give each S against an order without ties.

    The inversions' generating function is the q-multinomial coefficient Π(1 − qⁱ)/Π Π(1 − qʲ).
    """
    n = sum(ties)
    pairs = _untied_pairs(n, ties)
    powers = Counter(range(1, n + 1))
    for tie in ties:
        powers.subtract(range(1, tie + 1))
    counts = [1, *[0] * pairs]
    for power, times in sorted(powers.items()):
        for _ in range(times):
            for index in range(pairs, power - 1, -1):
                counts[index] -= counts[index - power]
        for _ in range(-times):
            for index in range(power, pairs + 1):
                counts[index] += counts[index - power]
    return {pairs - 2 * inversions: count for inversions, count in enumerate(counts)}


def count_scores_tied(rows: Sequence[int], columns: Sequence[int]) -> dict[int, int]:
    """How many of the arrangements of people give each S for a table with these margins, row by row."""
    states: dict[State, int] = {(tuple(columns), 0): 1}
    for row in rows:
        following: dict[State, int] = {}
        for (left, score), ways in states.items():
            for taken in _fillings(row, left):
                rest = tuple(have - take for have, take in zip(left, taken, strict=True))
                state = (rest, score + _score_against(taken, rest))
                chosen = math.prod(math.comb(have, take) for have, take in zip(left, taken, strict=True))
                following[state] = following.get(state, 0) + ways * chosen
        states = following
    return {score: ways for (_, score), ways in states.items()}


def _fillings(total: int, left: tuple[int, ...]) -> list[tuple[int, ...]]:
    if not left:
        return [()] if total == 0 else []
    return [
        (take, *rest) for take in range(min(total, left[0]) + 1) for rest in _fillings(total - take, left[1:])
    ]


def _score_against(taken: Sequence[int], rest: Sequence[int]) -> int:
    return sum(
        take * remaining * ((later > earlier) - (later < earlier))
        for earlier, take in enumerate(taken)
        for later, remaining in enumerate(rest)
    )


def _normal_p(s: int, n: int, ties_x: Sequence[int], ties_y: Sequence[int]) -> float:
    """Two-sided p of S/σ with the tie-corrected variance of S (Kendall 1970, eq. 4.4)."""

    def spread(ties: Sequence[int]) -> int:
        return sum(t * (t - 1) * (2 * t + 5) for t in ties)

    def choose(ties: Sequence[int], size: int) -> int:
        return sum(math.perm(t, size) for t in ties)

    variance = Fraction(n * (n - 1) * (2 * n + 5) - spread(ties_x) - spread(ties_y), 18)
    variance += Fraction(choose(ties_x, 2) * choose(ties_y, 2), 2 * n * (n - 1))
    if n > 2:
        variance += Fraction(choose(ties_x, 3) * choose(ties_y, 3), 9 * n * (n - 1) * (n - 2))
    return math.erfc(abs(s) / math.sqrt(2 * variance))
