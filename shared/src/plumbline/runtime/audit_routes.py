"""What an auditor reads of a service: who saw or changed what about whom, and whether the log's seals still hold."""

from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import APIRouter, Query
from pydantic import AwareDatetime
from sqlalchemy.ext.asyncio import AsyncConnection

from plumbline.runtime.access import Action, Resource
from plumbline.runtime.audit import AuditEntry, audit_log, record, verify
from plumbline.runtime.clock import Now
from plumbline.runtime.directory import standing
from plumbline.runtime.http import Caller, Tx, create_router, require

Hex = Annotated[str, Query(pattern="^[0-9a-f]{64}$")]


def audit_router(service: str) -> APIRouter:
    """The two routes of a service's api; reading the log is itself an entry of it."""
    router = create_router(prefix="/audit", tags=["audit"])

    @router.get("")
    async def get_entries(
        tx: Tx,
        caller: Caller,
        now: Now,
        who: str | None = None,
        subject: str | None = None,
        since: AwareDatetime | None = None,
        after: Annotated[int, Query(ge=0)] = 0,
        limit: Annotated[int, Query(ge=1, le=10_000)] = 1_000,
    ) -> dict[str, Any]:
        """Entries by id: of a reader or writer, about somebody, since an instant; ``after`` an id goes on from there."""
        await _require_auditor(tx, caller.person_id)
        query = sa.select(audit_log).where(audit_log.c.id > after).order_by(audit_log.c.id).limit(limit)
        for column, wanted in ((audit_log.c.who, who), (audit_log.c.subject, subject)):
            if wanted is not None:
                query = query.where(column == wanted)
        if since is not None:
            query = query.where(audit_log.c.at >= since)
        entries = [dict(row) for row in (await tx.execute(query)).mappings()]
        await _note(tx, caller.person_id, "reads the audit log", service=service, now=now)
        return {"entries": entries, "next": entries[-1]["id"] if len(entries) == limit else None}

    @router.get("/verification")
    async def get_verification(tx: Tx, caller: Caller, now: Now, kept: Hex | None = None) -> dict[str, Any]:
        """Every seal, computed again; ``kept`` is the ``last`` of an earlier answer, which must still be in the chain."""
        await _require_auditor(tx, caller.person_id)
        found = await verify(tx, kept=None if kept is None else bytes.fromhex(kept))
        await _note(tx, caller.person_id, "verifies the audit log", service=service, now=now)
        return found.describe()

    return router


async def _require_auditor(tx: AsyncConnection, person_id: str) -> None:
    held = await standing(tx, person_id, None)
    require(held, action=Action.READ, resource=Resource.AUDIT_LOG)


async def _note(tx: AsyncConnection, who: str, purpose: str, *, service: str, now: Now) -> None:
    entry = AuditEntry(
        who=who, action=Action.READ, resource=Resource.AUDIT_LOG, subject=service, purpose=purpose
    )
    await record(tx, [entry], service=service, now=now)
