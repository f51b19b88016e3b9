"""Decides, for one aggregate, which of the arrived records apply now, which wait and which are repeats."""

from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrangement:
    """Sequences by what happens to them: ``apply`` in order, ``hold`` until a gap closes, ``drop`` repeats."""

    apply: tuple[int, ...]
    hold: tuple[int, ...]
    drop: tuple[int, ...]


def arrange(*, last: int, ordered: bool, parked: int | None, present: Collection[int]) -> Arrangement:
    """Sort the sequences at hand, given the last one that was applied.

    ``ordered`` topics (events) apply last + 1, last + 2, … and hold what stands behind a gap; the others
    (state) apply whatever is newer. ``parked`` is the sequence of the aggregate's parked record, if there is
    one: it is a repeat itself, and everything else waits behind it.
    """
    drop = tuple(sorted(sequence for sequence in present if sequence <= last or sequence == parked))
    newer = sorted(set(present) - set(drop))
    if parked is not None:
        return Arrangement(apply=(), hold=tuple(newer), drop=drop)
    if not ordered:
        return Arrangement(apply=tuple(newer), hold=(), drop=drop)
    count = 0
    while count < len(newer) and newer[count] == last + count + 1:
        count += 1
    return Arrangement(apply=tuple(newer[:count]), hold=tuple(newer[count:]), drop=drop)
