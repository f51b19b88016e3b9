"""Kendall's τ-b within strata: permutation test, effect and interval."""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from calibration.domain.statistics.numbers import Z95, Interval, TestOutcome, normal_two_sided

EXACT_STEPS = 40_000
"""Up to about this many additions over all strata the permutation distribution is enumerated."""


@dataclass(frozen=True)
class Stratum:
    """People of one level as (x, y) pairs of whole numbers, with how often each pair occurs."""

    pairs: tuple[tuple[int, int], ...]

    @cached_property
    def cells(self) -> list[tuple[tuple[int, int], int]]:
        """Every different pair and its count, x ascending."""
        return sorted(Counter(self.pairs).items())

    @cached_property
    def x_counts(self) -> list[int]:
        """How often each x occurs, ascending."""
        return [count for _, count in sorted(Counter(x for x, _ in self.pairs).items())]

    @cached_property
    def y_counts(self) -> list[int]:
        """How often each y occurs, ascending."""
        return [count for _, count in sorted(Counter(y for _, y in self.pairs).items())]

    @cached_property
    def y_values(self) -> list[int]:
        """The different y, ascending."""
        return sorted({y for _, y in self.pairs})

    @cached_property
    def surpluses(self) -> list[int]:
        """For every cell: its concordant minus its discordant partners, by running counts over x."""
        total, before = Counter(y for _, y in self.pairs), Counter[int]()
        result: list[int] = []
        for group in by_x(self.cells):
            here = Counter({y: count for (_, y), count in group})
            after = {y: total[y] - before[y] - here[y] for y in self.y_values}
            result.extend(
                sum(sign(y - other) * (before[other] - after[other]) for other in self.y_values)
                for (_, y), _ in group
            )
            before.update(here)
        return result

    @property
    def score(self) -> int:
        """Kendall's S: concordant minus discordant pairs."""
        return sum(c * surplus for (_, c), surplus in zip(self.cells, self.surpluses, strict=True)) // 2

    def rearranged(self, *, descending: bool) -> "Stratum":
        """The same x and y matched as far apart as they can be: both ascending, or one against the other."""
        xs = sorted(x for x, _ in self.pairs)
        ys = sorted((y for _, y in self.pairs), reverse=descending)
        return Stratum(pairs=tuple(zip(xs, ys, strict=True)))


def by_x(cells: Sequence[tuple[tuple[int, int], int]]) -> Iterator[list[tuple[tuple[int, int], int]]]:
    """The cells of each x together, x ascending."""
    groups: defaultdict[int, list[tuple[tuple[int, int], int]]] = defaultdict(list)
    for cell in cells:
        groups[cell[0][0]].append(cell)
    yield from groups.values()


def sign(number: int) -> int:
    """-1, 0 or 1."""
    return (number > 0) - (number < 0)


def untied_pairs(counts: Iterable[int]) -> int:
    """How many pairs of people differ, given how often each value occurs."""
    counts = list(counts)
    return math.comb(sum(counts), 2) - sum(math.comb(count, 2) for count in counts)


def kendall_permutation(strata: Sequence[Stratum]) -> TestOutcome:
    """Two-sided: the share of rearrangements of y within strata whose summed |S| is at least the observed one.

    Exact up to ``EXACT_STEPS`` additions, past it the normal approximation with the variance corrected for ties in
    both. Source: Kendall, Rank Correlation Methods (1970), chapters 3 and 4; strata as in Korn 1984, Biometrics 40:207.
    """
    observed = sum(s.score for s in strata)
    furthest = max(abs(sum(s.rearranged(descending=way).score for s in strata)) for way in (False, True))
    if sum(enumeration_steps(s) for s in strata) > EXACT_STEPS:
        deviation = math.sqrt(sum((score_variance(s) for s in strata), Fraction(0)))
        p_value, smallest = (
            normal_two_sided(s / deviation) if deviation else 1.0 for s in (observed, furthest)
        )
        method = "Kendall tau-b within levels, normal approximation with tie-corrected variance"
    else:
        distances = permutation_distances(strata)
        total = sum(distances.values())
        p_value, smallest = (
            Fraction(sum(ways for distance, ways in distances.items() if distance >= abs(s)), total)
            for s in (observed, furthest)
        )
        method = "Kendall tau-b within levels, exact permutation"
    return TestOutcome(statistic=Fraction(observed), p_value=p_value, smallest=smallest, method=method)


def score_variance(stratum: Stratum) -> Fraction:
    """The variance of S over all rearrangements, with ties in both (Kendall 1970, equation 4.3)."""
    n, xs, ys = len(stratum.pairs), stratum.x_counts, stratum.y_counts
    if n < 2:
        return Fraction(0)

    def summed(counts: Sequence[int], term: Callable[[int], int]) -> int:
        return sum(term(count) for count in counts)

    def spread(count: int) -> int:
        return count * (count - 1) * (2 * count + 5)

    def pairs(count: int) -> int:
        return count * (count - 1)

    def triples(count: int) -> int:
        return count * (count - 1) * (count - 2)

    variance = Fraction(spread(n) - summed(xs, spread) - summed(ys, spread), 18)
    variance += Fraction(summed(xs, pairs) * summed(ys, pairs), 2 * pairs(n))
    if n > 2:
        variance += Fraction(summed(xs, triples) * summed(ys, triples), 9 * triples(n))
    return variance


