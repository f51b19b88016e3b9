"""Decides a stored rating again, from what is stored of it, and names every stored value that does not follow."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import cast
from uuid import UUID, uuid5

from outcomes.domain.after_plan import propose_after_plan
from outcomes.domain.cases import DivisionPolicy, Profile
from outcomes.domain.decisions import outcomes_of_profile
from outcomes.domain.follow_ups import PIP, PLAN
from outcomes.domain.gate_inputs import thaw_gate, unfounded
from outcomes.domain.rules.pip_gate import GateProposal
from outcomes.domain.rules.plans import PlanKind, PlanState, plan_leads_to_proposed_pip
from outcomes.domain.stored import (
    MERIT,
    Difference,
    StoredOutcome,
    StoredPerson,
    compare,
    difference,
    read_stored,
    same,
)

Plain = Mapping[str, object]
Expected = dict[str, tuple[str, str, Plain, Plain]]


def redecide(person: StoredPerson, policy: DivisionPolicy) -> list[Difference]:
    """The differences between what is stored of a rating and what follows from it: also what is missing or too much."""
    expected = what_follows(person, policy)
    stored = {each.outcome_id: each for each in person.outcomes}
    found = [_too_much(stored[each]) for each in stored.keys() - expected.keys()]
    for outcome_id, (component, state, inputs, result) in expected.items():
        if outcome_id not in stored:
            wanted = {"state": state, "inputs": inputs, "result": result}
            found.append(difference(outcome_id, component, "outcome", None, wanted))
            continue
        row = stored[outcome_id]
        found += _columns(row, person, policy, component=component, state=state)
        found += _texts(row, inputs=inputs, result=result)
    return [*found, *_merit(person), *_unfounded(person)]


def _merit(person: StoredPerson) -> Iterator[Difference]:
    """In a cycle with merit there is an award or an outcome that says why not, in another one neither."""
    rating, award = person.rating, person.award
    named = rating.without_pay or any(each.component == MERIT for each in person.outcomes)
    if rating.merit and award is None and not named:
        yield difference(rating.outcome_id(MERIT), MERIT, "award", None, "an award")
    if not rating.merit and award is not None:
        yield difference(award.outcome_id, MERIT, "award", "an award", None)


def what_follows(person: StoredPerson, policy: DivisionPolicy) -> Expected:
    """Outcome → component, state, inputs and result: of the rating, and of each plan that ended without improvement."""
    rating = person.rating
    expected: Expected = {
        rating.outcome_id(each.component): (each.component, each.state, each.inputs, each.result)
        for each in outcomes_of_profile(_profile(person), policy)
    }
    for plan in person.outcomes:
        if plan.component != PLAN or plan.ended_on is None or not _leads_on(plan):
            continue
        proposal = _led_by(person, plan, plan.ended_on)
        for led in propose_after_plan(UUID(plan.outcome_id), rating=rating.rating, proposal=proposal):
            expected[str(led.outcome_id)] = (led.component, led.state, led.inputs, led.result)
    return expected


def _profile(person: StoredPerson) -> Profile:
    rating = person.rating
    gate = _gate(person, rating.outcome_id(PIP), rating.finalized_on)
    return Profile(
        rating.rating,
        _level(person),
        rating.finalized_on,
        rating.period_start,
        rating.promotion,
        rating.target_level,
        gate.concerns,
        gate.resources,
        gate.hr_attestation,
        rating.merit and rating.without_pay and person.award is None,
    )


def _level(person: StoredPerson) -> str:
    """The level at the time: of the salary range at the first revision, else the one that equity was granted for."""
    place = _inside(person.award.inputs).get("range") if person.award else None
    if isinstance(place, list) and place and person.rating.revision == 1:
        return str(cast("list[object]", place)[0])
    equity = next((each for each in person.outcomes if each.component == "equity"), None)
    return "" if equity is None else str(_inside(equity.inputs).get("level"))


def _gate(person: StoredPerson, outcome_id: str, proposed_on: date) -> GateProposal:
    """What a stored PIP's gate judged; nothing where that cannot be read, which then differs."""
    pip = next((each for each in person.outcomes if each.outcome_id == outcome_id), None)
    start = person.rating.period_start
    nothing: Plain = {"cited": [], "offered": [], "attestation": None}
    try:
        inputs = nothing if pip is None else _inside(pip.inputs)
        return thaw_gate(inputs, proposed_on=proposed_on, cycle_start=start)
    except (KeyError, TypeError, ValueError):
        return thaw_gate(nothing, proposed_on=proposed_on, cycle_start=start)


def _unfounded(person: StoredPerson) -> Iterator[Difference]:
    for pip in person.outcomes:
        if pip.component == PIP:
            proposal = _gate(person, pip.outcome_id, person.rating.finalized_on)
            for cited in unfounded(
                proposal, concerns=person.concerns, offers=person.offers, attestation=person.attestation
            ):
                yield difference(pip.outcome_id, PIP, "evidence", cited, None)


def _columns(
    row: StoredOutcome, person: StoredPerson, policy: DivisionPolicy, *, component: str, state: str
) -> list[Difference]:
    rating = person.rating
    wanted = {
        "component": component,
        "state": state,
        "session_id": rating.session_id,
        "division": rating.division,
        "rating": rating.rating,
        "policy_id": policy.policy_id,
        "policy_digest": policy.digest,
        "superseded": rating.superseded,
    }
    return compare(row.outcome_id, component, row, wanted)


def _texts(row: StoredOutcome, *, inputs: Plain, result: Plain) -> Iterator[Difference]:
    for name, text, value in (("inputs", row.inputs, inputs), ("result", row.result, result)):
        stored = read_stored(text)
        if not same(stored, value):
            yield difference(row.outcome_id, row.component, name, stored, value)


def _too_much(row: StoredOutcome) -> Difference:
    stored = {"state": row.state, "inputs": read_stored(row.inputs), "result": read_stored(row.result)}
    return difference(row.outcome_id, row.component, "outcome", stored, None)


def _leads_on(plan: StoredOutcome) -> bool:
    kind, current = _inside(plan.result).get("kind"), plan.current
    known = kind in set(PlanKind) and current in set(PlanState)
    return known and plan_leads_to_proposed_pip(PlanState(str(current)), PlanKind(str(kind)))


def _led_by(person: StoredPerson, plan: StoredOutcome, ended_on: date) -> GateProposal:
    return _gate(person, str(uuid5(UUID(plan.outcome_id), PIP)), ended_on)


def _inside(text: str) -> Mapping[str, object]:
    """A stored object, empty where the text is none."""
    stored = read_stored(text)
    return cast("dict[str, object]", stored) if isinstance(stored, dict) else {}
