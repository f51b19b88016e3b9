"""People of one level as pairs of two ranked numbers, and Kendall's S of them."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property


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
