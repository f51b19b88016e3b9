"""Least squares of log salary on one group's indicator, with level and location held fixed."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log, sqrt
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

CONFIDENCE = 0.95
NO_VARIATION = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class LogCoefficient:
    """The indicator's coefficient in log units with its standard error and residual degrees of freedom."""

    value: float
    standard_error: float
    freedom: int

    def relative_gap(self) -> tuple[float, float, float]:
        """The gap 1 − e^b as (estimate, low, high) of its 95 % t interval, a share of the reference's pay."""
        from scipy.special import stdtrit  # lazy: see the package's docstring

        half = float(stdtrit(self.freedom, 1 - (1 - CONFIDENCE) / 2)) * self.standard_error
        return 1 - exp(self.value), 1 - exp(self.value + half), 1 - exp(self.value - half)


def fit_log_salary(
    salaries: Sequence[float], indicator: Sequence[bool], controls: Sequence[Sequence[str]]
) -> LogCoefficient | None:
    """The indicator's least-squares coefficient on ln(salary), each control column as fixed effects.

    Both sides are first cleared of the controls, which gives the same coefficient and standard error as the
    whole regression and stays exact when control columns overlap. None when the indicator does not vary
    within the controls, or no degree of freedom is left.

    Source: Frisch & Waugh (1933), Econometrica 1; Lovell (1963), JASA 58.
    """
    import numpy as np  # lazy: see the package's docstring

    design = _fixed_effects(controls, people=len(salaries))
    logs = np.array([log(salary) for salary in salaries], dtype=np.float64)
    marks = np.array(indicator, dtype=np.float64)
    fitted, _, rank, _ = np.linalg.lstsq(design, np.column_stack([logs, marks]), rcond=None)
    cleared = np.column_stack([logs, marks]) - design @ fitted
    clear_logs, clear_marks = cleared[:, 0], cleared[:, 1]
    information = float(clear_marks @ clear_marks)
    freedom = len(salaries) - int(rank) - 1
    if information <= NO_VARIATION * len(salaries) or freedom < 1:
        return None
    value = float(clear_marks @ clear_logs) / information
    rest = clear_logs - value * clear_marks
    return LogCoefficient(
        value=value,
        standard_error=sqrt(float(rest @ rest) / freedom / information),
        freedom=freedom,
    )


def _fixed_effects(controls: Sequence[Sequence[str]], *, people: int) -> "NDArray[np.float64]":
    import numpy as np  # lazy: see the package's docstring

    columns = [np.ones(people, dtype=np.float64)]
    for control in controls:
        values = np.array(control, dtype=np.str_)
        columns += [(values == one).astype(np.float64) for one in sorted(set(control))[1:]]
    return np.column_stack(columns)
