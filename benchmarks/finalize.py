"""Measures finalizing: the facilitator's real requests to the api process, over sessions that the worker took in.

Run: ``uv run python -m benchmarks.finalize``. Seconds are from request to answer, when the ratings and every chunk
in the outbox are committed; processor seconds stand beside them, because a busy machine makes waiting longer.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

import asyncpg

from plumbline.runtime.issuer import create_keys
from plumbline_local.databases import Database

from .api_process import api_process
from .delivery_company import Publisher
from .delivery_stack import Servers, peak_megabytes, servers, worker
from .finalize_company import Session, evidence, state
from .finalize_room import PATIENCE_SECONDS, Cost, Facilitator, SessionRun

REPEATS = {50: 5, 1_000: 5, 20_000: 3}


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationResult:
    """Every run, the statements of a finalizing by people, and peaks of resident memory in MB.

    ``api_peaks`` are of a process that served the sessions of that size only; the worker took in all of them.
    """

    runs: Sequence[SessionRun]
    statements: Mapping[int, int]
    api_peaks: Mapping[int, float]
    worker_peak: float

    def median(self, people: int, step: str) -> Cost:
        """The median costs of a step."""
        costs = [run.costs[step] for run in self.runs if run.people == people]
        return Cost(
            seconds=median(each.seconds for each in costs),
            api=median(each.api for each in costs),
            postgres=median(each.postgres for each in costs),
        )

    def lines(self) -> list[str]:
        """The table as Markdown."""
        found = [
            "| people | finalize | its CPU s: api, PostgreSQL | its statements | checks, CPU s of the api |"
            " read session, CPU s | api's peak memory |",
            "|---:|---:|---:|---:|---:|---:|---:|",
        ]
        for people, peak in self.api_peaks.items():
            final, checks, read = (self.median(people, step) for step in ("finalize", "checks", "read"))
            found.append(
                f"| {people:,} | {final.seconds:.3f} s | {final.api:.2f}, {final.postgres:.2f} |"
                f" {self.statements[people]} | {checks.api:.2f} | {read.api:.2f} | {peak:.0f} MB |"
            )
        return [
            *found,
            "",
            f"The worker that took in all of these sessions peaked at {self.worker_peak:.0f} MB.",
        ]


async def measure_calibration(stack: Servers, repeats: Mapping[int, int] = REPEATS) -> CalibrationResult:
    """Every size as often as ``repeats`` says, and once more to count the statements of finalizing.

    ``stack`` is for this alone: the worker reads its topics from their beginning, and people are numbered from 1.
    """
    database = await stack.database("calibration")
    base = await stack.connect(database)
    create_keys(stack.folder, local=True)
    runs: list[SessionRun] = []
    peaks: dict[int, float] = {}
    statements: dict[int, int] = {}
    with worker(stack, "calibration", database) as child:
        async with stack.producer() as producer:
            company = Company(base, Publisher(producer))
            await company.hire(max(repeats))
            for people, times in repeats.items():
                with api_process(stack, "calibration", database) as api:
                    facilitator = Facilitator(stack, database, api)
                    for _ in range(times):
                        runs.append(await facilitator.finish(await company.open_session(people)))
                        print(describe(runs[-1]), flush=True)
                    peaks[people] = peak_megabytes(facilitator.pid)
                session = await company.open_session(people)
                statements[people] = await count_statements(stack, base, database, session)
        peak = peak_megabytes(child.pid)
    await base.close()
    return CalibrationResult(runs=runs, statements=statements, api_peaks=peaks, worker_peak=peak)


def describe(run: SessionRun) -> str:
    """A run in one line."""
    costs = ", ".join(
        f"{step} {cost.seconds:.3f} s (api {cost.api:.2f}, PostgreSQL {cost.postgres:.2f})"
        for step, cost in run.costs.items()
    )
    return f"{run.people:>6} people, {run.flags} flags: {costs}"


class Company:
    """Feeds the worker, and knows from the database when it has taken everything in."""

    def __init__(self, base: asyncpg.Connection, publisher: Publisher) -> None:
        self._base = base
        self._publisher = publisher

    async def hire(self, people: int) -> None:
        """Everybody with gender and evidence."""
        await self._publisher.publish(state(people))
        dated = list(evidence(people))
        await self._publisher.publish(dated)
        await self._until("SELECT count(*) FROM directory", equals=people + 1)
        await self._until("SELECT count(*) FROM demographics", equals=people)
        await self._until("SELECT count(*) FROM evidence", equals=len(dated))

    async def open_session(self, people: int) -> Session:
        """A session that is open, of the first ``people`` people."""
        session = Session(people=people)
        await self._publisher.publish(session.inputs())
        query = "SELECT count(*) FROM session WHERE session_id = $1 AND state = 'open'"
        await self._until(query, session.session_id, equals=1)
        await self._until("SELECT count(*) FROM outbox", equals=0)
        await self._base.execute("ANALYZE")
        return session

    async def _until(self, query: str, *arguments: object, equals: int) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while await self._base.fetchval(query, *arguments) != equals:  # noqa: ASYNC110 - PostgreSQL tells nobody
                await asyncio.sleep(0.05)


async def count_statements(
    stack: Servers, base: asyncpg.Connection, database: Database, session: Session
) -> int:
    """What the server executes for the api in one finalizing, by its own log; not timed, because the log costs."""
    log = stack.postgres.log
    await base.execute("ALTER ROLE calibration_api SET log_statement = 'all'")
    with api_process(stack, "calibration", database) as api:
        facilitator = Facilitator(stack, database, api)
        await facilitator.prepare(session, {})
        start = log.stat().st_size
        await facilitator.finalize(session.session_id)
        with log.open("rb") as written:
            written.seek(start)
            lines = written.read().splitlines()
    await base.execute("ALTER ROLE calibration_api RESET log_statement")
    return sum(b"LOG:  statement:" in line or b"LOG:  execute" in line for line in lines)


def main() -> None:
    """Measure and print."""
    with servers() as stack:
        print("\n".join(asyncio.run(measure_calibration(stack)).lines()))


if __name__ == "__main__":
    main()
