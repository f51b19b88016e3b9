"""Whom HR named as people without pay, so that their division goes on."""

from alembic import op

from outcomes.outbound.without_pay_table import without_pay, without_pay_metadata
from plumbline.runtime.security import enable_division_security

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table; the api's role sees that of its caller's divisions only."""
    without_pay_metadata.create_all(op.get_bind())
    for statement in enable_division_security(without_pay.name, service="outcomes"):
        op.execute(statement)
