"""From findings to results: adjust what is read together, then decide every state and its sentence."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from calibration.domain.checks.people import CheckPolicy
from calibration.domain.checks.results import CheckResult, Family, Finding, number
from calibration.domain.rules import RULE_VERSION, benjamini_hochberg, decide_state, holm, is_significant
from calibration.domain.statistics.numbers import Real

Adjustment = Callable[[Sequence[Real], Sequence[int]], tuple[Real, ...]]
ADJUSTMENTS: dict[Family, Adjustment] = {
    "confirmatory": holm,
    "recency": holm,
    "exploratory": benjamini_hochberg,
}


def judge(findings: Sequence[Finding], policy: CheckPolicy) -> tuple[CheckResult, ...]:
    """Every finding's result, in the order given."""
    adjusted = adjust_families(findings)
    return tuple(
        judge_one(finding, p_adjusted, policy) for finding, p_adjusted in zip(findings, adjusted, strict=True)
    )


def adjust_families(findings: Sequence[Finding]) -> list[Real | None]:
    """Each finding's adjusted p-value; only those that can reach α are members of their family."""
    adjusted: list[Real | None] = [None] * len(findings)
    for family, adjust in ADJUSTMENTS.items():
        members = [
            (index, finding.p_value, 1 + len(finding.others))
            for index, finding in enumerate(findings)
            if finding.family == family and finding.adjusts and finding.p_value is not None
        ]
        together = adjust([p for _, p, _ in members], [count for _, _, count in members])
        for (index, _, _), p_adjusted in zip(members, together, strict=True):
            adjusted[index] = p_adjusted
    return adjusted


def judge_one(finding: Finding, p_adjusted: Real | None, policy: CheckPolicy) -> CheckResult:
    """One finding with its state: a test flags by its adjusted p, a threshold by its breach, the rest never."""
    flagged = finding.kind != "descriptive" and finding.flags_if
    if finding.kind == "test":
        flagged = flagged and p_adjusted is not None and is_significant(p_adjusted, policy.alpha)
    label = "Exploratory: " if finding.family == "exploratory" else ""
    return CheckResult(
        check=finding.check,
        kind=finding.kind,
        subject=finding.subject,
        others=finding.others,
        state=decide_state(reason=finding.reason, flagged=flagged),
        statistic=finding.statistic,
        effect=finding.effect,
        p_value=finding.p_value,
        p_mid=finding.p_mid,
        p_adjusted=p_adjusted,
        standard_error=finding.standard_error,
        n=finding.n,
        family=finding.family,
        method=finding.method,
        method_version=RULE_VERSION,
        policy_version=policy.version,
        reason=finding.reason,
        sentence=f"{label}{finding.summary} {verdict(finding, p_adjusted, flagged=flagged)}",
        unusual_in_fair=finding.unusual_in_fair,
        four_fifths=finding.four_fifths,
        heterogeneity_p=finding.heterogeneity_p,
        levels=finding.levels,
    )


def verdict(finding: Finding, p_adjusted: Real | None, *, flagged: bool) -> str:
    """What follows from a finding, to be read out."""
    if finding.reason is not None:
        return f"Not judged: {finding.reason}."
    if finding.kind == "descriptive":
        return f"For information only (p = {number(finding.p_value or 0)}): it flags nothing."
    if finding.kind == "threshold":
        return "A named person has to justify it." if flagged else "The limit is not passed."
    chance = f"adjusted p = {number(p_adjusted if p_adjusted is not None else 1)}"
    if flagged:
        return (
            f"Chance alone would rarely give this ({chance}): discuss it; a named person has to justify it."
        )
    return f"Chance alone can explain this ({chance}); that does not prove that it is fair."


def justify(result: CheckResult, *, by: str) -> CheckResult:
    """The same result with its flag justified by a named person; a result that is no flag stays as it is."""
    if result.state != "flag":
        return result
    return replace(result, state=decide_state(reason=None, flagged=True, justified_by=by), justified_by=by)


def justify_named(
    results: Iterable[CheckResult], justified: Mapping[tuple[str, str], str]
) -> list[CheckResult]:
    """The same results, flags justified by whom ``justified`` (check and subject → person) names."""
    found: list[CheckResult] = []
    for result in results:
        by_person: dict[str | None, list[str]] = {}
        for subject in result.subjects:
            by = justified.get((result.check, subject)) if result.state == "flag" else None
            by_person.setdefault(by, []).append(subject)
        for by, (first, *others) in by_person.items():
            part = replace(result, subject=first, others=tuple(others))
            found.append(part if by is None else justify(part, by=by))
    return found
