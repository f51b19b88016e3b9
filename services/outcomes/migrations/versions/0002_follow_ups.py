"""What people make of outcomes: promotion cases decided, plans and PIPs moved."""

from alembic import op

from outcomes.outbound.follow_up_tables import follow_up_metadata
from plumbline.runtime.security import enable_division_security

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables; the api's role sees those of its caller's divisions only."""
    follow_up_metadata.create_all(op.get_bind())
    for table in follow_up_metadata.sorted_tables:
        for statement in enable_division_security(table.name, service="outcomes"):
            op.execute(statement)
