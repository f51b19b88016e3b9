"""The tables of the reviews service."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

metadata = sa.MetaData()

_instant = sa.DateTime(timezone=True)

policies = sa.Table(
    "policies",
    metadata,
    sa.Column("division", sa.Text, primary_key=True),
    sa.Column("version", sa.Text, primary_key=True),
    sa.Column("effective_from", sa.Date, nullable=False),
    sa.Column("document", pg.JSONB, nullable=False),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("published_by", sa.Text, nullable=False),
    sa.Column("published_at", _instant, nullable=False),
)

cycles = sa.Table(
    "cycles",
    metadata,
    sa.Column("cycle_id", sa.Uuid, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("period_start", sa.Date, nullable=False),
    sa.Column("period_end", sa.Date, nullable=False),
    sa.Column("merit", sa.Boolean, nullable=False),
    sa.Column("template_version", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("drafted_by", sa.Text, nullable=False),
    sa.Column("drafted_at", _instant, nullable=False),
    sa.Column("approved_by", sa.Text),
    sa.Column("approved_at", _instant),
    sa.Column("released_by", sa.Text),
    sa.Column("released_at", _instant),
    sa.Column("closed_at", _instant),
)

# What happened to a cycle, one row a version.
cycle_changes = sa.Table(
    "cycle_changes",
    metadata,
    sa.Column("cycle_id", sa.Uuid, sa.ForeignKey(cycles.c.cycle_id), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("what", sa.Text, nullable=False),
    sa.Column("changed_by", sa.Text, nullable=False),
    sa.Column("changed_at", _instant, nullable=False),
)

cycle_divisions = sa.Table(
    "cycle_divisions",
    metadata,
    sa.Column("cycle_id", sa.Uuid, sa.ForeignKey(cycles.c.cycle_id), primary_key=True),
    sa.Column("division", sa.Text, primary_key=True),
    sa.Column("time_zone", sa.Text, nullable=False),
)

phases = sa.Table(
    "phases",
    metadata,
    sa.Column("cycle_id", sa.Uuid, sa.ForeignKey(cycles.c.cycle_id), primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("opens_on", sa.Date, nullable=False),
    sa.Column("deadline_on", sa.Date, nullable=False),
    sa.Column("opened_at", _instant),
    sa.Column("closed_at", _instant),
)

pools = sa.Table(
    "pools",
    metadata,
    sa.Column("pool_id", sa.Uuid, primary_key=True),
    sa.Column("cycle_id", sa.Uuid, sa.ForeignKey(cycles.c.cycle_id), nullable=False),
    sa.Column("division", sa.Text, nullable=False),
    sa.Column("currency", sa.Text, nullable=False),
    sa.Column("budget_amount", sa.Numeric),
    sa.Column("budget_percent", sa.Numeric),
    sa.Column("reserve", sa.Numeric),
    sa.UniqueConstraint("cycle_id", "division", "currency"),
)

# Each budget that a pool got after its cycle opened; the newest one stands in ``pools``.
budget_changes = sa.Table(
    "budget_changes",
    metadata,
    sa.Column("number", sa.BigInteger, sa.Identity(), primary_key=True),
    sa.Column("pool_id", sa.Uuid, sa.ForeignKey(pools.c.pool_id), nullable=False),
    sa.Column("cycle_id", sa.Uuid, sa.ForeignKey(cycles.c.cycle_id), nullable=False),
    sa.Column("division", sa.Text, nullable=False),
    sa.Column("currency", sa.Text, nullable=False),
    sa.Column("budget_amount", sa.Numeric),
    sa.Column("budget_percent", sa.Numeric),
    sa.Column("reserve", sa.Numeric),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("changed_by", sa.Text, nullable=False),
    sa.Column("changed_at", _instant, nullable=False),
)

frozen_policies = sa.Table(
    "frozen_policies",
    metadata,
    sa.Column("cycle_id", sa.Uuid, sa.ForeignKey(cycles.c.cycle_id), primary_key=True),
    sa.Column("division", sa.Text, primary_key=True),
    sa.Column("version", sa.Text, nullable=False),
    sa.Column("effective_from", sa.Date, nullable=False),
    sa.Column("digest", sa.Text, nullable=False),
    sa.ForeignKeyConstraint(["division", "version"], [policies.c.division, policies.c.version]),
)

# The row that the last two managers of a department contend for; see usecases/complete_departments.py.
planned_sessions = sa.Table(
    "planned_sessions",
    metadata,
    sa.Column("session_id", sa.Uuid, primary_key=True),
    sa.Column("cycle_id", sa.Uuid, sa.ForeignKey(cycles.c.cycle_id), nullable=False),
    sa.Column("division", sa.Text, nullable=False),
    sa.Column("department", sa.Text, nullable=False),
    sa.Column("facilitator_id", sa.Text, nullable=False),
    sa.Column("completed_at", _instant),
    sa.Column("people", sa.Integer),
    sa.Column("digest", sa.Text),
    sa.Column("finalized_revision", sa.Integer),
    sa.Column("finalized_on", sa.Date),
    sa.Column("excluded_reason", sa.Text),
    sa.UniqueConstraint("cycle_id", "division", "department"),
)

# Who takes part, frozen when the cycle opened; it holds nothing of a review, so every division may be read.
participants = sa.Table(
    "participants",
    metadata,
    sa.Column("cycle_id", sa.Uuid, sa.ForeignKey(cycles.c.cycle_id), primary_key=True),
    sa.Column("person_id", sa.Text, primary_key=True),
    sa.Column("review_id", sa.Uuid, nullable=False, unique=True),
    sa.Column("session_id", sa.Uuid, sa.ForeignKey(planned_sessions.c.session_id), nullable=False),
    sa.Column("division", sa.Text, nullable=False),
    sa.Column("manager_id", sa.Text, nullable=False),
    sa.Column("excluded_reason", sa.Text),
    sa.Column("excluded_by", sa.Text),
    sa.Column("excluded_at", _instant),
    sa.Index("participants_session", "session_id"),
    sa.Index("participants_manager", "cycle_id", "manager_id"),
)

extensions = sa.Table(
    "extensions",
    metadata,
    sa.Column("cycle_id", sa.Uuid, primary_key=True),
    sa.Column("person_id", sa.Text, primary_key=True),
    sa.Column("assessment", sa.Text, primary_key=True),
    sa.Column("division", sa.Text, nullable=False),
    sa.Column("deadline_on", sa.Date, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("granted_by", sa.Text, nullable=False),
    sa.Column("granted_at", _instant, nullable=False),
    sa.ForeignKeyConstraint(["cycle_id", "person_id"], [participants.c.cycle_id, participants.c.person_id]),
)

self_assessments = sa.Table(
    "self_assessments",
    metadata,
    sa.Column("cycle_id", sa.Uuid, primary_key=True),
    sa.Column("person_id", sa.Text, primary_key=True),
    sa.Column("division", sa.Text, nullable=False),
    sa.Column("overall", sa.Integer),
    sa.Column("okr_results", pg.JSONB, nullable=False),
    sa.Column("accomplishments", pg.JSONB, nullable=False),
    sa.Column("growth_areas", pg.JSONB, nullable=False),
    sa.Column("aspirations", pg.JSONB, nullable=False),
    sa.Column("saved_at", _instant, nullable=False),
    sa.Column("submitted_at", _instant),
    sa.Column("on_time", sa.Boolean),
    sa.ForeignKeyConstraint(["cycle_id", "person_id"], [participants.c.cycle_id, participants.c.person_id]),
)

manager_assessments = sa.Table(
    "manager_assessments",
    metadata,
    sa.Column("cycle_id", sa.Uuid, primary_key=True),
    sa.Column("person_id", sa.Text, primary_key=True),
    sa.Column("division", sa.Text, nullable=False),
    sa.Column("session_id", sa.Uuid, nullable=False),
    sa.Column("author_id", sa.Text, nullable=False),
    sa.Column("strengths", pg.JSONB, nullable=False),
    sa.Column("development_areas", pg.JSONB, nullable=False),
    sa.Column("proposed_rating", sa.Integer),
    sa.Column("promotion_recommended", sa.Boolean, nullable=False),
    sa.Column("promotion_target_level", sa.Text),
    sa.Column("evidence_links", pg.JSONB, nullable=False),
    sa.Column("discrepancy_evidence", sa.Text, nullable=False),
    sa.Column("complete", sa.Boolean, nullable=False),
    sa.Column("shared_at", _instant),
    sa.Column("saved_at", _instant, nullable=False),
    sa.Column("submitted_at", _instant),
    sa.Column("on_time", sa.Boolean),
    sa.ForeignKeyConstraint(["cycle_id", "person_id"], [participants.c.cycle_id, participants.c.person_id]),
    sa.Index(
        "manager_assessments_submitted", "session_id", postgresql_where=sa.text("submitted_at IS NOT NULL")
    ),
)

acknowledgements = sa.Table(
    "acknowledgements",
    metadata,
    sa.Column("cycle_id", sa.Uuid, primary_key=True),
    sa.Column("person_id", sa.Text, primary_key=True),
    sa.Column("division", sa.Text, nullable=False),
    sa.Column("acknowledged_at", _instant, nullable=False),
    sa.ForeignKeyConstraint(["cycle_id", "person_id"], [participants.c.cycle_id, participants.c.person_id]),
)

# Chunks as they came; a revision counts once all of its chunks are here and their digest agrees.
rating_chunks = sa.Table(
    "rating_chunks",
    metadata,
    sa.Column("session_id", sa.Uuid, primary_key=True),
    sa.Column("revision", sa.Integer, primary_key=True),
    sa.Column("chunk", sa.Integer, primary_key=True),
    sa.Column("cycle_id", sa.Uuid, nullable=False),
    sa.Column("division", sa.Text, nullable=False),
    sa.Column("chunks", sa.Integer, nullable=False),
    sa.Column("people", sa.Integer, nullable=False),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("finalized_on", sa.Date, nullable=False),
    sa.Column("person_ids", pg.ARRAY(sa.Text), nullable=False),
    sa.Column("ratings", pg.ARRAY(sa.Text), nullable=False),
    sa.Column("revisions", pg.ARRAY(sa.Integer), nullable=False),
)

final_ratings = sa.Table(
    "final_ratings",
    metadata,
    sa.Column("cycle_id", sa.Uuid, primary_key=True),
    sa.Column("person_id", sa.Text, primary_key=True),
    sa.Column("division", sa.Text, nullable=False),
    sa.Column("session_id", sa.Uuid, nullable=False),
    sa.Column("rating", sa.Integer, nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("finalized_on", sa.Date, nullable=False),
)

# What goals and feedback announced about a person, as links; it may arrive before the cycle opens.
evidence = sa.Table(
    "evidence",
    metadata,
    sa.Column("cycle_id", sa.Uuid, primary_key=True),
    sa.Column("person_id", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("aggregate", sa.Text, primary_key=True),
    sa.Column("event_id", sa.Text, nullable=False),
    sa.Column("division", sa.Text, nullable=False),
    sa.Column("occurred_on", sa.Date, nullable=False),
    sa.Column("score", sa.Numeric),
    sa.Column("shown", sa.Boolean, nullable=False),
)

# Everything that is about one person's review; the api's role sees it by division only.
DIVISION_SECURED = (
    extensions,
    self_assessments,
    manager_assessments,
    acknowledgements,
    rating_chunks,
    final_ratings,
    evidence,
)
