"""The commands that look at and heal parked records, on a real PostgreSQL: what they print, and what the audit log says."""

import asyncio
import getpass
import json
from pathlib import Path

import pytest

from plumbline.cli.operations import register
from plumbline.contracts.grants import group_of
from plumbline.contracts.topics import PAY
from plumbline.runtime.inbox import Inbox
from plumbline.runtime.message import Message
from plumbline.runtime.service import find, load
from plumbline_local.databases import Database
from plumbline_local.testing import MakeDatabase
from plumbline_local.testing_commands import run_commands
from plumbline_local.testing_databases import connected, rows

LOOSE = Message(
    topic=PAY.name,
    partition=0,
    offset=1,
    key="jane",
    headers={"ce_subject": "jane"},
    payload=b'{"salary": "1"}',
)


@pytest.fixture
def base(database: MakeDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Database:
    """A stack of one service whose inbox parked a record of Jane's pay."""
    base = database("outcomes")
    service = {"name": "outcomes", "url": "", "database_url": base.worker_url}
    running = {"folder": str(tmp_path), "kafka": "", "services": [service]}
    (tmp_path / "state.json").write_text(json.dumps(running))
    monkeypatch.setenv("PLUMBLINE_STATE", str(tmp_path))
    monkeypatch.delenv("PLUMBLINE_OPERATOR", raising=False)

    async def park() -> None:
        async with connected(base.worker_url) as engine:
            await Inbox(
                engine, consumer=group_of("outcomes"), handlers=load(find("outcomes").handlers)
            ).receive([LOOSE])

    asyncio.run(park())
    return base


def logged(base: Database) -> list[tuple[str, str, str, str]]:
    async def read() -> list[tuple[str, str, str, str]]:
        async with connected(base.worker_url) as engine:
            query = "SELECT who, action, subject, split_part(purpose, ':', 1) FROM audit_log ORDER BY id"
            return [(row[0], row[1], row[2], row[3]) for row in await rows(engine, query)]

    return asyncio.run(read())


def test_who_sees_retries_or_discards_a_record_is_named_in_the_audit_log(
    base: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    about = ("1", "--service", "outcomes")
    shown = run_commands(register, "parked", "show", *about, "--as", "olga")
    assert shown.exit_code == 0, shown.output
    assert json.loads(shown.stdout)["payload"] == '{"salary": "1"}'
    assert run_commands(register, "parked", "show", *about).exit_code == 0
    monkeypatch.setenv("PLUMBLINE_OPERATOR", "otto")
    assert "parked again" in run_commands(register, "parked", "retry", *about).stdout
    assert "discarded" in run_commands(register, "parked", "discard", *about).stdout
    assert logged(base) == [
        ("operator:olga", "read", "jane", "show"),
        (f"operator:{getpass.getuser()}", "read", "jane", "show"),
        ("operator:otto", "decide", "jane", "retry, parked again"),
        ("operator:otto", "decide", "jane", "discard, discarded"),
    ]


def test_a_record_that_is_not_there_is_refused_and_a_list_is_no_entry(base: Database) -> None:
    assert run_commands(register, "parked", "list", "--json").exit_code == 0
    for command in ("show", "retry", "discard"):
        refused = run_commands(register, "parked", command, "7", "--service", "outcomes")
        assert refused.exit_code == 2
        assert "no parked record 7" in refused.stderr
    assert logged(base) == []
