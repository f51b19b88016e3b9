"""A service's worker process: its consumer, its relay and its probes."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import Any, cast

import prometheus_client
import structlog
from faststream.asgi import AsgiFastStream, AsgiResponse, get, make_ping_asgi
from faststream.asgi.handlers import GetHandler
from faststream.kafka import KafkaBroker
from sqlalchemy.ext.asyncio import AsyncEngine

from plumbline.runtime import telemetry
from plumbline.runtime.consumer import BatchConsumer, Health, subscribe
from plumbline.runtime.database import connect
from plumbline.runtime.housekeeping import keep_house
from plumbline.runtime.inbox import Handler, Inbox, consumed_topics
from plumbline.runtime.lag import watch_lag
from plumbline.runtime.relay import Relay
from plumbline.runtime.service import Service
from plumbline.runtime.settings import Settings

log = structlog.get_logger("plumbline.worker")

FINISH_AGAIN_SECONDS = 5.0


def build_worker(*, service: Service, handlers: Sequence[Handler], settings: Settings) -> AsgiFastStream:
    """Assemble the worker of ``service``: one process, one consumer, one relay that leads or stands by."""
    telemetry.set_up_telemetry(service=f"{service.name}-worker", settings=settings)
    engine = connect(
        settings.database_url,
        pool_size=settings.database_pool,
        idle_seconds=settings.idle_transaction_seconds,
    )
    health = Health(unready_seconds=settings.unready_seconds)
    broker = KafkaBroker(
        settings.kafka, apply_types=False, graceful_timeout=20.0, allow_auto_create_topics=False
    )
    inbox = Inbox(engine, consumer=service.consumer, handlers=handlers)
    consumer = BatchConsumer(
        inbox,
        service=service.name,
        health=health,
        give_up_seconds=settings.give_up_seconds,
        batch_seconds=settings.batch_seconds,
    )
    subscribe(
        broker, group=service.consumer, handlers=handlers, consumer=consumer, instance=settings.instance
    )
    return AsgiFastStream(
        broker,
        lifespan=lambda: _beside_the_consumer(engine, inbox, service, handlers, settings),
        asgi_routes=[
            ("/healthz", make_ping_asgi(broker, timeout=5.0)),
            ("/readyz", _readiness(health)),
            ("/metrics", cast("Any", prometheus_client).make_asgi_app()),
        ],
    )


@asynccontextmanager
async def _beside_the_consumer(
    engine: AsyncEngine, inbox: Inbox, service: Service, handlers: Sequence[Handler], settings: Settings
) -> AsyncGenerator[None]:
    """Relay and keep house for as long as the worker runs; first finish what a repair may have left."""
    relay = Relay(
        engine,
        url=settings.database_url,
        service=service.name,
        bootstrap=settings.kafka,
        instance=settings.instance,
    )
    topics = consumed_topics(handlers)
    beside = (
        relay.run(),
        keep_house(engine, service.name, topics=topics),
        watch_lag(settings.kafka, service=service.name, group=service.consumer, topics=topics),
        _finish(inbox, service.name),
    )
    tasks = [asyncio.create_task(each) for each in beside]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await engine.dispose()


async def _finish(inbox: Inbox, service: str) -> None:
    while True:
        try:
            await inbox.finish()
        except Exception as error:
            log.warning("tried again", service=service, error=type(error).__name__)
            await asyncio.sleep(FINISH_AGAIN_SECONDS)
        else:
            return


def _readiness(health: Health) -> GetHandler:
    """204 while batches become durable, 503 while one does not."""

    @get
    async def ready(scope: object) -> AsgiResponse:
        del scope
        return AsgiResponse(b"", status_code=204 if health.ready else 503)

    return ready
