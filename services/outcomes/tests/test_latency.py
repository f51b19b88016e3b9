"""The seconds from a finalized calibration to its stored outcomes, as the metric shows them."""

from datetime import UTC, datetime, timedelta

from prometheus_client import REGISTRY
from published import DIVISION, Bus, assessed, finalized, opened, pay, person, policy

from plumbline_local.testing_events import Numbering

METRIC = "plumbline_finalized_to_outcome_seconds"


def measured() -> tuple[float, float]:
    """How many were measured, and the sum of their seconds."""
    count, total = (REGISTRY.get_sample_value(f"{METRIC}_{name}") for name in ("count", "sum"))
    assert count is not None
    assert total is not None
    return count, total


async def test_a_session_is_measured_once_from_its_finalization_to_its_outcomes(bus: Bus) -> None:
    began, (count, total) = datetime.now(UTC), measured()
    bus.numbering = Numbering(division=DIVISION, at=began - timedelta(seconds=40))
    await bus.publish(person("vp", manager=None), person("boss", manager="vp"), policy(), opened("Payments"))
    await bus.publish(*[event for name in "ab" for event in (person(name), pay(name), assessed(name))])
    assert measured() == (count, total), "nothing is finalized yet"
    await bus.publish(*finalized("Payments", {"a": "4", "b": "3"}))
    elapsed = (datetime.now(UTC) - began).total_seconds()
    after, seconds = measured()
    assert after == count + 1
    assert 40 <= seconds - total <= 40 + elapsed
    await bus.deliver(bus.log)
    assert measured() == (after, seconds), "delivered again it is not measured again"


async def test_what_had_to_wait_for_a_pay_record_is_measured_when_it_is_decided(bus: Bus) -> None:
    count, _ = measured()
    await bus.publish(person("vp", manager=None), person("boss", manager="vp"), policy(), opened("Payments"))
    await bus.publish(person("a"), assessed("a"), *finalized("Payments", {"a": "4"}))
    assert measured()[0] == count
    await bus.publish(pay("a"))
    assert measured()[0] == count + 1
