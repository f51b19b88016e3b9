"""``make bench``: measures delivery, finalizing and imports beside plain baselines in the same run, and writes it down."""

import argparse
import asyncio
import os
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median

import asyncpg

from .delivery import Delivery, Reader, Run
from .delivery_baselines import copy_seconds, produce_seconds, relay_against_produce
from .delivery_company import Cycle, Publisher
from .delivery_stack import Servers, peak_megabytes, servers, worker
from .finalize import CalibrationResult, measure_calibration
from .importing import ImportResult, measure_import

COMPANY = 20_000
REPEATS = {50: 5, 1_000: 5, COMPANY: 5}
DOCUMENT = Path("docs/performance.md")
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"


@dataclass(slots=True, kw_only=True)
class Measured:
    """Everything that one ``make bench`` found."""

    runs: list[Run] = field(default_factory=list[Run])
    peak: float = 0.0
    runs_of_two: list[Run] = field(default_factory=list[Run])
    peak_of_two: float = 0.0
    statements: int = 0
    copies: list[float] = field(default_factory=list[float])
    produces: list[float] = field(default_factory=list[float])
    relays: list[tuple[float, float]] = field(default_factory=list[tuple[float, float]])
    load: float = 0.0


async def measure(stack: Servers) -> Measured:
    """All parts, one after the other."""
    found, database = Measured(), await stack.database("outcomes")
    base = await stack.connect(database)
    with worker(stack, "outcomes", database) as child:
        async with stack.producer() as producer:
            reader = Reader(stack.kafka.bootstrap)
            publisher = Publisher(producer)
            delivery = Delivery(stack, [child], base, publisher, reader)
            await delivery.hire(COMPANY)
            cycle = await run_all(delivery, found)
            found.peak = peak_megabytes(child.pid)
            records = found.runs[-1].records
            found.copies = await copy_seconds(base, cycle, records)
            found.produces = [await produce_seconds(producer, records) for _ in range(3)]
            found.statements = await count_statements(stack, base, delivery)
            with worker(stack, "outcomes", database, log="second") as second:
                both = Delivery(stack, [child, second], base, publisher, reader)
                await run_with_two(both, found)
                found.peak_of_two = max(peak_megabytes(each.pid) for each in (child, second))
            await reader.stop()
    await base.close()
    found.relays = await relay_against_produce(stack, records)
    return found


async def run_all(delivery: Delivery, found: Measured) -> Cycle:
    """Every size as often as ``REPEATS`` says; answers the last cycle of the whole company."""
    cycle = Cycle(people=COMPANY)
    for people, repeats in REPEATS.items():
        for _ in range(repeats):
            cycle = Cycle(people=people)
            run = await _run(delivery, cycle)
            # Only the last run's records are asked for again.
            found.runs = [replace(each, records=()) for each in found.runs]
            found.runs.append(run)
    return cycle


async def run_with_two(delivery: Delivery, found: Measured) -> None:
    """The company again, now that two workers share the work."""
    await delivery.gather()
    print("two workers:")
    for _ in range(3):
        run = await _run(delivery, Cycle(people=COMPANY))
        found.runs_of_two.append(replace(run, records=()))


async def _run(delivery: Delivery, cycle: Cycle) -> Run:
    await delivery.prepare(cycle)
    run = await delivery.measure(cycle)
    print(f"{run.people:>6} people: {run.readable:.3f} s readable, {run.settled:.3f} s settled, {run.cpu}")
    return run


async def count_statements(stack: Servers, base: asyncpg.Connection, delivery: Delivery) -> int:
    """How many statements the server executes for the worker in one run of the company, by the server's own log.

    Not timed: the log costs. The relay's polling and the lease are counted too.
    """
    cycle = Cycle(people=COMPANY)
    await delivery.prepare(cycle)
    await base.execute("ALTER SYSTEM SET log_line_prefix = '%u '")
    await base.execute("ALTER SYSTEM SET log_statement = 'all'")
    await base.execute("SELECT pg_reload_conf()")
    await asyncio.sleep(1)
    start = stack.postgres.log.stat().st_size
    await delivery.measure(cycle)
    await base.execute("ALTER SYSTEM RESET ALL")
    await base.execute("SELECT pg_reload_conf()")
    with stack.postgres.log.open("rb") as log:
        log.seek(start)
        return sum(
            line.startswith((b"outcomes_worker LOG:  statement:", b"outcomes_worker LOG:  execute"))
            for line in log
        )


