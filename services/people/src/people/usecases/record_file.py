"""Remember an accepted file, and log who changed what about whom with it."""

from collections.abc import Iterable

from sqlalchemy.ext.asyncio import AsyncConnection

from people.outbound.imports import ImportedFile, record_import
from people.settings import SERVICE
from people.usecases.options import ImportAnswer, ImportOptions
from plumbline.runtime.access import Action, Resource
from plumbline.runtime.audit import AuditEntry, record


async def record_file(
    tx: AsyncConnection,
    *,
    kind: str,
    answer: ImportAnswer,
    options: ImportOptions,
    changed: Iterable[tuple[str, Resource]],
) -> None:
    """Write the file's record and one audit entry for each changed (person, resource)."""
    file = ImportedFile(
        import_id=options.import_id,
        kind=kind,
        as_of=options.as_of,
        snapshot=options.snapshot,
        strict=options.strict,
        accepted=answer.accepted,
        changed=answer.changed,
        unchanged=answer.unchanged,
        departed=answer.departed,
        rejected=len(answer.rejected),
        imported_by=options.imported_by,
        imported_at=options.now,
    )
    await record_import(tx, file)
    subjects = [(str(options.import_id), Resource.IMPORT), *changed]
    entries = [
        AuditEntry(
            who=options.imported_by,
            action=Action.WRITE,
            resource=resource,
            subject=subject,
            purpose=f"{kind} file",
        )
        for subject, resource in subjects
    ]
    await record(tx, entries, service=SERVICE.name, now=options.now)
