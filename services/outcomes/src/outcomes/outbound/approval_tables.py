"""The tables of what approving awards leads to: what payroll was told, and which corrections are over budget."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from outcomes.outbound.tables import MONEY

approval_metadata = sa.MetaData()

# What payroll was told of an approved award, in the transaction that announced it; never edited. The last one of a
# person and cycle is what payroll holds.
pay_change = sa.Table(
    "pay_change",
    approval_metadata,
    sa.Column("outcome_id", pg.UUID(as_uuid=True), primary_key=True),
    sa.Column("cycle_id", pg.UUID(as_uuid=True), nullable=False),
    sa.Column("person_id", sa.Text, nullable=False),
    sa.Column("division", sa.Text, nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("salary", MONEY, nullable=False),
    sa.Column("lump_sum", MONEY, nullable=False),
    sa.Index("pay_change_person", "cycle_id", "person_id"),
)

# A correction that asks for finance's signature. ``excess``: by how much the pool's awards were beyond budget and
# reserve when it was awarded, in minor units; what changes later neither adds a step nor takes one away.
over_budget = sa.Table(
    "over_budget",
    approval_metadata,
    sa.Column("outcome_id", pg.UUID(as_uuid=True), primary_key=True),
    sa.Column("division", sa.Text, nullable=False),
    sa.Column("excess", MONEY, nullable=False),
)
