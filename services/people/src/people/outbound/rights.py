"""What the api's role may do with each table, and how rows without a division of their own are held to one."""

from collections.abc import Iterator

from plumbline.runtime.rights import ApiRights
from plumbline.runtime.security import enable_row_security

RIGHTS = ApiRights(
    privileges={
        # Files come through the api, so it keeps the directory too; elsewhere the worker does.
        "directory": "SELECT, INSERT, UPDATE",
        "imported_file": "SELECT, INSERT",
        "leave_span": "SELECT, INSERT, DELETE",
        "person": "SELECT, INSERT, UPDATE",
    },
    open={"imported_file": "when which file came and how many rows it had"},
)


def hold_rows() -> Iterator[str]:
    """The statements for the migration: leave is seen where its person is."""
    yield from enable_row_security(
        "leave_span",
        service="people",
        condition="EXISTS (SELECT FROM person AS p WHERE p.person_id = leave_span.person_id)",
    )
