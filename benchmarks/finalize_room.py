"""Somebody at calibration's api who takes sessions to their end, and what each request costs."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from uuid import UUID, uuid4

import httpx

from plumbline.contracts.calibration import CHUNK_LIMIT
from plumbline.runtime.issuer import issue_token
from plumbline_local.databases import Database

from .api_process import Api
from .delivery_stack import Servers, cpu_seconds
from .finalize_company import FACILITATOR, Session

PATIENCE_SECONDS = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one request took: seconds until its answer, and processor seconds of the api and of PostgreSQL."""

    seconds: float
    api: float
    postgres: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRun:
    """One session from its reading to its finalizing."""

    people: int
    flags: int
    costs: Mapping[str, Cost]


class Facilitator:
    """Somebody at the api process who takes sessions to their end."""

    def __init__(self, stack: Servers, database: Database, api: Api) -> None:
        self._stack = stack
        self._database = database
        self._base = api.url
        self._client = httpx.AsyncClient(timeout=PATIENCE_SECONDS)
        self.pid = api.pid

    async def finish(self, session: Session) -> SessionRun:
        """Read the session, confirm all of it, read the checks, justify their flags, finalize."""
        costs: dict[str, Cost] = {}
        flags = await self.prepare(session, costs)
        path = f"/sessions/{session.session_id}/finalize"
        costs["finalize"], done = await self._cost("POST", path)
        assert done["people"] == session.people
        await self._check(session)
        return SessionRun(people=session.people, flags=len(flags), costs=costs)

    async def prepare(self, session: Session, costs: dict[str, Cost]) -> list[dict[str, str]]:
        """Everything up to finalizing; answers the flags that were justified."""
        path = f"/sessions/{session.session_id}"
        costs["read"], shown = await self._cost("GET", path)
        assert len(shown["cases"]) == session.people
        await self._cost("POST", f"{path}/confirmations", {"all_remaining": True})
        costs["checks"], found = await self._cost("GET", f"{path}/checks?on=final")
        flags = [
            {"check": each["check"], "subject": each["subject"], "text": "Compared with the peers' results"}
            for each in found["checks"]
            if each["state"] == "flag"
        ]
        if flags:
            costs["justify"], _ = await self._cost(
                "POST", f"{path}/justifications", {"justifications": flags}
            )
        return flags

    async def finalize(self, session_id: UUID) -> None:
        """Only that."""
        await self._send("POST", f"/sessions/{session_id}/finalize")

    async def _cost(self, method: str, path: str, body: object = None) -> tuple[Cost, Any]:
        postgres = self._stack.postgres.pid
        assert postgres is not None
        api_before, postgres_before = cpu_seconds(self.pid), cpu_seconds(postgres)
        started = time.perf_counter()
        content = await self._send(method, path, body)
        cost = Cost(
            seconds=time.perf_counter() - started,
            api=cpu_seconds(self.pid) - api_before,
            postgres=cpu_seconds(postgres) - postgres_before,
        )
        return cost, json.loads(content)

    async def _send(self, method: str, path: str, body: object = None) -> bytes:
        token = issue_token(FACILITATOR, self._stack.folder, now=datetime.now(UTC), local=True)
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": str(uuid4())}
        answer = await self._client.request(method, self._base + path, json=body, headers=headers)
        assert answer.status_code == HTTPStatus.OK, answer.text[:2_000]
        return answer.content

    async def _check(self, session: Session) -> None:
        """A fast wrong run is no run: everybody's rating is final, and every chunk went through the outbox."""
        base = await self._stack.connect(self._database)
        final = "SELECT count(*) FROM rated_case WHERE session_id = $1 AND final = rating AND revision = 1"
        chunks = "SELECT count(*) FROM outbox_sequence WHERE aggregate LIKE $1 || '/1/%'"
        recency = "SELECT count(*) FROM check_result WHERE session_id = $1 AND check_name = 'recency'"
        assert await base.fetchval(final, session.session_id) == session.people
        assert await base.fetchval(chunks, str(session.session_id)) == -(-session.people // CHUNK_LIMIT)
        assert await base.fetchval(recency, session.session_id) == session.people
        await base.close()