def enumeration_steps(stratum: Stratum) -> int:
    """About how many long additions the exact distribution of one stratum takes."""
    if min(len(stratum.x_counts), len(stratum.y_counts), len(stratum.pairs)) < 2:
        return 0
    states = math.prod(count + 1 for count in stratum.y_counts)
    kinds = len(stratum.y_counts)
    ways = max(math.comb(group + kinds - 1, kinds - 1) for group in stratum.x_counts)
    length = 1 + untied_pairs(stratum.x_counts) // 250  # a longer number takes longer to add
    return states * ways * length


def permutation_distances(strata: Sequence[Stratum]) -> dict[int, int]:
    """How many rearrangements within strata have each |S|.

    A stratum's distribution is a polynomial whose exponent is S plus an offset; it is packed into one long integer,
    so that a shift moves all scores at once and one multiplication joins two strata.
    """
    used = [s for s in strata if enumeration_steps(s)]
    bits = 8 * (1 + sum(arrangements(s).bit_length() for s in used) // 8)
    packed, offset = 1, 0
    for stratum in used:
        packed *= packed_scores(stratum, bits)
        offset += untied_pairs(stratum.x_counts)
    width = bits // 8
    data = packed.to_bytes(width * (2 * offset + 1), "little")
    distances: defaultdict[int, int] = defaultdict(int)
    for index in range(2 * offset + 1):
        ways = int.from_bytes(data[index * width : (index + 1) * width], "little")
        if ways:
            distances[abs(index - offset)] += ways
    return distances


def arrangements(stratum: Stratum) -> int:
    """In how many different ways the y can be handed to the people."""
    return math.factorial(len(stratum.pairs)) // math.prod(map(math.factorial, stratum.y_counts))


def packed_scores(stratum: Stratum, bits: int) -> int:
    """One stratum's distribution of S, ``bits`` a coefficient, exponent = S + the pairs that differ in x.

    The people of one x after another take y from what is left; the state is how many of each y are left.
    """
    states: dict[tuple[int, ...], int] = {tuple(stratum.y_counts): 1}
    earlier = 0
    for group in stratum.x_counts:
        following: defaultdict[tuple[int, ...], int] = defaultdict(int)
        for left, scores in states.items():
            given = [total - rest for total, rest in zip(stratum.y_counts, left, strict=True)]
            for rest, gain, ways in hand_out(left, group, gains_by_y(given)):
                following[rest] += (scores * ways) << (bits * (gain + group * earlier))
        states = following
        earlier += group
    return states[(0,) * len(stratum.y_counts)]


def gains_by_y(given: Sequence[int]) -> list[int]:
    """For each y: how many got a lower one before, minus how many got a higher one."""
    total, below, gains = sum(given), 0, list[int]()
    for count in given:
        gains.append(2 * below + count - total)
        below += count
    return gains


def hand_out(
    left: tuple[int, ...], group: int, gains: Sequence[int]
) -> Iterator[tuple[tuple[int, ...], int, int]]:
    """What is left after ``group`` people took from it, what S gains by that, and in how many orders they can."""
    if group == 1:  # by far the commonest step
        for i, have in enumerate(left):
            if have:
                yield (*left[:i], have - 1, *left[i + 1 :]), gains[i], 1
        return
    for taken in selections(left, group):
        gain = sum(count * each for count, each in zip(taken, gains, strict=True))
        ways = math.factorial(group) // math.prod(map(math.factorial, taken))
        yield tuple(have - count for have, count in zip(left, taken, strict=True)), gain, ways


def selections(left: tuple[int, ...], group: int) -> Iterator[tuple[int, ...]]:
    """Every way to take ``group`` from what is left, as counts."""
    if len(left) == 1:
        if group <= left[0]:
            yield (group,)
        return
    for count in range(max(0, group - sum(left[1:])), min(left[0], group) + 1):
        for rest in selections(left[1:], group - count):
            yield (count, *rest)


def tau_b(strata: Sequence[Stratum]) -> tuple[float | None, Interval]:
    """τ-b over strata: ΣS / √(Σ pairs untied in x × Σ pairs untied in y), with a 95 % interval.

    The interval is Wald's with the variance from each person's influence on τ-b, centred within strata; with one
    stratum that is the large-sample variance of Agresti, Analysis of Ordinal Categorical Data, section 7.3.4.
    None when everybody is tied in x or in y.
    """
    used = [s for s in strata if len(s.pairs) > 1]
    x_pairs = sum(untied_pairs(s.x_counts) for s in used)
    y_pairs = sum(untied_pairs(s.y_counts) for s in used)
    if not x_pairs or not y_pairs:
        return None, Interval(low=None, high=None)
    root = math.sqrt(x_pairs * y_pairs)
    tau = sum(s.score for s in used) / root
    half = Z95 * math.sqrt(sum(influence_variance(s, tau, x_pairs, y_pairs) for s in used))
    return tau, Interval(low=max(-1.0, tau - half), high=min(1.0, tau + half))


def influence_variance(stratum: Stratum, tau: float, x_pairs: int, y_pairs: int) -> float:
    """One stratum's part in the variance of τ-b: the squared influences of its people around their mean."""
    n, root = len(stratum.pairs), math.sqrt(x_pairs * y_pairs)
    x_ties, y_ties = Counter(x for x, _ in stratum.pairs), Counter(y for _, y in stratum.pairs)
    influences = [
        surplus / root - tau / 2 * ((n - x_ties[x]) / x_pairs + (n - y_ties[y]) / y_pairs)
        for ((x, y), _), surplus in zip(stratum.cells, stratum.surpluses, strict=True)
    ]
    counts = [count for _, count in stratum.cells]
    mean = sum(c * value for c, value in zip(counts, influences, strict=True)) / n
    return sum(c * (value - mean) ** 2 for c, value in zip(counts, influences, strict=True))
