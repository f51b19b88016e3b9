"""The record of accepted files, which also keeps two imports from running at once."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from people.outbound.tables import imported_file

_LOCK = 0x706C_756D_70656F  # any number that nothing else in this database locks


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedFile:
    """An accepted file: ``kind`` is people or leave; the counts are those that its sender was told."""

    import_id: UUID
    kind: str
    as_of: date
    snapshot: bool
    strict: bool
    accepted: int
    changed: int
    unchanged: int
    departed: int
    rejected: int
    imported_by: str
    imported_at: datetime


async def begin_import(tx: AsyncConnection, kind: str) -> date | None:
    """Wait for other imports to end, then say as of which day the last accepted file of this kind was."""
    await tx.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
    newest = sa.select(sa.func.max(imported_file.c.as_of)).where(imported_file.c.kind == kind)
    return await tx.scalar(newest)


async def record_import(tx: AsyncConnection, file: ImportedFile) -> None:
    """Remember an accepted file."""
    await tx.execute(sa.insert(imported_file).values(asdict(file)))


async def list_imports(tx: AsyncConnection, *, limit: int) -> Sequence[ImportedFile]:
    """The newest accepted files first."""
    newest = sa.select(imported_file).order_by(imported_file.c.imported_at.desc()).limit(limit)
    return [ImportedFile(**dict(row)) for row in (await tx.execute(newest)).mappings()]
