"""The exact distribution of Kendall's S over all rearrangements within strata, ties in both numbers."""

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence

from calibration.domain.statistics.ranked_strata import Stratum, untied_pairs


def enumeration_steps(stratum: Stratum) -> int:
    """About how many long additions the exact distribution of one stratum takes."""
    if min(len(stratum.x_counts), len(stratum.y_counts), len(stratum.pairs)) < 2:
        return 0
    if (tied := tied_side(stratum)) is not None:
        return 1 + len(stratum.pairs) * untied_pairs(tied) // 5  # short additions, which cost a fifth
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
        packed *= packed_inversions(stratum, bits) or packed_scores(stratum, bits)
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


def tied_side(stratum: Stratum) -> list[int] | None:
    """The counts of the one number that has ties, or of either when none has; None when both have ties."""
    if max(stratum.x_counts) == 1:
        return stratum.y_counts
    return stratum.x_counts if max(stratum.y_counts) == 1 else None


def packed_inversions(stratum: Stratum, bits: int) -> int | None:
    """The same as ``packed_scores`` where one number has no ties: S is the untied pairs minus twice the inversions.

    Where it is x that has ties, everybody of the same x counts as one, which leaves all shares as they are.
    """
    tied = tied_side(stratum)
    if tied is None:
        return None
    counts = inversion_counts(tied)
    spaced = b"".join(ways.to_bytes(bits // 4, "little") for ways in counts)  # two places an inversion
    surplus = untied_pairs(stratum.x_counts) - (len(counts) - 1)
    return int.from_bytes(spaced, "little") << (bits * surplus)


def inversion_counts(counts: Sequence[int]) -> list[int]:
    """How many arrangements of tied values have 0, 1, 2, … inversions: the coefficients of the q-multinomial.

    One more value at a time multiplies by (1 − q^m)/(1 − q^i), which stays a polynomial throughout.
    Source: MacMahon 1913, Amer. J. Math. 35:281; Stanley, Enumerative Combinatorics I, section 1.7.
    """
    coefficients, placed = [1], 0
    for count in counts:
        for i in range(1, count + 1):
            length = len(coefficients) + placed
            grown = coefficients + [0] * placed + [0] * i
            for k in range(length + i - 1, placed + i - 1, -1):
                grown[k] -= grown[k - placed - i]
            for k in range(i, length):
                grown[k] += grown[k - i]
            coefficients = grown[:length]
        placed += count
    return coefficients


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
