"""Events in: what this service does with each contract that it consumes."""

from plumbline.runtime.inbox import Handler
from plumbline.runtime.people_handler import PEOPLE_HANDLER

HANDLERS: tuple[Handler, ...] = (PEOPLE_HANDLER,)
