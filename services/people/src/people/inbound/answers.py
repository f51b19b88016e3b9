"""What the api answers, as JSON."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from people.domain.person import BadRow, Person, Status
from people.usecases.options import ImportAnswer


class RejectedRow(BaseModel):
    """Why a row did not go in; ``value`` is what stands in the cell."""

    line: int
    column: str
    value: str
    fix: str

    @classmethod
    def of(cls, row: BadRow) -> Self:
        """Take over a bad row."""
        return cls(line=row.line, column=row.column, value=row.value, fix=row.fix)


class ImportResult(BaseModel):
    """What became of a file; ``stored`` is false for a dry run, for a file without a good row, and for a
    strict import with a bad one.
    """

    import_id: UUID
    as_of: date
    stored: bool
    accepted: int
    changed: int
    unchanged: int
    departed: int
    rejected: list[RejectedRow]
    ignored_columns: list[str]
    missing_columns: list[str]

    @classmethod
    def of(cls, answer: ImportAnswer) -> Self:
        """Take over a use case's answer."""
        return cls(
            import_id=answer.import_id,
            as_of=answer.as_of,
            stored=answer.stored,
            accepted=answer.accepted,
            changed=answer.changed,
            unchanged=answer.unchanged,
            departed=answer.departed,
            rejected=[RejectedRow.of(row) for row in answer.rejected],
            ignored_columns=list(answer.ignored_columns),
            missing_columns=list(answer.missing_columns),
        )


class PersonRecord(BaseModel):
    """Who somebody is and where one stands; nothing of pay and nothing that fairness checks need."""

    person_id: str
    name: str
    email: str
    manager_id: str | None
    dotted_line_manager_id: str | None
    division: str
    department: str
    team: str
    level: str
    job_family: str
    location: str
    hire_date: date
    status: Status
    roles: list[str]

    @classmethod
    def of(cls, person: Person) -> Self:
        """Leave out what is not everybody's to know: what has no field here."""
        return cls.model_validate(person, from_attributes=True)


class People(BaseModel):
    """People by id; ids that nobody has are left out."""

    people: Sequence[PersonRecord]


class ImportedFileRecord(BaseModel):
    """An accepted file."""

    model_config = ConfigDict(from_attributes=True)

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


class Imports(BaseModel):
    """Accepted files, the newest first."""

    imports: Sequence[ImportedFileRecord]
