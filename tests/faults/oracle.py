"""Waits until everything is healed, and holds it against what must be true whatever died meanwhile."""

import asyncio
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import asyncpg
from by_hand import Follows
from company import Company
from sqlalchemy.engine import make_url
from wire import read_topic

from plumbline_local.state import StackState

PATIENCE = 90.0
OUTCOMES = "pm.outcomes.events.v1"
# What changes by itself: the lease is renewed, and audit entries are sealed once a minute.
MOVING = {"relay_lease", "audit_unsealed", "audit_seal"}


@dataclass(frozen=True, kw_only=True)
class Database:
    """One service's database as the tests look at it."""

    stack: StackState
    service: str

    async def fetch(self, query: str, *values: object) -> list[asyncpg.Record]:
        connection = await asyncpg.connect(self._url(), timeout=20)
        try:
            return await connection.fetch(query, *values, timeout=20)
        finally:
            connection.terminate()

    async def execute(self, statements: str) -> None:
        """Run statements that answer nothing."""
        connection = await asyncpg.connect(self._url(), timeout=20)
        try:
            await connection.execute(statements, timeout=20)
        finally:
            connection.terminate()

    async def count(self, query: str, *values: object) -> int:
        return (await self.fetch(f"SELECT count(*) FROM {query}", *values))[0][0]

    def _url(self) -> str:
        (service,) = [each for each in self.stack.services if each.name == self.service]
        url = make_url(service.owner_database_url).set(drivername="postgresql")
        return url.render_as_string(hide_password=False)

    async def until(
        self,
        query: str,
        *values: object,
        expected: Sequence[tuple[object, ...]],
        seconds: float = PATIENCE,
    ) -> None:
        """Wait until a query answers as expected; the database may be away meanwhile."""
        last: object = None
        try:
            async with asyncio.timeout(seconds):
                while last != list(expected):
                    try:
                        last = [tuple(row) for row in await self.fetch(query, *values)]
                    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError) as error:
                        last = error
                    await asyncio.sleep(0.1)
        except TimeoutError:
            raise AssertionError(f"after {seconds} s: {last!r}, not {expected!r}") from None

    async def checksums(self) -> dict[str, str | None]:
        """A digest of every table's rows, whatever their order."""
        query = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
        tables = sorted({row[0] for row in await self.fetch(query)} - MOVING)
        digest = "SELECT md5(string_agg(t::text, E'\\n' ORDER BY t::text)) FROM \"{}\" AS t"
        return {table: (await self.fetch(digest.format(table)))[0][0] for table in tables}


@dataclass(frozen=True, kw_only=True)
class Outcomes(Database):
    """The outcomes service as the tests look at it: its database and its topics."""

    service: str = "outcomes"

    async def awarded(self, company: Company) -> None:
        """Wait until the company's pool is awarded, announced and published; processes may die meanwhile."""
        query = """
        SELECT state, EXISTS (SELECT FROM pool_part WHERE pool_id = $1), EXISTS (SELECT FROM outbox)
        FROM pool WHERE pool_id = $1
        """
        await self.until(query, company.pool_id, expected=[("awarded", False, False)])

    async def check(self, company: Company, *, parked: int = 0) -> None:
        """The oracle: everybody decided once, awards to the cent, published once and in order."""
        people = company.people()
        query = "SELECT person_id, award FROM award WHERE cycle_id = $1 AND state IN ('awarded', 'approved')"
        stored = await self.fetch(query, company.cycle_id)
        assert {row["person_id"]: row["award"] for row in stored} == company.awards_by_hand()
        assert len(stored) == len(people)
        assert await self.follows(company) == company.follows_by_hand()
        assert await self.count("rating WHERE cycle_id = $1", company.cycle_id) == len(people)
        assert await self.count("waiting_rating WHERE cycle_id = $1", company.cycle_id) == 0
        assert await self.count("inbox_parked WHERE settled_at IS NULL") == parked
        assert await self.count("inbox_waiting WHERE aggregate LIKE $1", f"{company.name}%") == 0
        assert await self.count("outbox") == 0
        assert await self.count("outbox_quarantine") == 0
        await self.check_topic(company)

    async def follows(self, company: Company) -> dict[str, list[Follows]]:
        """Every outcome that nothing superseded, by person and sorted."""
        query = (
            "SELECT person_id, component, state, result FROM outcome WHERE cycle_id = $1 AND NOT superseded"
        )
        found: dict[str, list[Follows]] = {}
        for row in await self.fetch(query, company.cycle_id):
            told = _told(row["component"], json.loads(row["result"]))
            found.setdefault(row["person_id"], []).append(Follows(row["component"], row["state"], told))
        return {person: sorted(each) for person, each in found.items()}

    async def check_topic(self, company: Company) -> None:
        """Per person the sequences 1 … n, none missing and none out of order; each event once but for repeats."""
        by_person: dict[str, list[int]] = defaultdict(list)
        awards: dict[str, int] = {}
        announced: dict[str, list[tuple[str, str]]] = {}
        for key, sequence, payload in await read_topic(self.stack.kafka, OUTCOMES, company.name):
            if sequence not in by_person[key]:
                by_person[key].append(sequence)
            if "award" in payload:
                awards[key] = int(Decimal(str(payload["award"])) * 100)
            if "components" in payload:
                told = [(each["component"], each["state"]) for each in payload["components"]]
                announced[key] = sorted(each for each in told if each[0] != "merit")
        by_hand = company.follows_by_hand()
        assert announced == {person: [each[:2] for each in all_] for person, all_ in by_hand.items()}
        assert set(by_person) == set(company.people())
        assert all(sequences == [1, 2] for sequences in by_person.values()), by_person
        assert awards == company.awards_by_hand()


def _told(component: str, result: dict[str, Any]) -> object:
    """The part of a result that tells it from another of its kind."""
    names = {"equity": "shares", "promotion_case": "target_level", "pip": "missing"}
    told = result[names.get(component, "kind")]
    return tuple(told) if isinstance(told, list) else told
