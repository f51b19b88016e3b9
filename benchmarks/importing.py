"""Measures ``POST /imports/people``: from the request to the answer, when every row and event is committed.

Run: ``uv run python -m benchmarks.importing``. Only the api runs, so that the outbox keeps what was written and a plain
COPY can write the same rows.
"""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from io import BytesIO
from statistics import median

import asyncpg
import httpx

from people.settings import LOCAL_ADMIN
from plumbline.runtime.issuer import create_keys, issue_token
from plumbline_local.made_up_company import export

from .api_process import Api, api_process
from .delivery_stack import Servers, cpu_seconds, peak_megabytes, servers

PEOPLE = 20_000
TABLES = ("person", "directory", "outbox", "outbox_sequence")
REPEATS = 3


@dataclass(slots=True, kw_only=True)
class ImportResult:
    """Seconds and the api's processor seconds of each import, by what changed; seconds of plain COPY; the peak."""

    seconds: dict[str, list[float]] = field(default_factory=dict[str, list[float]])
    cpu: dict[str, list[float]] = field(default_factory=dict[str, list[float]])
    copies: list[float] = field(default_factory=list[float])
    peak: float = 0.0

    def lines(self) -> list[str]:
        """The table as Markdown."""
        found = [
            f"| file of {PEOPLE:,} rows | to the answer | api's CPU s | plain COPY of the same rows / import | target |",
            "|---|---:|---:|---:|---:|",
        ]
        for name, seconds in self.seconds.items():
            ratio = f"{median(self.copies) / median(seconds):.2f}" if name == "everybody is new" else ""
            cpu = median(self.cpu[name])
            found.append(f"| {name} | {median(seconds):.2f} s | {cpu:.2f} | {ratio} | < 10 s |")
        return [*found, "", f"The api that took in these files peaked at {self.peak:.0f} MB."]


async def measure_import(stack: Servers) -> ImportResult:
    """Import three files, each time into an empty database of its own."""
    create_keys(stack.folder, local=True)
    files = {
        "everybody is new": (export(PEOPLE), PEOPLE),
        "nobody changed": (export(PEOPLE), 0),
        "every tenth got a raise": (export(PEOPLE, raised=True), PEOPLE // 10),
    }
    found = ImportResult()
    for _ in range(REPEATS):
        database = await stack.database("people")
        base = await stack.connect(database)
        with api_process(stack, "people", database) as api:
            await _import_files(stack, api, files, found)
            found.peak = max(found.peak, peak_megabytes(api.pid))
        found.copies.append(await _copy_seconds(base))
        await base.close()
        stack.postgres.drop_database(database.name)
    return found


async def _import_files(
    stack: Servers, api: Api, files: Mapping[str, tuple[str, int]], found: ImportResult
) -> None:
    async with httpx.AsyncClient(base_url=api.url, timeout=600) as client:
        for name, (text, changed) in files.items():
            token = issue_token(LOCAL_ADMIN, stack.folder, now=datetime.now(UTC), local=True)
            headers = {"Authorization": f"Bearer {token}", "Content-Type": "text/csv"}
            before, started = cpu_seconds(api.pid), time.perf_counter()
            answer = await client.post("/imports/people", content=text, headers=headers)
            found.seconds.setdefault(name, []).append(time.perf_counter() - started)
            found.cpu.setdefault(name, []).append(cpu_seconds(api.pid) - before)
            assert answer.status_code == HTTPStatus.OK, answer.text[:500]
            assert answer.json()["changed"] == changed, answer.text[:500]


async def _copy_seconds(base: asyncpg.Connection) -> float:
    """Seconds of COPY of everything that the imports left, into empty tables with the same indexes, one commit."""
    dumps: list[tuple[str, bytes]] = []
    for table in TABLES:
        buffer = BytesIO()
        await base.copy_from_query(f"SELECT * FROM {table}", output=buffer, format="binary")
        await base.execute(f"CREATE TABLE plain_{table} (LIKE {table} INCLUDING ALL)")
        dumps.append((f"plain_{table}", buffer.getvalue()))
    started = time.perf_counter()
    async with base.transaction():
        for table, dump in dumps:
            await base.copy_to_table(table, source=BytesIO(dump), format="binary")
    return time.perf_counter() - started


def main() -> None:
    """Measure and print."""
    with servers() as stack:
        print("\n".join(asyncio.run(measure_import(stack)).lines()))


if __name__ == "__main__":
    main()
