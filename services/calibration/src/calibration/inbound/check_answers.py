"""A check's result as the JSON object that the command and the api answer with."""

from collections.abc import Sequence
from fractions import Fraction

from calibration.domain.checks import CheckResult, Effect, FourFifths, LevelShown
from calibration.domain.rules import RULE_VERSION
from calibration.domain.statistics.numbers import Real
from plumbline.cli.exact import decimal12, exact

LONGEST_FRACTION_BITS = 10_000
"""A longer fraction, of some 3,000 digits, is given as its decimals only."""


def decimals(value: Real | None) -> str | None:
    """A number as decimal text with 12 significant digits."""
    return None if value is None else decimal12(Fraction(value))


def fraction(value: Real | None) -> str | None:
    """An exact number as ``"a/b"``; None for a float, and for a fraction too long to be read."""
    if not isinstance(value, Fraction) or value.denominator.bit_length() > LONGEST_FRACTION_BITS:
        return None
    return exact(value)


def answer_checks(results: Sequence[CheckResult], *, on: str) -> dict[str, object]:
    """The whole answer of the checks."""
    return {"on": on, "checks": [answer_check(result) for result in results], "rule_version": RULE_VERSION}


def answer_check(result: CheckResult) -> dict[str, object]:
    """One check's answer; what does not apply is null, and so is the size of a group under 5."""
    return {
        "check": result.check,
        "kind": result.kind,
        "subject": result.subject,
        "state": result.state,
        "family": result.family,
        "statistic": decimals(result.statistic),
        "statistic_exact": fraction(result.statistic),
        "effect": answer_effect(result.effect),
        "p_value": decimals(result.p_value),
        "p_exact": fraction(result.p_value),
        "p_mid": decimals(result.p_mid),
        "p_mid_exact": fraction(result.p_mid),
        "p_adjusted": decimals(result.p_adjusted),
        "p_adjusted_exact": fraction(result.p_adjusted),
        "standard_error": decimals(result.standard_error),
        "n": dict(result.n),
        "method": result.method,
        "method_version": result.method_version,
        "policy_version": result.policy_version,
        "reason": result.reason,
        "sentence": result.sentence,
        "unusual_in_fair": decimals(result.unusual_in_fair),
        "unusual_in_fair_exact": fraction(result.unusual_in_fair),
        "four_fifths": answer_four_fifths(result.four_fifths),
        "heterogeneity_p": decimals(result.heterogeneity_p),
        "heterogeneity_p_exact": fraction(result.heterogeneity_p),
        "levels": [answer_level(level) for level in result.levels],
    }


def answer_effect(effect: Effect | None) -> dict[str, object] | None:
    """An effect with its 95 % interval; an end without bound is null."""
    if effect is None:
        return None
    return {
        "name": effect.name,
        "value": decimals(effect.value),
        "value_exact": fraction(effect.value),
        "low": decimals(effect.interval.low),
        "high": decimals(effect.interval.high),
    }


def answer_four_fifths(shown: FourFifths | None) -> dict[str, object] | None:
    """The four-fifths ratio inside the top box."""
    if shown is None:
        return None
    return {
        "ratio": decimals(shown.ratio),
        "ratio_exact": fraction(shown.ratio),
        "below": shown.below,
        "unusual_in_fair": decimals(shown.unusual_in_fair),
        "unusual_in_fair_exact": fraction(shown.unusual_in_fair),
    }


def answer_level(level: LevelShown) -> dict[str, object]:
    """One level of the stratified check."""
    return {
        "level": level.level,
        "n": dict(level.n),
        "odds_ratio": decimals(level.odds_ratio),
        "odds_ratio_exact": fraction(level.odds_ratio),
    }
