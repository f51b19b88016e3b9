"""Events in: what this service does with each contract that it consumes."""

from plumbline.runtime.inbox import Handler

HANDLERS: tuple[Handler, ...] = ()
