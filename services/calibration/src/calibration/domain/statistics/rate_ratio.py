"""The ratio of two groups' rates, with Miettinen and Nurminen's score interval."""

import math
from collections.abc import Callable

from calibration.domain.statistics.fisher import TwoByTwo
from calibration.domain.statistics.numbers import Z95, Interval

BISECTIONS = 60
LARGEST_LOG_RATIO = 40.0


def score_interval(table: TwoByTwo) -> Interval:
    """The 95 % interval of rate 1 / rate 2: all ratios that the score test does not reject.

    Source: Miettinen and Nurminen 1985, Statistics in Medicine 4:213, equation 10; Koopman 1984 is the same without
    the factor N/(N − 1). Without hits in group 1 the interval starts at 0, without hits in group 2 it has no upper
    bound, without any hit it says nothing.
    """
    if not table.hits:
        return Interval(low=None, high=None)

    def score(log_ratio: float) -> float:
        return score_statistic(table, math.exp(log_ratio))

    low = 0.0 if not table.hits_1 else math.exp(find_root(lambda x: score(x) - Z95))
    high = None if not table.hits_2 else math.exp(find_root(lambda x: score(x) + Z95))
    return Interval(low=low, high=high)


def find_root(decreasing: Callable[[float], float]) -> float:
    """Where a decreasing function of the log-ratio crosses 0, by bisection."""
    low, high = -LARGEST_LOG_RATIO, LARGEST_LOG_RATIO
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        if decreasing(middle) > 0:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def score_statistic(table: TwoByTwo, ratio: float) -> float:
    """The signed score statistic of the hypothesis rate 1 = ratio × rate 2; it falls as the ratio grows."""
    n1, n2, people = table.people_1, table.people_2, table.people
    a = people * ratio
    b = n1 * ratio + table.hits_1 + n2 + table.hits_2 * ratio
    root = math.sqrt(max(0.0, b * b - 4 * a * table.hits))
    # the smaller root, written so that nothing cancels: (b − √…)/2a = 2c/(b + √…)
    rate_2 = min(1.0, 2 * table.hits / (b + root))
    rate_1 = min(1.0, ratio * rate_2)
    variance = rate_1 * (1 - rate_1) / n1 + ratio * ratio * rate_2 * (1 - rate_2) / n2
    difference = table.hits_1 / n1 - ratio * table.hits_2 / n2
    if variance <= 0:
        return math.copysign(math.inf, difference) if difference else 0.0
    return difference / math.sqrt(variance * people / (people - 1))
