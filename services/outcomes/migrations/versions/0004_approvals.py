"""What payroll was told, and which corrections are over budget."""

from alembic import op

from outcomes.outbound.approval_tables import approval_metadata
from plumbline.runtime.security import enable_division_security

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables; the api's role sees those of its caller's divisions only."""
    approval_metadata.create_all(op.get_bind())
    for table in approval_metadata.sorted_tables:
        for statement in enable_division_security(table.name, service="outcomes"):
            op.execute(statement)
