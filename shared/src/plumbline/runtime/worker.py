"""A service's worker process: its consumer, its relay and its probes."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from typing import Any, cast

import prometheus_client
import structlog
from aiokafka.errors import KafkaConnectionError
from faststream.asgi import AsgiFastStream, AsgiResponse, get, make_ping_asgi
from faststream.asgi.handlers import GetHandler
from faststream.kafka import KafkaBroker
from sqlalchemy.ext.asyncio import AsyncEngine

from plumbline.runtime import telemetry
from plumbline.runtime.consumer import BatchConsumer, Health, subscribe
from plumbline.runtime.database import connect
from plumbline.runtime.housekeeping import keep_house
from plumbline.runtime.inbox import Handler, Inbox, consumed_topics
from plumbline.runtime.kafka_security import KafkaSecurity, security_of
from plumbline.runtime.lag import watch_lag
from plumbline.runtime.relay import Relay
from plumbline.runtime.service import Service
from plumbline.runtime.settings import Settings

log = structlog.get_logger("plumbline.worker")

FINISH_AGAIN_SECONDS = 5.0


def build_worker(*, service: Service, handlers: Sequence[Handler], settings: Settings) -> AsgiFastStream:
    """Assemble the worker of ``service``: one process, one consumer, one relay that leads or stands by."""
    telemetry.set_up_telemetry(service=f"{service.name}-worker", settings=settings)
    security = security_of(settings)
    engine = connect(
        settings.database_url,
        pool_size=settings.database_pool,
        idle_seconds=settings.idle_transaction_seconds,
    )
    health = Health(unready_seconds=settings.unready_seconds)
    broker = _broker(settings, security)
    inbox, topics = Inbox(engine, consumer=service.consumer, handlers=handlers), consumed_topics(handlers)
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
        lifespan=lambda: _beside_the_consumer(
            broker,
            engine,
            lambda: _beside(engine, inbox, service, topics, settings, security),
            account=security.username,
        ),
        asgi_routes=[
            ("/healthz", make_ping_asgi(broker, timeout=5.0)),
            ("/readyz", _readiness(health)),
            ("/metrics", cast("Any", prometheus_client).make_asgi_app()),
        ],
    )


def _broker(settings: Settings, security: KafkaSecurity) -> KafkaBroker:
    return KafkaBroker(
        settings.kafka,
        security=security.for_faststream(),
        apply_types=False,
        graceful_timeout=20.0,
        allow_auto_create_topics=False,
    )


Work = Sequence[Coroutine[Any, Any, None]]


def _beside(
    engine: AsyncEngine,
    inbox: Inbox,
    service: Service,
    topics: Sequence[str],
    settings: Settings,
    security: KafkaSecurity,
) -> Work:
    """What a worker does beside consuming: relay and keep house; first finish what a repair may have left."""
    relay = Relay(
        engine,
        url=settings.database_url,
        service=service.name,
        bootstrap=settings.kafka,
        security=security,
        instance=settings.instance,
    )
    return (
        relay.run(),
        keep_house(engine, service.name, topics=topics),
        watch_lag(
            settings.kafka, service=service.name, group=service.consumer, topics=topics, security=security
        ),
        _finish(inbox, service.name),
    )


@asynccontextmanager
async def _beside_the_consumer(
    broker: KafkaBroker, engine: AsyncEngine, begin: Callable[[], Work], *, account: str
) -> AsyncGenerator[None]:
    """Work for as long as the worker runs, once the broker has let it in; nothing answers a probe before that."""
    try:
        await _connect(broker, account=account)
        tasks = [asyncio.create_task(each) for each in begin()]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
    finally:
        await engine.dispose()


async def _connect(broker: KafkaBroker, *, account: str) -> None:
    """Sign in now: FastStream connects behind a started application, which outlives its failure and does nothing."""
    try:
        await broker.connect()
    except KafkaConnectionError:
        # Its exception does not say why, its log does.
        log.error(
            "Kafka cannot be reached or refuses this account: aiokafka's line above says why, "
            "PLUMBLINE_KAFKA and PLUMBLINE_KAFKA_* say where and as whom",
            account=account,
        )
        await broker.stop()
        raise


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
