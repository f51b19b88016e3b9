"""The first tables: the runtime's and this service's own."""

from alembic import op

from outcomes.outbound.tables import metadata
from plumbline.runtime.migrate import create_runtime_tables

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create every table."""
    create_runtime_tables(op.get_bind())
    metadata.create_all(op.get_bind())
