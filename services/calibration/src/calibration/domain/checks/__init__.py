"""The fairness checks of a calibration: ``run_checks`` over rated people gives one result a check and subject."""

from calibration.domain.checks.families import justify
from calibration.domain.checks.people import CheckPolicy, On, Period, RatedPerson
from calibration.domain.checks.results import CheckResult, Effect, FourFifths, LevelShown
from calibration.domain.checks.run import run_checks

__all__ = [
    "CheckPolicy",
    "CheckResult",
    "Effect",
    "FourFifths",
    "LevelShown",
    "On",
    "Period",
    "RatedPerson",
    "justify",
    "run_checks",
]
