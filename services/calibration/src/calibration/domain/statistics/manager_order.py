"""Kendall's τ-b between the order of discussion and the size of the moves."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from calibration.domain.statistics.kendall import kendall_permutation, tau_b
from calibration.domain.statistics.kendall_enumeration import enumeration_steps, permutation_distances
from calibration.domain.statistics.ranked_strata import Stratum

EXACT_STEPS = 1_000_000
"""Up to about this many additions one session's permutations are enumerated: there is only one a session."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderAssociation:
    """τ-b (−1 to 1) and the two-sided p of S under random order.

    ``p_exact`` is a rational where the permutations were enumerated, else None; ``method`` says which.
    """

    tau_b: float
    p_exact: Fraction | None
    p_value: float
    method: str


def associate_orders(x: Sequence[Fraction], y: Sequence[Fraction]) -> OrderAssociation | None:
    """Kendall's τ-b of paired values and P(|S| ≥ |s|) when either order is shuffled; None without any spread.

    Exact while it can be enumerated, else normal with the tie-corrected variance.

    Source: Kendall (1970), Rank Correlation Methods, 4th ed., ch. 3 and 4.
    """
    ranks = _dense_ranks(x), _dense_ranks(y)
    strata = [Stratum(pairs=tuple(zip(one, other, strict=True))) for one, other in (ranks, ranks[::-1])]
    stratum = min(strata, key=enumeration_steps)
    tau, _ = tau_b([stratum])
    if tau is None:
        return None
    p_exact = _enumerate(stratum) if enumeration_steps(stratum) <= EXACT_STEPS else None
    exactly = "exact permutation" if p_exact is not None else "normal approximation, tie-corrected variance"
    return OrderAssociation(
        tau_b=tau,
        p_exact=p_exact,
        p_value=float(kendall_permutation([stratum]).p_value if p_exact is None else p_exact),
        method=f"Kendall tau-b, {exactly}",
    )


def _enumerate(stratum: Stratum) -> Fraction:
    distances = permutation_distances([stratum])
    observed = abs(stratum.score)
    as_far = sum(ways for distance, ways in distances.items() if distance >= observed)
    return Fraction(as_far, sum(distances.values()))


def _dense_ranks(values: Sequence[Fraction]) -> list[int]:
    ranks = {value: rank for rank, value in enumerate(sorted(set(values)))}
    return [ranks[value] for value in values]
