"""What payroll received, read from its topic alone, against what the api says was awarded; to the cent."""

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

from plumbline_local.demo.bus import PAY, PAY_CHANGES, Record, read_topic
from plumbline_local.demo.casting import JANE
from plumbline_local.demo.reading import Json, QuarterRead, Reader
from plumbline_local.demo.roster import Roster

_OF_A_POOL = (
    "division",
    "currency",
    "state",
    "people",
    "budget_percent",
    "budget",
    "guideline",
    "floor",
    "award",
    "factor",
)


async def describe_pay(read: QuarterRead, kafka: str) -> Json:
    """Pools with budget and spend, and for each currency the awards of the api beside the pay changes' sum."""
    changes = await _pay_changes(read, kafka)
    fte = {record.key: Decimal(record.value["fte"]) for record in await read_topic(kafka, PAY)}
    currencies = sorted({each["currency"] for each in read.pools})
    refusals = [each["refusal"] for each in read.awards if each["refusal"]]
    # Who has no pay has no place in a pool either, and so no award that could be refused.
    refusals += [each["result"]["reason"] for each in read.outcomes if each["component"] == "merit"]
    return {
        "pools": [_describe_pool(each) for each in read.pools],
        "without_merit": {reason: refusals.count(reason) for reason in sorted(set(refusals))},
        "cross_checks": [_cross_check(each, read.awards, changes, fte) for each in currencies],
        "source": read.sources["pools"],
    }


async def _pay_changes(read: QuarterRead, kafka: str) -> list[Record]:
    """What payroll received of the quarter at hand; the topic holds every quarter's."""
    cycle = str(read.quarter.cycle_id)
    return [each for each in await read_topic(kafka, PAY_CHANGES) if each.value["cycle_id"] == cycle]


def _describe_pool(pool: Json) -> Json:
    return {
        **{name: pool[name] for name in _OF_A_POOL},
        "unspent": _unspent(pool),
        "binds": None if pool["factor"] is None else Fraction(pool["factor"]) < 1,
        "sharing": describe_sharing(pool),
    }


def _unspent(pool: Json) -> str | None:
    if pool["budget"] is None or pool["award"] is None:
        return None
    return str(Decimal(pool["budget"]) - Decimal(pool["award"]))


def describe_sharing(pool: Json) -> str | None:
    """What the budget does to the awards, in words; None before a pool is awarded."""
    if pool["award"] is None or pool["factor"] is None or not pool["people"]:
        return None
    factor = Fraction(pool["factor"])
    if factor == 1:
        return "the budget covers every guideline; factor 1"
    floors = Decimal(pool["floor"])
    return (
        f"the budget binds; factor {Decimal(factor.numerator) / factor.denominator:.4f}: beyond the floors of "
        f"{floors} the guidelines ask for {Decimal(pool['guideline']) - floors} and get "
        f"{Decimal(pool['award']) - floors}, rounded down, and the rest handed out by largest remainder"
    )


def _cross_check(
    currency: str, awards: Sequence[Json], changes: Sequence[Record], fte: Mapping[str, Decimal]
) -> Json:
    """The sum of the awards of the api, and of base increases and lump sums in the topic, newest a person."""
    granted = [Decimal(each["award"] or "0") for each in awards if each["currency"] == currency]
    newest = {each.key: each.value for each in changes if each.value["currency"] == currency}
    base = [_base(value, fte.get(person, Decimal(1))) for person, value in newest.items()]
    lump = [Decimal(value["lump_sum"]) for value in newest.values()]
    from_api, from_topic = sum(granted, Decimal(0)), sum(base, Decimal(0)) + sum(lump, Decimal(0))
    return {
        "currency": currency,
        "awards": len([each for each in granted if each]),
        "pay_changes": len(newest),
        "sum_of_awards": str(from_api),
        "sum_of_base_increases": str(sum(base, Decimal(0))),
        "sum_of_lump_sums": str(sum(lump, Decimal(0))),
        "sum_of_pay_changes": str(from_topic),
        "equal": from_api == from_topic,
        "source": f"topic {PAY_CHANGES}, from its first record",
    }


def _base(value: Json, fte: Decimal) -> Decimal:
    """The rise of what is paid: that of the full-time salary × the share of full time, to the salary's places."""
    rise = Decimal(value["salary"]) - Decimal(value["previous_salary"])
    places = Decimal(1).scaleb(int(Decimal(value["salary"]).as_tuple().exponent))
    return (rise * fte).quantize(places, rounding=ROUND_HALF_UP)


async def describe_jane(reader: Reader, roster: Roster, read: QuarterRead, kafka: str) -> Json | None:
    """What Jane Doe sees of her own result, and what payroll received for her; None in another organization."""
    if JANE not in roster.people:
        return None
    cycle = f"/cycles/{read.quarter.cycle_id}"

    async def ask(name: str, service: str, path: str) -> Any:  # noqa: ANN401 - JSON
        return await reader.ask(name, service, f"{cycle}/{path}", person=JANE)

    mine = (await reader.ask("name", "people", f"/people/{JANE}", person=JANE))["name"]
    review = await ask("review", "reviews", f"reviews/{JANE}")
    awards = (await ask("award", "outcomes", f"awards?person_id={JANE}"))["awards"]
    outcomes = (await ask("outcomes", "outcomes", f"outcomes?person_id={JANE}"))["outcomes"]
    by_component = {each["component"]: each for each in outcomes}
    received = [each.value for each in await _pay_changes(read, kafka) if each.key == JANE]
    equity, case = by_component.get("equity"), by_component.get("promotion_case")
    assignment = by_component.get("assignment")
    return {
        "person_id": JANE,
        "name": mine,
        "level": roster.people[JANE].level,
        "rating": review["final_rating"],
        "acknowledged": review["acknowledged_at"] is not None,
        "merit": [_merit(each) for each in awards],
        "equity_shares": granted_shares(equity),
        "promotion_case": case
        and {"state": case["state"], **case["result"], "reasons": case["content"].get("reasons")},
        "assignment": assignment and {"kind": assignment["result"]["kind"], "text": assignment["text"]},
        "payroll_received": [
            {
                name: value[name]
                for name in ("salary", "previous_salary", "lump_sum", "currency", "effective_from")
            }
            for value in received
        ],
        "sources": dict(sorted(reader.sources.items())),
    }


def granted_shares(equity: Json | None) -> int | None:
    """The shares of an equity outcome; None without one, or where the policy has no row for it."""
    return None if equity is None else equity["result"].get("shares")


def _merit(award: Json) -> Json:
    salary, amount = Decimal(award["inputs"]["salary"]), Decimal(award["award"] or "0")
    return {
        "salary": award["inputs"]["salary"],
        "percent": format((100 * amount / salary).normalize(), "f"),
        "award": award["award"],
        "new_salary": award["new_salary"],
        "lump_sum": award["lump_sum"],
        "currency": award["currency"],
        "signed": award["signed"],
    }
