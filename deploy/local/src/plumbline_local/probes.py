"""What ``status`` measures of a running stack: a list of probes that other modules extend."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from plumbline.contracts.grants import group_of
from plumbline_local.state import ServiceState, StackState

# Per service: names of measures and their values, for example {"outbox": 0, "parked": 0}.
Measures = Mapping[str, int]
Probe = Callable[[StackState, ServiceState], Awaitable[Measures]]


async def measure_depths(state: StackState, service: ServiceState) -> Measures:
    """Outbox rows, quarantined rows, parked records and waiting records."""
    # The runtime takes a second to import, which only a status that measures should pay.
    from plumbline.runtime.status import depths

    del state
    return await depths(service.database_url)


async def measure_lag(state: StackState, service: ServiceState) -> Measures:
    """Consumer lag in records."""
    from plumbline.runtime.kafka_security import security_of
    from plumbline.runtime.settings import KafkaSettings
    from plumbline.runtime.status import lag

    security = security_of(KafkaSettings())
    return {"lag": await lag(state.kafka, group_of(service.name), security=security)}


PROBES: list[Probe] = [measure_depths, measure_lag]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One service's measures, or why they could not be taken."""

    service: str
    measures: Mapping[str, int]
    error: str | None = None


async def measure(state: StackState) -> list[Measured]:
    """Ask every probe about every service; one that fails spoils only its own service's line."""
    return [await _measure_one(state, service) for service in state.services]


async def _measure_one(state: StackState, service: ServiceState) -> Measured:
    measures: dict[str, int] = {}
    for probe in PROBES:
        try:
            measures.update(await probe(state, service))
        # A service that is down must not hide the others.
        except Exception as error:
            return Measured(service=service.name, measures=measures, error=f"{type(error).__name__}: {error}")
    return Measured(service=service.name, measures=measures)
