"""The worker process: consumes events, relays the outbox and answers probes."""

from faststream.asgi import AsgiFastStream

from plumbline.runtime.settings import Settings
from plumbline.runtime.worker import build_worker
from reviews.inbound.kafka import HANDLERS
from reviews.settings import SERVICE


def create() -> AsgiFastStream:
    """Build the worker from the environment."""
    return build_worker(service=SERVICE, handlers=HANDLERS, settings=Settings())
