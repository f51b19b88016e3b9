"""The commands of those who run the bus: topics, events, and parked records."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar, cast

import typer

from plumbline.cli.answers import output, print_json, print_table
from plumbline.cli.commands import Commands
from plumbline.cli.running import OperatorName, Running, operating, running, signing_in
from plumbline.cli.spreadsheet import BAD_INPUT, errors
from plumbline.contracts.grants import group_of

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

    from plumbline.runtime.kafka_security import KafkaSecurity
    from plumbline.runtime.parked import ParkedRecord

T = TypeVar("T")
RecordId = Annotated[int, typer.Argument(metavar="ID")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
AlwaysJson = Annotated[bool, typer.Option("--json", help="It prints JSON in any case.")]
ServiceName = Annotated[str, typer.Option("--service", help="The service whose inbox it is.")]


def register(commands: Commands) -> None:
    """Join the command line."""
    topics = typer.Typer(no_args_is_help=True, help="The declared topics.")
    topics.command("apply")(apply_topics)
    topics.command("acls")(list_acls)
    commands.app.add_typer(topics, name="topics")
    events = typer.Typer(no_args_is_help=True, help="The events on the bus.")
    events.command("tail")(tail_events)
    commands.app.add_typer(events, name="events")
    parked = typer.Typer(
        no_args_is_help=True, help="Records that could not be applied, and how to heal them."
    )
    parked.command("list")(list_records)
    parked.command("show")(show_record)
    parked.command("retry")(retry_record)
    parked.command("discard")(discard_record)
    commands.app.add_typer(parked, name="parked")


def apply_topics(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be created, create nothing.")
    ] = False,
    replicas: Annotated[int, typer.Option(help="Copies of every partition.", min=1)] = 1,
    as_json: AsJson = False,
) -> None:
    """Create the declared topics that the broker lacks; existing ones are left as they are."""
    from plumbline.runtime.topics import apply

    with signing_in() as security:
        applied = asyncio.run(apply(running().kafka, replicas=replicas, dry_run=dry_run, security=security))
    if as_json:
        print_json({"created": applied.created, "present": applied.present, "dry_run": dry_run})
        return
    verb = "would be created" if dry_run else "created"
    output.print(f"{verb}: {', '.join(applied.created) or 'none'}; there already: {len(applied.present)}")


def list_acls(
    prefix: Annotated[
        str, typer.Option(help="What stands before an account's name in its principal.")
    ] = "User:",
    as_json: AsJson = False,
) -> None:
    """Print what each account may do on the broker, generated from the topics' declared producers and readers.

    Each line is the arguments of one call of Kafka's own `kafka-acls`, to which you add where the broker is.
    """
    from dataclasses import asdict

    from plumbline.contracts.grants import grants

    if as_json:
        print_json({"grants": [{**asdict(each), "principal": prefix + each.account} for each in grants()]})
        return
    for each in grants():
        operations = " ".join(f"--operation {operation.title()}" for operation in each.operations)
        pattern = " --resource-pattern-type prefixed" if each.prefixed else ""
        typer.echo(
            f"--add --allow-principal {prefix}{each.account} {operations} --{each.resource} {each.name}{pattern}"
        )


def tail_events(
    topics: Annotated[
        list[str] | None, typer.Argument(help="Topics; all that are declared by default.")
    ] = None,
    follow: Annotated[bool, typer.Option(help="Wait for new events until Ctrl-C.")] = True,
    as_json: AlwaysJson = True,
) -> None:
    """Print events as JSON lines: first those on the topics already, then each new one."""
    from plumbline.contracts.topics import TOPICS

    del as_json
    unknown = [name for name in topics or () if name not in TOPICS]
    if unknown:
        errors.print(f"not declared: {', '.join(unknown)}; declared are: {', '.join(TOPICS)}")
        raise SystemExit(BAD_INPUT)
    try:
        with signing_in() as security:
            asyncio.run(_tail(running().kafka, topics or list(TOPICS), security=security, follow=follow))
    except KeyboardInterrupt:
        return


async def _tail(bootstrap: str, topics: Sequence[str], *, security: "KafkaSecurity", follow: bool) -> None:
    from aiokafka import AIOKafkaConsumer

    consumer = AIOKafkaConsumer(
        *topics,
        bootstrap_servers=bootstrap,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
        group_id=None,
        **security.for_aiokafka(),
    )
    await consumer.start()
    try:
        idle = 0
        while follow or idle < 3:
            batch: dict[Any, Any] = await cast("Any", consumer).getmany(timeout_ms=500)
            idle = 0 if batch else idle + 1
            for records in batch.values():
                for record in records:
                    typer.echo(_line(record))
    finally:
        await consumer.stop()


def _line(record: Any) -> str:  # noqa: ANN401 - a consumed record, whatever its key and value are
    headers = {name: value.decode(errors="replace") for name, value in record.headers}
    try:
        payload = json.loads(record.value)
    except ValueError:
        payload = {"unreadable_bytes": len(record.value or b"")}
    place = {"topic": record.topic, "partition": record.partition, "offset": record.offset}
    return json.dumps({**place, "headers": headers, "payload": payload}, ensure_ascii=False)


def list_records(
    service: Annotated[str | None, typer.Option("--service", help="One service only.")] = None,
    as_json: AsJson = False,
) -> None:
    """List what is parked, without the payloads."""
    stack = running()
    names = [service] if service else [each.name for each in stack.services]
    rows = [
        {"service": name, **_summary(record)}
        for name in names
        for record in _with_engine(stack, name, lambda engine, name=name: _records(engine, group_of(name)))
    ]
    if as_json:
        print_json({"parked": rows})
        return
    columns = ("service", "id", "topic", "aggregate", "sequence", "reason", "parked_at")
    sentence = f"{len(rows)} records are parked; later records of the same aggregate wait behind them."
    print_table("Parked records", rows, columns=columns, sentence=sentence)


def show_record(
    record_id: RecordId, service: ServiceName, operator: OperatorName, as_json: AlwaysJson = True
) -> None:
    """Show one parked record with its headers and payload (which may hold personal data); the audit log notes it."""
    del as_json
    from plumbline.runtime.parked import show

    async def run(engine: "AsyncEngine") -> "ParkedRecord":
        async with engine.begin() as tx:
            return await show(
                tx, consumer=group_of(service), parked_id=record_id, by=operating(operator, service)
            )

    record = _on_record(running(), service, run)
    text = record.message.payload.decode(errors="replace")
    print_json({**_summary(record), "headers": record.message.headers, "payload": text})


def retry_record(record_id: RecordId, service: ServiceName, operator: OperatorName) -> None:
    """Apply a parked record again, and what waits behind it if that succeeds; the audit log notes it."""
    _heal(service, record_id, "retry", operator)


def discard_record(record_id: RecordId, service: ServiceName, operator: OperatorName) -> None:
    """Give a parked record up for good, and apply what waits behind it; the audit log notes it."""
    _heal(service, record_id, "discard", operator)


def _heal(service: str, record_id: int, how: Literal["retry", "discard"], operator: str) -> None:
    from plumbline.runtime.parked import heal
    from plumbline.runtime.service import find, load

    stack, described = running(), find(service)

    async def run(engine: "AsyncEngine") -> str:
        return await heal(
            engine,
            consumer=described.consumer,
            handlers=load(described.handlers),
            parked_id=record_id,
            how=how,
            by=operating(operator, service),
        )

    output.print(_on_record(stack, service, run))


def _on_record(stack: Running, service: str, work: "Callable[[AsyncEngine], Awaitable[T]]") -> T:
    """``_with_engine``; leaves with status 2 when there is no such record."""
    try:
        return _with_engine(stack, service, work)
    except LookupError as error:
        errors.print(str(error))
        raise SystemExit(BAD_INPUT) from None


async def _records(engine: "AsyncEngine", consumer: str) -> "list[ParkedRecord]":
    from plumbline.runtime.parked import list_parked

    async with engine.begin() as tx:
        return await list_parked(tx, consumer=consumer)


def _summary(record: "ParkedRecord") -> dict[str, object]:
    return {
        "id": record.id,
        "topic": record.topic,
        "aggregate": record.aggregate,
        "sequence": record.sequence,
        "reason": record.reason,
        "parked_at": record.parked_at.isoformat(timespec="seconds"),
    }


def _with_engine(stack: Running, service: str, work: "Callable[[AsyncEngine], Awaitable[T]]") -> T:
    """Run ``work`` on the service's database, as its worker's role."""
    from plumbline.runtime.database import connect

    async def run() -> T:
        engine = connect(stack.service(service).database_url)
        try:
            return await work(engine)
        finally:
            await engine.dispose()

    return asyncio.run(run())
