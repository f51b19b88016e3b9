"""What each account may do on the broker, as the topics' declarations say; nothing else is allowed.

An account is named as its service or outside system is in ``Topic.producer`` and ``Topic.readers``.
"""

from dataclasses import dataclass
from typing import Literal

from plumbline.contracts.topics import TOPICS

Resource = Literal["topic", "group", "transactional-id"]
Operation = Literal["read", "write", "describe"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """One account's operations on one resource; ``prefixed`` when ``name`` is how the resource's name begins."""

    account: str
    resource: Resource
    name: str
    operations: tuple[Operation, ...]
    prefixed: bool = False


def group_of(service: str) -> str:
    """The consumer group of a service."""
    return f"pm.{service}"


def relay_of(service: str) -> str:
    """The transactional id with which a service's relay publishes."""
    return f"relay-{service}"


def grants() -> tuple[Grant, ...]:
    """Every grant, by account: producers write their topics, named readers read them, each in groups of its own."""
    producers = {topic.producer for topic in TOPICS.values()}
    readers = {reader for topic in TOPICS.values() for reader in topic.readers}
    return tuple(
        grant
        for account in sorted(producers | readers)
        for grant in (
            *_topics(account),
            *([_relay(account)] if account in producers else []),
            *([_groups(account, service=account in producers)] if account in readers else []),
        )
    )


def _topics(account: str) -> list[Grant]:
    found: list[Grant] = []
    for topic in TOPICS.values():
        may: tuple[Operation, ...] = (
            *(["write"] if topic.producer == account else []),
            *(["read"] if account in topic.readers else []),
        )
        if may:
            found.append(
                Grant(account=account, resource="topic", name=topic.name, operations=(*may, "describe"))
            )
    return found


def _relay(account: str) -> Grant:
    return Grant(
        account=account,
        resource="transactional-id",
        name=relay_of(account),
        operations=("write", "describe"),
    )


def _groups(account: str, *, service: bool) -> Grant:
    """A service's one group; outside systems name theirs as they like behind their own name and a dot."""
    name = group_of(account) if service else f"{account}."
    return Grant(account=account, resource="group", name=name, operations=("read",), prefixed=not service)
