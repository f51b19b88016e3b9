"""How far a consumer group is behind, asked of the broker alone: neither its database nor its consumers need to answer."""

import asyncio
from collections.abc import Collection, Mapping
from contextlib import suppress
from typing import Any, Self, cast

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from aiokafka.structs import OffsetAndMetadata

from plumbline.runtime import telemetry
from plumbline.runtime.kafka_security import UNSECURED, KafkaSecurity

log = structlog.get_logger("plumbline.lag")

WATCH_SECONDS = 5.0
ASK_SECONDS = 15.0
AGAIN_SECONDS = 0.2


class LagMeter:
    """Measures one group's lag on the topics that it reads; an async context, in which its connections are open."""

    def __init__(
        self,
        bootstrap: str,
        *,
        group: str,
        topics: Collection[str],
        security: KafkaSecurity = UNSECURED,
    ) -> None:
        self._group = group
        self._topics = frozenset(topics)
        options = security.for_aiokafka()
        self._admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, **options)
        # It consumes nothing. Committed records only, as the group reads them: what is still open is not behind.
        self._reader: Any = AIOKafkaConsumer(
            bootstrap_servers=bootstrap, isolation_level="read_committed", **options
        )

    async def __aenter__(self) -> Self:
        try:
            await self._admin.start()
            await self._reader.start()
        except BaseException:
            await self._close()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._close()

    async def measure(self) -> dict[TopicPartition, int]:
        """Records that the group has not acknowledged yet, by partition of each topic that exists.

        Where the group acknowledged nothing it will begin with the first record, so all of them count.
        Kafka counts the marker of each of a producer's transactions as a record.

        Raises:
            TimeoutError: the broker did not answer in 15 seconds.
            KafkaError: it refused.
        """
        async with asyncio.timeout(ASK_SECONDS):
            places = await self._places()
            ends: Mapping[TopicPartition, int] = await self._reader.end_offsets(list(places))
            new = [partition for partition, place in places.items() if place is None]
            begins: Mapping[TopicPartition, int] = await self._reader.beginning_offsets(new)
        return {
            partition: max(0, ends[partition] - (begins[partition] if place is None else place))
            for partition, place in places.items()
        }

    async def _places(self) -> dict[TopicPartition, int | None]:
        """Each partition's acknowledged position, None where there is none."""
        acknowledged = await self._acknowledged()
        # All topics are asked for: naming one that is missing could create it.
        described = await self._admin.describe_topics()
        existing = [
            TopicPartition(topic["topic"], partition["partition"])
            for topic in described
            if topic["topic"] in self._topics
            for partition in topic["partitions"]
        ]
        offsets = {partition: place.offset for partition, place in acknowledged.items() if place.offset >= 0}
        return {partition: offsets.get(partition) for partition in sorted(existing)}

    async def _acknowledged(self) -> Mapping[TopicPartition, OffsetAndMetadata]:
        while True:
            try:
                return await self._admin.list_consumer_group_offsets(self._group)
            except KafkaError as error:
                # A new broker makes its list of groups when it is asked for the first time.
                if not error.retriable:
                    raise
            await asyncio.sleep(AGAIN_SECONDS)

    async def _close(self) -> None:
        for part in (self._reader.stop, cast("Any", self._admin).close):
            with suppress(Exception):  # what never opened, or broke, cannot always be closed
                await part()


async def watch_lag(
    bootstrap: str,
    *,
    service: str,
    group: str,
    topics: Collection[str],
    security: KafkaSecurity = UNSECURED,
) -> None:
    """Set the gauges of the group's lag every few seconds until cancelled; the broker may be away meanwhile.

    Each worker measures the whole group: a partition that nobody reads is behind in everybody's measure.
    """
    while topics:
        try:
            async with LagMeter(bootstrap, group=group, topics=topics, security=security) as meter:
                while True:
                    for partition, lag in (await meter.measure()).items():
                        labels = (service, partition.topic, str(partition.partition))
                        telemetry.CONSUMER_LAG.labels(*labels).set(lag)
                    await asyncio.sleep(WATCH_SECONDS)
        except Exception as error:
            log.warning("lag cannot be measured", service=service, error=type(error).__name__)
            await asyncio.sleep(WATCH_SECONDS)
