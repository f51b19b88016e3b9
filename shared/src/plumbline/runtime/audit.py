"""Who saw or changed what about whom: an append-only log without content, sealed in hash-chained batches."""

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.ext.asyncio import AsyncConnection

from plumbline.runtime.access import Action, Resource
from plumbline.runtime.database import raw, runtime_metadata
from plumbline.runtime.security import sees_all_divisions

FIRST = b"\x00" * 32
BATCH = 10_000
ROUND = "round:"
_ANONYMOUS = frozenset({Resource.PEER_ANSWER, Resource.SURVEY_ANSWER})
_SEALING = 0x706C756D  # the advisory lock that keeps two sealers apart
_IDENTIFIER = re.compile(r"[a-z][a-z0-9_]{0,50}")

audit_log = sa.Table(
    "audit_log",
    runtime_metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("resource", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("service", sa.Text, nullable=False),
    sa.Column("purpose", sa.Text, nullable=False),
    sa.Index("audit_log_subject", "subject", "at"),
    sa.Index("audit_log_who", "who", "at"),
)

# A row of its own, because a lower id can commit after a higher one is sealed.
unsealed = sa.Table(
    "audit_unsealed",
    runtime_metadata,
    sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
)

seals = sa.Table(
    "audit_seal",
    runtime_metadata,
    sa.Column("batch", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("ids", pg.ARRAY(sa.BigInteger), nullable=False),
    sa.Column("previous", sa.LargeBinary, nullable=False),
    sa.Column("digest", sa.LargeBinary, nullable=False),
)

# An entry takes its number first: RETURNING would ask for the right to read it, which only auditors have.
_RECORD = """
WITH entry AS MATERIALIZED (
    SELECT nextval('audit_log_id_seq') AS id, *
    FROM unnest($1::timestamptz[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[])
), written AS (
    INSERT INTO audit_log (id, at, who, action, resource, subject, service, purpose)
    OVERRIDING SYSTEM VALUE SELECT * FROM entry
)
INSERT INTO audit_unsealed SELECT id FROM entry
"""
_TAKE = """
DELETE FROM audit_unsealed WHERE id IN (SELECT id FROM audit_unsealed ORDER BY id LIMIT $1) RETURNING id
"""
# Not NOT IN, which is quadratic once the planner expects more sealed numbers than fit into its memory.
_STRAY = """
SELECT count(*) FROM audit_log AS entry
WHERE NOT EXISTS (SELECT FROM audit_unsealed AS u WHERE u.id = entry.id)
  AND NOT EXISTS (SELECT FROM (SELECT unnest(ids) AS id FROM audit_seal) AS s WHERE s.id = entry.id)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One read or change; ``subject`` is a person's id or a thing's, ``purpose`` a phrase of the code's own.

    ``who`` of a peer's or a survey's answer is ``by_round(...)``, never the author.
    """

    who: str
    action: Action
    resource: Resource
    subject: str
    purpose: str

    def __post_init__(self) -> None:
        """Keep authors of anonymous answers out of the log."""
        if self.resource in _ANONYMOUS and not self.who.startswith(ROUND):
            raise ValueError(f"{self.resource} is logged by its round: who=by_round(round_id)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What recomputing every seal found; ``last`` is the newest seal, to be kept outside this database."""

    batches: int
    entries: int
    waiting: int
    last: bytes
    problems: tuple[str, ...]

    @property
    def intact(self) -> bool:
        """Whether nothing was changed, removed or slipped in."""
        return not self.problems

    def describe(self) -> dict[str, str | int | list[str]]:
        """What an answer says of it."""
        return {
            "intact": self.intact,
            "batches": self.batches,
            "entries": self.entries,
            "waiting": self.waiting,
            "last": self.last.hex(),
            "problems": list(self.problems),
        }


def by_round(round_id: str) -> str:
    """Who wrote an anonymous answer, as far as the log may know."""
    return f"{ROUND}{round_id}"


async def record(tx: AsyncConnection, entries: Sequence[AuditEntry], *, service: str, now: datetime) -> None:
    """Append these entries in the transaction of what they tell of, in one statement.

    The time of an anonymous answer is its day only, so that nobody is recognized by the hour.
    """
    if not entries:
        return
    day = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    columns = (
        [day if entry.resource in _ANONYMOUS else now for entry in entries],
        [entry.who for entry in entries],
        [str(entry.action) for entry in entries],
        [str(entry.resource) for entry in entries],
        [entry.subject for entry in entries],
        [service] * len(entries),
        [entry.purpose for entry in entries],
    )
    await (await raw(tx)).execute(_RECORD, *columns)


async def seal(tx: AsyncConnection, now: datetime, *, limit: int = BATCH) -> int:
    """Close the oldest entries that are not sealed into one batch; returns how many (0: nothing to seal).

    The seal is the SHA-256 over the previous seal and the entries in canonical form, so that changing or
    removing an entry breaks every later seal.
    """
    await tx.execute(sa.select(sa.func.pg_advisory_xact_lock(_SEALING)))
    taken: list[int] = [row["id"] for row in await (await raw(tx)).fetch(_TAKE, limit)]
    if not taken:
        return 0
    newest = await tx.execute(sa.select(seals).order_by(seals.c.batch.desc()).limit(1))
    last = newest.mappings().one_or_none()
    previous: bytes = last["digest"] if last else FIRST
    rows = await _read_entries(tx, taken)
    batch = {
        "batch": last["batch"] + 1 if last else 1,
        "sealed_at": now,
        "ids": sorted(taken),
        "previous": previous,
        "digest": compute_seal(previous, rows),
    }
    await tx.execute(sa.insert(seals).values(batch))
    return len(taken)


async def verify(tx: AsyncConnection, *, kept: bytes | None = None) -> Verification:
    """Recompute every seal from the entries as they stand now.

    ``kept`` is a ``last`` of an earlier verification, kept elsewhere: without it the removal of the newest
    seals together with their entries could not be noticed.
    """
    problems: list[str] = []
    previous, batches, entries = FIRST, 0, 0
    found_kept = kept is None or kept == FIRST
    stored = await tx.execute(sa.select(seals).order_by(seals.c.batch))
    for row in stored.mappings().all():
        batches, entries = batches + 1, entries + len(row["ids"])
        problems.extend(await _check_batch(tx, row, number=batches, previous=previous))
        previous = row["digest"]
        found_kept = found_kept or previous == kept
    if not found_kept:
        problems.append("the seal that was kept elsewhere is no longer in the chain")
    stray = (await tx.execute(sa.text(_STRAY))).scalar_one()
    if stray:
        problems.append(f"{stray} entries are neither sealed nor waiting for a seal")
    waiting = (await tx.execute(sa.select(sa.func.count()).select_from(unsealed))).scalar_one()
    return Verification(
        batches=batches, entries=entries, waiting=waiting, last=previous, problems=tuple(problems)
    )


def compute_seal(previous: bytes, rows: Iterable[sa.RowMapping]) -> bytes:
    """SHA-256 over the previous seal and one line of JSON an entry: id, time in UTC, and the six texts."""
    digest = hashlib.sha256(previous)
    for row in rows:
        at: datetime = row["at"]
        texts = [row[name] for name in ("who", "action", "resource", "subject", "service", "purpose")]
        line = json.dumps([row["id"], at.astimezone(UTC).isoformat(timespec="microseconds"), *texts])
        digest.update(line.encode() + b"\n")
    return digest.digest()


def protect_entries() -> tuple[str, ...]:
    """The statements that show entries only to a transaction that sees every division, as an auditor's does.

    Anybody's is written; the worker's role, which passes by row-level security, seals and verifies.
    """
    return (
        "ALTER TABLE audit_log ENABLE ROW LEVEL SECURITY",
        f"CREATE POLICY audit_log_read ON audit_log FOR SELECT USING ({sees_all_divisions()})",
        "CREATE POLICY audit_log_write ON audit_log FOR INSERT WITH CHECK (true)",
    )


def make_append_only(table_name: str) -> tuple[str, ...]:
    """The statements for a migration, one ``op.execute`` each, that refuse UPDATE, DELETE and TRUNCATE."""
    if not _IDENTIFIER.fullmatch(table_name):
        raise ValueError(f"{table_name!r} is no plain SQL name")
    refuse = "RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege'"
    return (
        f"CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {refuse}; END $$",
        f"CREATE TRIGGER {table_name}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table_name} "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
    )


def _protect(table: sa.Table, connection: sa.Connection, **_: object) -> None:
    for statement in make_append_only(table.name):
        connection.exec_driver_sql(statement)


# Whoever creates these tables through SQLAlchemy gets them protected.
event.listen(audit_log, "after_create", _protect)
event.listen(seals, "after_create", _protect)


async def _read_entries(tx: AsyncConnection, ids: Sequence[int]) -> Sequence[sa.RowMapping]:
    wanted = sa.any_(sa.bindparam("ids", list(ids), pg.ARRAY(sa.BigInteger)))
    rows = await tx.execute(sa.select(audit_log).where(audit_log.c.id == wanted).order_by(audit_log.c.id))
    return rows.mappings().all()


async def _check_batch(tx: AsyncConnection, row: sa.RowMapping, *, number: int, previous: bytes) -> list[str]:
    problems: list[str] = []
    if row["batch"] != number:
        problems.append(f"batch {number} is missing")
    if row["previous"] != previous:
        problems.append(f"batch {row['batch']} does not follow the seal before it")
    rows = await _read_entries(tx, row["ids"])
    if len(rows) != len(row["ids"]):
        problems.append(f"batch {row['batch']} lacks {len(row['ids']) - len(rows)} of its entries")
    if compute_seal(row["previous"], rows) != row["digest"]:
        problems.append(f"batch {row['batch']} does not match its seal")
    return problems
