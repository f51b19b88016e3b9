"""Events in: what this service does with each contract that it consumes."""

from goals.outbound import cycles
from plumbline.contracts.cycle import CycleClosedV1, CycleOpenedV1, PhaseClosedV1, PhaseOpenedV1
from plumbline.runtime.inbox import Handler
from plumbline.runtime.people_handler import PEOPLE_HANDLER

HANDLERS: tuple[Handler, ...] = (
    PEOPLE_HANDLER,
    Handler(event=CycleOpenedV1, apply=cycles.store_cycles),
    Handler(event=PhaseOpenedV1, apply=cycles.store_opened_phases),
    Handler(event=PhaseClosedV1, apply=cycles.store_closed_phases),
    Handler(event=CycleClosedV1, apply=cycles.store_closed_cycles),
)
