"""The first tables: the runtime's and this service's own."""

from alembic import op

from goals.outbound.tables import DIVISION_SECURED, metadata
from plumbline.runtime.migrate import create_runtime_tables
from plumbline.runtime.security import enable_division_security

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create every table, and hold the api's role to its divisions."""
    create_runtime_tables(op.get_bind())
    metadata.create_all(op.get_bind())
    for table in DIVISION_SECURED:
        for statement in enable_division_security(table.name, service="goals"):
            op.execute(statement)
