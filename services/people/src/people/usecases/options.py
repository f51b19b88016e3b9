"""What every import is told beside its file, and what it answers."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from people.domain.person import BadRow


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOptions:
    """``as_of`` is the day of which the file tells; ``snapshot``: it tells everything there is; ``strict``:
    nothing goes in when a row is bad; ``dry_run``: nothing goes in at all.
    """

    import_id: UUID
    as_of: date
    snapshot: bool = False
    strict: bool = False
    dry_run: bool = False
    imported_by: str
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportAnswer:
    """What became of a file: ``accepted`` rows are changed or unchanged; ``stored`` is False when nothing went in.

    When a file has no good row, or a strict one a bad row, all counts are 0: nothing would go in.
    """

    import_id: UUID
    as_of: date
    stored: bool
    accepted: int
    changed: int
    unchanged: int
    departed: int
    rejected: tuple[BadRow, ...]
    ignored_columns: tuple[str, ...]
    missing_columns: tuple[str, ...]
