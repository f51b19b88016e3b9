"""The tables of the people service."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

metadata = sa.MetaData()

person = sa.Table(
    "person",
    metadata,
    sa.Column("person_id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("email", sa.Text, nullable=False),
    sa.Column("manager_id", sa.Text),
    sa.Column("dotted_line_manager_id", sa.Text),
    sa.Column("division", sa.Text, nullable=False),
    sa.Column("department", sa.Text, nullable=False),
    sa.Column("team", sa.Text, nullable=False),
    sa.Column("level", sa.Text, nullable=False),
    sa.Column("job_family", sa.Text, nullable=False),
    sa.Column("location", sa.Text, nullable=False),
    sa.Column("hire_date", sa.Date, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("roles", pg.ARRAY(sa.Text), nullable=False),
    sa.Column("gender", sa.Text),
    sa.Column("birth_date", sa.Date),
    sa.Column("salary", sa.Numeric),
    sa.Column("currency", sa.Text),
    sa.Column("fte", sa.Numeric, nullable=False),
    sa.Column("bonus_target_percent", sa.Numeric, nullable=False),
)

leave_span = sa.Table(
    "leave_span",
    metadata,
    sa.Column("person_id", sa.Text, primary_key=True),
    sa.Column("starts_on", sa.Date, primary_key=True),
    sa.Column("ends_on", sa.Date, nullable=False),
    sa.Column("unpaid", sa.Boolean, nullable=False),
    sa.Column("protected", sa.Boolean, nullable=False),
)

imported_file = sa.Table(
    "imported_file",
    metadata,
    sa.Column("import_id", sa.Uuid, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("as_of", sa.Date, nullable=False),
    sa.Column("snapshot", sa.Boolean, nullable=False),
    sa.Column("strict", sa.Boolean, nullable=False),
    sa.Column("accepted", sa.Integer, nullable=False),
    sa.Column("changed", sa.Integer, nullable=False),
    sa.Column("unchanged", sa.Integer, nullable=False),
    sa.Column("departed", sa.Integer, nullable=False),
    sa.Column("rejected", sa.Integer, nullable=False),
    sa.Column("imported_by", sa.Text, nullable=False),
    sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
    sa.Index("imported_file_kind_as_of", "kind", "as_of"),
)
