"""The first tables: the runtime's and this service's own."""

from alembic import op

from calibration.outbound.rights import hold_rows
from calibration.outbound.tables import metadata
from plumbline.runtime.migrate import create_runtime_tables

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create every table; the api's role sees what is known of people of its caller's divisions only."""
    create_runtime_tables(op.get_bind())
    metadata.create_all(op.get_bind())
    for statement in hold_rows():
        op.execute(statement)
