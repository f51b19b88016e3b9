"""The first tables: the runtime's and this service's own."""

from alembic import op

from outcomes.outbound.rights import hold_rows
from outcomes.outbound.tables import metadata
from plumbline.runtime.migrate import create_runtime_tables, leave_room
from plumbline.runtime.security import enable_division_security

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create every table; the api's role sees pay and plans of its caller's divisions only."""
    create_runtime_tables(op.get_bind())
    metadata.create_all(op.get_bind())
    leave_room(op.get_bind(), "award")
    for table in ("award", "outcome", "rating", "waiting_rating", "assignment_text"):
        for statement in enable_division_security(table, service="outcomes"):
            op.execute(statement)
    for statement in hold_rows():
        op.execute(statement)
