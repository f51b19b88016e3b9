"""The demo's requests, before some of which it is laid out where processes die of what these requests set off."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import httpx
from oracle import Database
from processes import INBOX, PARTS, RELAY, lay_out, until

from plumbline_local.demo.apis import Apis
from plumbline_local.state import StackState

Places = Mapping[str, tuple[str, ...]]
READ = RELAY[0]
# Seconds for a service to die at several places, one after the other, on a busy machine.
LONGEST = 300.0


@dataclass(frozen=True, kw_only=True)
class Flow:
    """What a command sets off, and at which places the services die of it, each once."""

    name: str
    service: str
    command: str
    deaths: Places


# A relay that dies when its records are committed sends them again, and so may heal what a reader lost: no flow has
# both. What dies before that is seen by nobody.
UNSEEN, SENT_AGAIN = RELAY[:2], RELAY[2:]
FLOWS = (
    Flow(
        name="the first people",
        service="people",
        command="/imports/people",
        deaths={"people": SENT_AGAIN},
    ),
    Flow(
        name="all people and their pay",
        service="people",
        command="/imports/people",
        deaths={
            "people": UNSEEN,
            **dict.fromkeys(("goals", "feedback", "reviews", "calibration", "outcomes"), INBOX[:1]),
        },
    ),
    Flow(
        name="a policy",
        service="reviews",
        command="/policies",
        deaths={"reviews": UNSEEN, "calibration": INBOX[1:2], "outcomes": INBOX[1:2]},
    ),
    Flow(
        name="a cycle",
        service="reviews",
        command="/cycles/[^/]+/approve",
        deaths={
            "goals": INBOX[1:3],
            "feedback": INBOX[1:3],
            "calibration": INBOX[2:3],
            "outcomes": INBOX[2:3],
        },
    ),
    Flow(
        name="goal setting opens",
        service="reviews",
        command="/cycles/[^/]+/phases/goal_setting/open",
        deaths={"goals": INBOX[3:5], "feedback": INBOX[3:5]},
    ),
    Flow(name="locked goals", service="goals", command="/objectives/lock", deaths={"goals": UNSEEN}),
    Flow(
        name="goal setting closes",
        service="reviews",
        command="/cycles/[^/]+/phases/goal_setting/close",
        deaths={"goals": INBOX[5:], "feedback": INBOX[5:]},
    ),
    Flow(
        name="the mid-cycle check opens",
        service="reviews",
        command="/cycles/[^/]+/phases/mid_cycle/open",
        deaths={"reviews": SENT_AGAIN},
    ),
    Flow(name="check-ins", service="goals", command="/check-ins", deaths={"calibration": INBOX[3:4]}),
    Flow(name="changed goals", service="goals", command="/changes/approve", deaths={"goals": SENT_AGAIN}),
    Flow(
        name="feedback",
        service="feedback",
        command="/notes",
        deaths={"feedback": UNSEEN, "calibration": INBOX[4:5]},
    ),
    Flow(name="a concern", service="feedback", command="/concerns", deaths={"outcomes": INBOX[3:4]}),
    Flow(
        name="a delivered concern",
        service="feedback",
        command="/concerns/[^/]+/deliver",
        deaths={"feedback": SENT_AGAIN},
    ),
    Flow(name="grades", service="goals", command="/objectives/grade", deaths={"reviews": INBOX[1:3]}),
    Flow(
        name="assessments",
        service="reviews",
        command="/cycles/[^/]+/manager-assessments",
        deaths={"calibration": INBOX[5:], "outcomes": INBOX[4:5]},
    ),
    Flow(
        name="published rounds",
        service="feedback",
        command="/cycles/[^/]+/rounds/publish",
        deaths={"reviews": INBOX[3:5]},
    ),
    Flow(
        name="a department's final ratings",
        service="calibration",
        command="/sessions/[^/]+/finalize",
        deaths={"calibration": UNSEEN, "reviews": INBOX[5:], "outcomes": (*INBOX[5:], *PARTS[:1])},
    ),
    Flow(
        name="everybody's final ratings",
        service="calibration",
        command="/sessions/[^/]+/finalize",
        deaths={"calibration": SENT_AGAIN, "outcomes": PARTS[1:]},
    ),
    Flow(
        name="pay changes",
        service="outcomes",
        command="/cycles/[^/]+/approvals",
        deaths={"outcomes": RELAY},
    ),
)


@dataclass(kw_only=True)
class Deaths:
    """Lays out the places of one flow at a time, when those of the one before are behind and nothing is on its way."""

    stack: StackState
    folder: Path
    ahead: list[Flow] = field(default_factory=lambda: list(FLOWS))
    quiet: Callable[[], Awaitable[None]]
    _flow: str = ""
    _laid: list[Path] = field(default_factory=list[Path])
    _reading: list[asyncio.Task[None]] = field(default_factory=list[asyncio.Task[None]])
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def prepare(self, service: str, path: str) -> None:
        """Before a command is sent: if it is the first of a flow, lay out the flow's places."""
        async with self._turn:
            begun = (each for each in self.ahead if each.service == service)
            flow = next((each for each in begun if re.fullmatch(each.command, path)), None)
            if flow is None:
                return
            self.ahead.remove(flow)
            await self.happened()
            await self.quiet()
            self._flow = flow.name
            for dying, places in flow.deaths.items():
                for place in places:
                    await self._lay(dying, place)

    async def happened(self) -> None:
        """Wait until everybody died at every place that was laid out."""
        await asyncio.gather(*self._reading)
        try:
            await until("everybody died at every place", lambda: not self.missing(), seconds=LONGEST)
        except AssertionError as error:
            raise AssertionError(f"{self._flow} led nobody to {self.missing()}") from error

    def missing(self) -> list[str]:
        """The places to which nobody came yet."""
        return [path.name for path in self._laid if path.exists()]

    async def _lay(self, service: str, place: str) -> None:
        if place == READ:
            await self._lay_read(service)
        else:
            self._laid.append(lay_out(self.folder, place, service=service))

    async def _lay_read(self, service: str) -> None:
        """A relay reads nothing again and again: it dies only once there is something to read."""
        order = lay_out(self.folder, READ, "pause", service=service)
        paused = order.with_name(f"{order.name}.paused")
        await until(f"the relay of {service} pauses", paused.exists)

        async def die_with_rows() -> None:
            database = Database(stack=self.stack, service=service)
            await database.until("SELECT count(*) > 0 FROM outbox", expected=[(True,)])
            self._laid.append(lay_out(self.folder, READ, service=service))
            paused.unlink()

        self._reading.append(asyncio.create_task(die_with_rows()))


@dataclass(slots=True, kw_only=True)
class StubbornApis(Apis):
    """Calls apis whose processes die: what is not answered is sent again with the same idempotency key."""

    prepare: Callable[[str, str], Awaitable[None]]
    repeated: int = 0

    async def __aenter__(self) -> Self:
        await super(StubbornApis, self).__aenter__()
        return self

    async def _try(self, service: str, request: httpx.Request) -> httpx.Response:
        if request.method != "GET":
            await self.prepare(service, request.url.path)
        async with asyncio.timeout(LONGEST):
            while True:
                try:
                    return await self._clients[service].send(request)
                except httpx.TransportError:
                    self.repeated += request.method != "GET"
                    await asyncio.sleep(0.1)
