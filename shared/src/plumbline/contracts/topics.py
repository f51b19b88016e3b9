"""Every topic, declared once: who produces it, whether it is compacted, and who may read it."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["state", "events"]
EVERYONE = frozenset({"goals", "feedback", "reviews", "calibration", "outcomes", "portal", "hris"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """A topic: ``state`` is compacted to the newest record a key, ``events`` keeps every record.

    ``readers`` names the services and outside systems whose accounts may read it.
    """

    name: str
    producer: str
    kind: Kind
    readers: frozenset[str]
    partitions: int = 6
    person_level: bool = True


PEOPLE = Topic(
    name="pm.people.state.v1", producer="people", kind="state", readers=EVERYONE, person_level=False
)
DEMOGRAPHICS = Topic(
    name="pm.people-demographics.state.v1",
    producer="people",
    kind="state",
    readers=frozenset({"calibration", "outcomes"}),
)
PAY = Topic(name="pm.people-pay.state.v1", producer="people", kind="state", readers=frozenset({"outcomes"}))
LEAVE = Topic(
    name="pm.people-leave.state.v1", producer="people", kind="state", readers=frozenset({"outcomes"})
)
POLICY = Topic(
    name="pm.policy.state.v1",
    producer="reviews",
    kind="state",
    readers=EVERYONE,
    partitions=1,
    person_level=False,
)
CYCLE = Topic(
    name="pm.cycle.events.v1",
    producer="reviews",
    kind="events",
    readers=EVERYONE,
    partitions=1,
    person_level=False,
)
GOALS = Topic(
    name="pm.goals.events.v1",
    producer="goals",
    kind="events",
    readers=frozenset({"reviews", "calibration", "outcomes"}),
)
FEEDBACK = Topic(
    name="pm.feedback.events.v1",
    producer="feedback",
    kind="events",
    readers=frozenset({"reviews", "calibration", "outcomes"}),
)
REVIEWS = Topic(
    name="pm.reviews.events.v1",
    producer="reviews",
    kind="events",
    readers=frozenset({"calibration", "outcomes"}),
)
CALIBRATION = Topic(
    name="pm.calibration.events.v1",
    producer="calibration",
    kind="events",
    readers=frozenset({"reviews", "outcomes"}),
)
OUTCOMES = Topic(
    name="pm.outcomes.events.v1",
    producer="outcomes",
    kind="events",
    readers=frozenset({"reviews", "hris"}),
)
PAY_CHANGES = Topic(
    name="pm.pay-changes.events.v1",
    producer="outcomes",
    kind="events",
    readers=frozenset({"payroll", "hris"}),
)

TOPICS: dict[str, Topic] = {
    topic.name: topic
    for topic in (
        PEOPLE,
        DEMOGRAPHICS,
        PAY,
        LEAVE,
        POLICY,
        CYCLE,
        GOALS,
        FEEDBACK,
        REVIEWS,
        CALIBRATION,
        OUTCOMES,
        PAY_CHANGES,
    )
}
