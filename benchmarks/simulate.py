"""How often the checks ring in fair organizations, and how often they find a planted difference; seeded."""

import argparse
import random
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import sqrt
from pathlib import Path

from organizations import (
    FAIR,
    PERIOD,
    PLANTED,
    World,
    make_organizations,
    make_salaries,
)
from rich.console import Console
from rich.progress import track

from calibration.domain.checks import CheckPolicy, RatedPerson, run_checks
from calibration.domain.managers.drift import RatedInCycle, measure_drift
from calibration.domain.managers.leniency import Rated, estimate_leniency
from outcomes.domain.pay_gap import PaidPerson, measure_pay_gaps

ALPHA = 0.05
POLICY = CheckPolicy()
BEGIN, END = "<!-- measured by make simulate: begin -->", "<!-- measured by make simulate: end -->"

CONFIRMATORY = ("gender_rank", "gender_top_box", "tenure_correlation", "new_hires")
DESCRIPTIVE = ("gender_distribution", "gender_stratified")
FAMILY = "family"
ALARMS = {
    **{name: name for name in CONFIRMATORY},
    FAMILY: "the four above as a family (any of them)",
    "recency": "recency (any person)",
    **{name: name for name in DESCRIPTIVE},
    "leniency": "leniency (any manager)",
    "drift_holm": "drift, Holm over managers (any manager)",
    "pay_gap": "pay-gap (interval of the adjusted gap excludes 0)",
}
LIMITS = {
    "team_concentration": "team_concentration",
    "no_differentiation": "no_differentiation",
    "four_fifths": "four_fifths (the ratio alone below 0.8)",
    "drift": "drift (z beyond ±2.58)",
    "pay_gap_limit": "pay-gap (a level at 5 % or more)",
}
WORLDS: Mapping[str, tuple[World, tuple[str, ...]]] = {
    "women's top-box odds halved": (World(women_odds=0.5), ("gender_top_box", "gender_rank")),
    "women's top-box odds quartered": (World(women_odds=0.25), ("gender_top_box", "gender_rank")),
    "new hires' top-box odds halved": (World(new_hire_odds=0.5), ("new_hires", "tenure_correlation")),
    "new hires' top-box odds quartered": (World(new_hire_odds=0.25), ("new_hires", "tenure_correlation")),
    "every fifth person: odds of recent evidence × 4": (World(recent_odds=4), ("recency",)),
    "one manager rates a point higher": (
        World(lenient=True),
        ("leniency", "drift", "drift_holm", "team_concentration"),
    ),
    "women paid 5 % less": (World(women_pay=0.95), ("pay_gap",)),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One judged case of one organization: whether it rang, and whether its own p reached α."""

    check: str
    subject: str
    rang: bool
    alone: bool = False


@dataclass(slots=True)
class Tally:
    """By check: organizations with a judged case, a ring, a p ≤ α; single cases; and the planted ones among them."""

    seen: int = 0
    judged: Counter[str] = field(default_factory=Counter)
    rang: Counter[str] = field(default_factory=Counter)
    alone: Counter[str] = field(default_factory=Counter)
    cases: Counter[str] = field(default_factory=Counter)
    cases_rang: Counter[str] = field(default_factory=Counter)
    planted: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)

    def add(self, cases: Sequence[Case]) -> None:
        """Count one organization."""
        self.seen += 1
        self.judged.update({case.check for case in cases})
        self.rang.update({case.check for case in cases if case.rang})
        self.alone.update({case.check for case in cases if case.alone})
        self.cases.update(case.check for case in cases)
        self.cases_rang.update(case.check for case in cases if case.rang)
        planted = [case for case in cases if case.subject in PLANTED]
        self.planted.update(case.check for case in planted)
        self.found.update(case.check for case in planted if case.rang)


def judge_checks(people: Sequence[RatedPerson]) -> list[Case]:
    """Every check; the confirmatory family once more as a whole, and the four-fifths ratio on its own."""
    cases: list[Case] = []
    for result in run_checks(people, period=PERIOD, policy=POLICY, on="final"):
        if result.four_fifths is not None:
            cases.append(Case(check="four_fifths", subject="all", rang=result.four_fifths.below))
        if result.state == "insufficient_data":
            continue
        rang = result.state == "flag"
        alone = result.p_value is not None and result.p_value <= ALPHA
        cases.append(Case(check=result.check, subject=result.subject, rang=rang, alone=alone))
    family = [case.rang for case in cases if case.check in CONFIRMATORY]
    return [*cases, *([Case(check=FAMILY, subject="all", rang=any(family))] if family else [])]


def judge_managers(people: Sequence[RatedPerson], before: Sequence[RatedPerson]) -> list[Case]:
    """Leniency in the organization's cycle, and drift from another cycle of the same teams."""
    leniency = estimate_leniency([Rated(manager_id=p.manager_id, rating=Fraction(p.rating)) for p in people])
    drift = measure_drift(
        [
            RatedInCycle(manager_id=p.manager_id, cycle=cycle, rating=Fraction(p.rating))
            for cycle, group in (("1", before), ("2", people))
            for p in group
        ]
    )
    cases = [Case(check="leniency", subject=m.manager_id, rang=m.flag) for m in leniency.managers]
    for manager in drift.managers:
        if manager.p_adjusted is not None:
            cases.append(Case(check="drift", subject=manager.manager_id, rang=manager.flag))
            adjusted = manager.p_adjusted <= ALPHA
            cases.append(Case(check="drift_holm", subject=manager.manager_id, rang=adjusted))
    return cases


def judge_pay(people: Sequence[PaidPerson]) -> list[Case]:
    """Each shown level against the 5 % limit, and whether the adjusted gap's interval excludes 0."""
    cases: list[Case] = []
    for currency in measure_pay_gaps(people):
        cases += [
            Case(check="pay_gap_limit", subject=level.level, rang=level.reaches_limit)
            for level in currency.levels
            if level.reaches_limit is not None
        ]
        gap = currency.adjusted_gap
        if gap is not None:
            cases.append(Case(check="pay_gap", subject="all", rang=gap.low > 0 or gap.high < 0))
    return cases


def simulate(size: int, count: int, world: World, seed: int) -> Tally:
    tally = Tally()
    organizations = make_organizations(size, count, world, seed)
    earlier = make_organizations(size, count, FAIR, seed + 1)
    label = f"{size} people, {count} organizations"
    pairs = zip(organizations, earlier, strict=True)
    for number, (people, before) in enumerate(
        track(pairs, total=count, description=label, transient=True, console=Console(stderr=True))
    ):
        salaries = make_salaries(random.Random(f"{seed}/pay/{size}/{number}"), people, world)
        tally.add([*judge_checks(people), *judge_managers(people, before), *judge_pay(salaries)])
    return tally


def wilson(hits: int, trials: int) -> tuple[float, float]:
    """The 95 % score interval of a simulated rate. Source: Wilson (1927), JASA 22."""
    if not trials:
        return 0.0, 1.0
    z = 1.959963984540054
    share = hits / trials
    centre = share + z * z / (2 * trials)
    half = z * sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    return (centre - half) / (1 + z * z / trials), (centre + half) / (1 + z * z / trials)


def percent(hits: int, trials: int) -> str:
    low, high = wilson(hits, trials)
    return f"{100 * hits / trials:.1f} % ({100 * low:.1f}–{100 * high:.1f})" if trials else "–"


def share(hits: int, trials: int) -> str:
    return f"{100 * hits / trials:.1f} %" if trials else "–"


def describe_false_alarms(tally: Tally) -> list[str]:
    """Tests in fair organizations: rates over all of them, so that silence counts as no alarm."""
    lines = ["| test | could be judged | p ≤ 0.05 on its own | flags after adjustment |", "|---|---|---|---|"]
    for name, title in ALARMS.items():
        flags = "flags nothing" if name in DESCRIPTIVE else percent(tally.rang[name], tally.seen)
        has_own_p = name in (*CONFIRMATORY, *DESCRIPTIVE)
        alone = percent(tally.alone[name], tally.seen) if has_own_p else "–"
        lines.append(f"| {title} | {share(tally.judged[name], tally.seen)} | {alone} | {flags} |")
    return lines


def describe_thresholds(tally: Tally) -> list[str]:
    lines = ["| limit | one fair case passes it | a fair organization has at least one |", "|---|---|---|"]
    for name, title in LIMITS.items():
        single = percent(tally.cases_rang[name], tally.cases[name])
        lines.append(f"| {title} | {single} | {percent(tally.rang[name], tally.seen)} |")
    return lines


def describe_power(tallies: Mapping[str, Mapping[int, Tally]], sizes: Sequence[int]) -> list[str]:
    header = " | ".join(f"{size:,} people" for size in sizes)
    lines = [f"| planted | found by | {header} |", "|---|---|" + "---|" * len(sizes)]
    for planted, (_, checks) in WORLDS.items():
        for check in checks:
            rates = [rate_of_finding(tallies[planted][size], check) for size in sizes]
            lines.append(f"| {planted} | {check} | {' | '.join(rates)} |")
    return lines


def rate_of_finding(tally: Tally, check: str) -> str:
    """Of the planted teams or people, for checks over cases; else of the organizations."""
    if tally.planted[check]:
        return percent(tally.found[check], tally.planted[check])
    return percent(tally.rang[check], tally.seen)


def find_excess(tally: Tally) -> list[str]:
    """The tests whose false-alarm rate is above 5 % beyond its Monte Carlo interval."""
    alone = {check: tally.alone[check] for check in CONFIRMATORY}
    adjusted = {name: tally.rang[name] for name in ALARMS if name not in DESCRIPTIVE}
    rates = {**{f"{name} on its own": hits for name, hits in alone.items()}, **adjusted}
    return [name for name, hits in rates.items() if wilson(hits, tally.seen)[0] > ALPHA]


def run(fair_count: int, power_counts: Mapping[int, int], seed: int) -> tuple[list[str], list[str]]:
    fair = simulate(50, fair_count, FAIR, seed)
    tallies = {
        planted: {size: simulate(size, count, world, seed + 2) for size, count in power_counts.items()}
        for planted, (world, _) in WORLDS.items()
    }
    counts = ", ".join(f"{count:,} of {size:,}" for size, count in power_counts.items())
    lines = [
        f"Seed {seed}; percent of organizations with their 95 % Monte Carlo interval (Wilson).",
        "",
        f"False alarms in {fair_count:,} fair organizations of 50 people:",
        "",
        *describe_false_alarms(fair),
        "",
        "How often fair groups pass a limit that flags without a test of chance:",
        "",
        *describe_thresholds(fair),
        "",
        f"Power: the share of organizations flagged, or of the planted people or teams for recency, leniency, drift and "
        f"team_concentration ({counts} people each):",
        "",
        *describe_power(tallies, list(power_counts)),
    ]
    return lines, find_excess(fair)


def write_into(file: Path, lines: Sequence[str]) -> None:
    """Replace what stands between the two marker lines of a document."""
    before, rest = file.read_text(encoding="utf-8").split(BEGIN)
    _, after = rest.split(END)
    text = "\n".join([BEGIN, "", *lines, "", END])
    file.write_text(f"{before}{text}{after}", encoding="utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=20260101)
    parser.add_argument("--fair", type=int, default=2000, help="fair organizations of 50 people")
    parser.add_argument(
        "--scale", type=float, default=1.0, help="multiplies the organizations measured for power"
    )
    parser.add_argument("--into", type=Path, help="a document whose measured block is replaced")
    options = parser.parse_args()
    power = {
        size: max(1, round(count * options.scale)) for size, count in {50: 400, 200: 200, 1000: 100}.items()
    }
    lines, excess = run(options.fair, power, options.seed)
    print("\n".join(lines))
    if options.into is not None:
        write_into(options.into, lines)
    if excess:
        print(f"False alarms above 5 %: {', '.join(excess)}", file=sys.stderr)
    return 1 if excess else 0


if __name__ == "__main__":
    sys.exit(main())
