"""The tables of what people make of outcomes: cases, plans and PIPs on their way; no handler touches them."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

follow_up_metadata = sa.MetaData()

# Where an outcome stands by now, one row for each that somebody changed; the outcome itself is never edited.
# ``version`` counts its changes, ``content`` is what people wrote, ``schedule`` when it is checked.
follow_up = sa.Table(
    "follow_up",
    follow_up_metadata,
    sa.Column("outcome_id", pg.UUID(as_uuid=True), primary_key=True),
    sa.Column("division", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("content", sa.Text, nullable=False),
    sa.Column("schedule", sa.Text),
    sa.Column("starts_on", sa.Date),
    sa.Column("suspended_on", sa.Date),
    sa.Column("resumes_as", sa.Text),
    sa.Column("acknowledged_at", sa.DateTime(timezone=True)),
    sa.Column("panel", pg.ARRAY(sa.Text), nullable=False, server_default="{}"),
    sa.Column("changed_by", sa.Text, nullable=False),
    sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
)

# The way there, one row a change; ``version`` is the one that the change led to.
move = sa.Table(
    "follow_up_move",
    follow_up_metadata,
    sa.Column("outcome_id", pg.UUID(as_uuid=True), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("division", sa.Text, nullable=False),
    sa.Column("from_state", sa.Text),
    sa.Column("to_state", sa.Text, nullable=False),
    sa.Column("moved_on", sa.Date, nullable=False),
    sa.Column("reason", sa.Text),
    sa.Column("moved_by", sa.Text, nullable=False),
    sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
)

# A plan's check of a day, or a PIP's milestone.
check = sa.Table(
    "follow_up_check",
    follow_up_metadata,
    sa.Column("outcome_id", pg.UUID(as_uuid=True), primary_key=True),
    sa.Column("day", sa.Integer, primary_key=True),
    sa.Column("division", sa.Text, nullable=False),
    sa.Column("due_on", sa.Date, nullable=False),
    sa.Column("held_on", sa.Date, nullable=False),
    sa.Column("met", sa.Boolean, nullable=False),
    sa.Column("recorded_by", sa.Text, nullable=False),
    sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
)

# An approval of what stood there in ``version``; a later version needs its own.
approval = sa.Table(
    "follow_up_approval",
    follow_up_metadata,
    sa.Column("outcome_id", pg.UUID(as_uuid=True), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("step", sa.Text, primary_key=True),
    sa.Column("division", sa.Text, nullable=False),
    sa.Column("person_id", sa.Text, nullable=False),
    sa.Column("approved_at", sa.DateTime(timezone=True), nullable=False),
)

# What a level asks for; a case keeps the version under which its evidence was given.
criterion = sa.Table(
    "promotion_criterion",
    follow_up_metadata,
    sa.Column("division", sa.Text, primary_key=True),
    sa.Column("level", sa.Text, primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("criterion", sa.Text, primary_key=True),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("set_by", sa.Text, nullable=False),
    sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
)
