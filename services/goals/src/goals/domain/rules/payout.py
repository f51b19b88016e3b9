"""The multiplier between threshold, target and stretch that a bonus uses."""

from fractions import Fraction

from goals.domain.errors import Rejected

AT_THRESHOLD = Fraction(1, 2)
AT_TARGET = Fraction(1)
AT_STRETCH = Fraction(3, 2)


def steps_are_ordered(*, threshold: Fraction, target: Fraction, stretch: Fraction) -> bool:
    """Whether the three go strictly up (more is better) or strictly down (less is better)."""
    return threshold < target < stretch or threshold > target > stretch


def payout_multiplier(
    *, threshold: Fraction, target: Fraction, stretch: Fraction, actual: Fraction
) -> Fraction:
    """0 below threshold, then linear from 0.5 there over 1.0 at target to 1.5 at stretch, and flat above.

    All four are in the metric's own unit; a stretch below the threshold means that less is better, and all are
    turned round. Source: domain rules, Goals, "threshold / target / stretch".

    Raises:
        Rejected: threshold, target and stretch are not strictly ordered.
    """
    if not steps_are_ordered(threshold=threshold, target=target, stretch=stretch):
        raise Rejected(
            field="target",
            message="threshold, target and stretch are not strictly ordered",
            fix="make all three go up, or all three go down",
        )
    if stretch < threshold:
        threshold, target, stretch, actual = -threshold, -target, -stretch, -actual
    if actual < threshold:
        return Fraction(0)
    if actual <= target:
        return AT_THRESHOLD + (AT_TARGET - AT_THRESHOLD) * (actual - threshold) / (target - threshold)
    reached = min(actual, stretch)
    return AT_TARGET + (AT_STRETCH - AT_TARGET) * (reached - target) / (stretch - target)
