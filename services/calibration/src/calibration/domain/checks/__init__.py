"""The fairness checks of a calibration: ``run_checks`` over rated people gives one result a check and subject."""

from calibration.domain.checks.families import justify, justify_named
from calibration.domain.checks.people import CheckPolicy, EvidenceCounts, On, Period, RatedPerson
from calibration.domain.checks.results import CheckResult, Effect, FourFifths, LevelShown, each_subject
from calibration.domain.checks.run import run_checks, run_grouped_checks

__all__ = [
    "CheckPolicy",
    "CheckResult",
    "Effect",
    "EvidenceCounts",
    "FourFifths",
    "LevelShown",
    "On",
    "Period",
    "RatedPerson",
    "each_subject",
    "justify",
    "justify_named",
    "run_checks",
    "run_grouped_checks",
]