def report(found: Measured, finalizing: CalibrationResult, importing: ImportResult) -> list[str]:
    """The measured block as Markdown."""
    lines = [
        "| people | runs | to the last readable outcome | until acked and outbox empty | employees/s |"
        " CPU s: worker, PostgreSQL, Kafka |",
        "|---:|---:|---:|---:|---:|---:|",
    ]
    for people in REPEATS:
        runs = [run for run in found.runs if run.people == people]
        readable = median(run.readable for run in runs)
        cpu = ", ".join(
            f"{median(run.cpu[name] for run in runs):.2f}" for name in ("worker", "postgres", "kafka")
        )
        lines.append(
            f"| {people:,} | {len(runs)} | {readable:.3f} s | {median(run.settled for run in runs):.3f} s |"
            f" {people / readable:,.0f} | {cpu} |"
        )
    parts = (lines, _ratios(found), finalizing.lines(), importing.lines())
    return [
        *[line for part in parts for line in (*part, "")],
        f"Load average over 5 minutes at the end: {found.load:.1f}.",
    ]


def _ratios(found: Measured) -> Sequence[str]:
    company = median(run.readable for run in found.runs if run.people == COMPANY)
    with_two = median(run.readable for run in found.runs_of_two)
    events = len(found.runs[-1].records)
    copied, produced = median(found.copies), median(found.produces)
    relayed = median(relay for relay, _ in found.relays)
    raw = median(produce for _, produce in found.relays)
    ratio = median(produce / relay for relay, produce in found.relays)
    return [
        "| measure | value | target |",
        "|---|---:|---:|",
        f"| employees/s end to end at {COMPANY:,} | {COMPANY / company:,.0f} | ≥ 8,000 |",
        f"| the same with two workers | {COMPANY / with_two:,.0f} | |",
        f"| plain COPY of the same rows | {COMPANY / copied:,.0f} employees/s | |",
        f"| end to end / plain COPY | {copied / company:.2f} | |",
        f"| raw pipelined produce of the same {events:,} records | {COMPANY / produced:,.0f} employees/s | |",
        f"| end to end / raw produce | {produced / company:.2f} | |",
        f"| statements per employee | {found.statements / COMPANY:.4f} ({found.statements:,}) | < 0.02 |",
        f"| worker's peak resident memory | {found.peak:.0f} MB | < 150 MB |",
        f"| the larger one of two workers | {found.peak_of_two:.0f} MB | < 150 MB |",
        f"| relay | {events / relayed:,.0f} events/s | |",
        f"| raw produce beside it | {events / raw:,.0f} events/s | |",
        f"| relay / raw produce | {ratio:.2f} | ≥ 0.5 |",
    ]


def write_into(document: Path, lines: Sequence[str]) -> None:
    """Replace the measured block of a document."""
    text = document.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    block = "\n".join(lines)
    document.write_text(f"{before}{BEGIN}\n{block}\n{END}{after}", encoding="utf-8")


def main() -> None:
    """Measure, print, and replace the numbers of the document unless told not to."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("--print-only", action="store_true", help="leave docs/performance.md as it is")
    options = parser.parse_args()
    with servers() as stack:
        found = asyncio.run(measure(stack))
    with servers() as stack:
        finalizing = asyncio.run(measure_calibration(stack))
        importing = asyncio.run(measure_import(stack))
    found.load = os.getloadavg()[1]
    lines = report(found, finalizing, importing)
    print("\n".join(lines))
    if not options.print_only:
        write_into(DOCUMENT, lines)


if __name__ == "__main__":
    main()
