"""The first tables: the runtime's and this service's own."""

from alembic import op

from feedback.outbound.rights import hold_rows
from feedback.outbound.tables import metadata
from plumbline.runtime.migrate import create_runtime_tables
from plumbline.runtime.security import enable_division_security

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create every table; the api's role sees what people wrote in its caller's divisions only."""
    create_runtime_tables(op.get_bind())
    metadata.create_all(op.get_bind())
    for table in ("answer", "round_result", "note", "concern"):
        for statement in enable_division_security(table, service="feedback"):
            op.execute(statement)
    for statement in hold_rows():
        op.execute(statement)
