"""The table of those whom HR named as people without pay; no handler touches it."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

without_pay_metadata = sa.MetaData()

# Who is decided without merit in a cycle, by whom and why; it may stand here before the rating does.
without_pay = sa.Table(
    "without_pay",
    without_pay_metadata,
    sa.Column("cycle_id", pg.UUID(as_uuid=True), primary_key=True),
    sa.Column("person_id", sa.Text, primary_key=True),
    sa.Column("division", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("named_by", sa.Text, nullable=False),
    sa.Column("named_at", sa.DateTime(timezone=True), nullable=False),
)
