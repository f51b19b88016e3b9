"""People of one level as pairs of two ranked numbers, and Kendall's S of them."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, pairwise


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
        places = {y: place for place, y in enumerate(self.y_values)}
        lower, higher = [0] * len(places), list(self.y_counts)
        result: list[int] = []
        for group in by_x(self.cells):
            for (_, y), count in group:
                higher[places[y]] -= count
            gains = surpluses_by_y(lower, higher)
            result.extend(gains[places[y]] for (_, y), _ in group)
            for (_, y), count in group:
                lower[places[y]] += count
        return result

    @property
    def score(self) -> int:
        """Kendall's S: concordant minus discordant pairs."""
        return sum(c * surplus for (_, c), surplus in zip(self.cells, self.surpluses, strict=True)) // 2

    def furthest_score(self, *, descending: bool) -> int:
        """|S| of the same x and y matched as far apart as they can be: both ascending, or one against the other.

        Then all pairs that differ in both numbers point the same way.
        """
        ys = self.y_counts[::-1] if descending else self.y_counts
        # Side by side in order, a cell ends wherever either number changes.
        edges = sorted({0, *accumulate(self.x_counts), *accumulate(ys)})
        tied_in_both = sum(math.comb(end - start, 2) for start, end in pairwise(edges))
        tied_in_y = sum(math.comb(count, 2) for count in ys)
        return untied_pairs(self.x_counts) - tied_in_y + tied_in_both


def by_x(cells: Sequence[tuple[tuple[int, int], int]]) -> Iterator[list[tuple[tuple[int, int], int]]]:
    """The cells of each x together, x ascending."""
    groups: defaultdict[int, list[tuple[tuple[int, int], int]]] = defaultdict(list)
    for cell in cells:
        groups[cell[0][0]].append(cell)
    yield from groups.values()


def surpluses_by_y(lower: Sequence[int], higher: Sequence[int]) -> list[int]:
    """For every y: concordant minus discordant partners among those of a lower and of a higher x, counted by y."""
    balance = [a - b for a, b in zip(lower, higher, strict=True)]
    below, above, gains = 0, sum(balance), list[int]()
    for here in balance:
        above -= here
        gains.append(below - above)
        below += here
    return gains


def untied_pairs(counts: Iterable[int]) -> int:
    """How many pairs of people differ, given how often each value occurs."""
    counts = list(counts)
    return math.comb(sum(counts), 2) - sum(math.comb(count, 2) for count in counts)
