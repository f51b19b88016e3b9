"""What a PIP's gate judged, frozen beside the verdict as plain values, and read back."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from outcomes.domain.rules.pip_gate import Concern, GateProposal, ResourceOffer

DATES = ("occurred_on", "recorded_on", "delivered_on", "acknowledged_on", "refusal_witnessed_on")


def freeze_gate(proposal: GateProposal) -> dict[str, object]:
    """The proposal as plain values: what is delivered or acknowledged later changes no verdict of before."""
    return {
        "proposed_on": proposal.proposed_on.isoformat(),
        "concerns": [each.event_id for each in proposal.concerns],
        "attestation": proposal.hr_attestation,
        "cited": [_plain(each) for each in proposal.concerns],
        "offered": [
            {"event_id": each.event_id, "gap": each.gap, "offered_on": each.offered_on.isoformat()}
            for each in proposal.resources
        ],
    }


def thaw_gate(inputs: Mapping[str, Any], *, proposed_on: date, cycle_start: date) -> GateProposal:
    """The proposal of a day from what ``freeze_gate`` wrote.

    Raises:
        KeyError, TypeError, ValueError: these are no such inputs.
    """
    return GateProposal(
        concerns=tuple(_concern(each) for each in inputs["cited"]),
        resources=tuple(
            ResourceOffer(
                event_id=each["event_id"], gap=each["gap"], offered_on=date.fromisoformat(each["offered_on"])
            )
            for each in inputs["offered"]
        ),
        proposed_on=proposed_on,
        hr_attestation=inputs["attestation"],
        cycle_start=cycle_start,
    )


def unfounded(
    proposal: GateProposal,
    *,
    concerns: Mapping[str, Concern],
    offers: Mapping[str, ResourceOffer],
    attestation: str | None,
) -> Sequence[str]:
    """The ids that a proposal cites and that are not documented so: what was frozen never changes, it only grows."""
    found = [each.event_id for each in proposal.concerns if not _grew_from(concerns.get(each.event_id), each)]
    found += [each.event_id for each in proposal.resources if offers.get(each.event_id) != each]
    if proposal.hr_attestation not in (None, attestation):
        found.append(str(proposal.hr_attestation))
    return found


def _grew_from(today: Concern | None, frozen: Concern) -> bool:
    if today is None or today.gap != frozen.gap:
        return False
    then = [(getattr(today, name), getattr(frozen, name)) for name in DATES]
    return all(before is None or now == before for now, before in then)


def _plain(concern: Concern) -> dict[str, object]:
    dates = {name: getattr(concern, name) for name in DATES}
    return {
        "event_id": concern.event_id,
        "gap": concern.gap,
        **{name: None if day is None else day.isoformat() for name, day in dates.items()},
    }


def _concern(frozen: Mapping[str, Any]) -> Concern:
    days = {name: None if frozen[name] is None else date.fromisoformat(frozen[name]) for name in DATES}
    occurred_on, recorded_on = days["occurred_on"], days["recorded_on"]
    if occurred_on is None or recorded_on is None:
        raise ValueError("a concern has its dates")
    return Concern(
        event_id=frozen["event_id"],
        gap=frozen["gap"],
        occurred_on=occurred_on,
        recorded_on=recorded_on,
        delivered_on=days["delivered_on"],
        acknowledged_on=days["acknowledged_on"],
        refusal_witnessed_on=days["refusal_witnessed_on"],
    )
