"""The tables of the goals service."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

metadata = sa.MetaData()

_instant = sa.DateTime(timezone=True)

cycles = sa.Table(
    "cycles",
    metadata,
    sa.Column("cycle_id", sa.Uuid, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("period_start", sa.Date, nullable=False),
    sa.Column("period_end", sa.Date, nullable=False),
    sa.Column("divisions", pg.ARRAY(sa.Text), nullable=False),
    sa.Column("closed_at", _instant),
)

cycle_phases = sa.Table(
    "cycle_phases",
    metadata,
    sa.Column("cycle_id", sa.Uuid, primary_key=True),
    sa.Column("phase", sa.Text, primary_key=True),
    sa.Column("opened_at", _instant),
    sa.Column("closed_at", _instant),
)

# Locked goals are visible to the organization, so these two are not held to divisions; drafts are held to
# their readers by the access policy.
objectives = sa.Table(
    "objectives",
    metadata,
    sa.Column("objective_id", sa.Uuid, primary_key=True),
    sa.Column("cycle_id", sa.Uuid, sa.ForeignKey(cycles.c.cycle_id), nullable=False),
    sa.Column("division", sa.Text, nullable=False),
    sa.Column("owner_id", sa.Text, nullable=False),
    sa.Column("agrees_with_id", sa.Text),
    sa.Column("level", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("growth", sa.Boolean, nullable=False),
    sa.Column("parent_key_result_id", sa.Uuid),
    sa.Column("parent_objective_id", sa.Uuid),
    sa.Column("weight_percent", sa.Numeric),
    sa.Column("stage", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("locked_on", sa.Date),
    sa.Column("graded_on", sa.Date),
    sa.Index("objectives_cycle", "cycle_id", "objective_id"),
    sa.Index("objectives_owner", "owner_id", "cycle_id"),
)

# A replaced key result stays, names its successor, and no longer counts.
key_results = sa.Table(
    "key_results",
    metadata,
    sa.Column("key_result_id", sa.Uuid, primary_key=True),
    sa.Column("objective_id", sa.Uuid, sa.ForeignKey(objectives.c.objective_id), nullable=False),
    sa.Column("cycle_id", sa.Uuid, nullable=False),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("metric", sa.Text, nullable=False),
    sa.Column("unit", sa.Text, nullable=False),
    sa.Column("direction", sa.Text),
    sa.Column("baseline", sa.Numeric),
    sa.Column("baseline_on", sa.Date),
    sa.Column("baseline_source", sa.Text, nullable=False),
    sa.Column("target", sa.Numeric),
    sa.Column("strict", sa.Boolean, nullable=False),
    sa.Column("due_on", sa.Date),
    sa.Column("continuous", sa.Boolean, nullable=False),
    sa.Column("artefact", sa.Text, nullable=False),
    sa.Column("metric_record", pg.JSONB, nullable=False),
    sa.Column("replaces_id", sa.Uuid),
    sa.Column("replaced_by_id", sa.Uuid),
    sa.Column("adjusted_on", sa.Date),
    sa.Index("key_results_objective", "objective_id"),
    sa.Index("key_results_cycle", "cycle_id"),
)

# What happened to an objective, one row a version; it names no text.
objective_changes = sa.Table(
    "objective_changes",
    metadata,
    sa.Column("objective_id", sa.Uuid, primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("what", sa.Text, nullable=False),
    sa.Column("changed_by", sa.Text, nullable=False),
    sa.Column("changed_at", _instant, nullable=False),
)

talks = sa.Table(
    "talks",
    metadata,
    sa.Column("talk_id", sa.Uuid, primary_key=True),
    sa.Column("cycle_id", sa.Uuid, nullable=False),
    sa.Column("person_id", sa.Text, nullable=False),
    sa.Column("division", sa.Text, nullable=False),
    sa.Column("going_well", sa.Text, nullable=False),
    sa.Column("blocking", sa.Text, nullable=False),
    sa.Column("to_adjust", sa.Text, nullable=False),
    sa.Column("support_needed", sa.Text, nullable=False),
    sa.Column("manager_actions", pg.JSONB, nullable=False),
    sa.Column("employee_actions", pg.JSONB, nullable=False),
    sa.Column("recorded_by", sa.Text, nullable=False),
    sa.Column("recorded_at", _instant, nullable=False),
    sa.Index("talks_person", "person_id", "cycle_id"),
)

check_ins = sa.Table(
    "check_ins",
    metadata,
    sa.Column("check_in_id", sa.Uuid, primary_key=True),
    sa.Column("talk_id", sa.Uuid, sa.ForeignKey(talks.c.talk_id), nullable=False),
    sa.Column("key_result_id", sa.Uuid, sa.ForeignKey(key_results.c.key_result_id), nullable=False),
    sa.Column("objective_id", sa.Uuid, nullable=False),
    sa.Column("cycle_id", sa.Uuid, nullable=False),
    sa.Column("division", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("confidence", sa.Text, nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("intervention_plan", sa.Text, nullable=False),
    sa.Column("recorded_at", _instant, nullable=False),
    sa.Index("check_ins_key_result", "key_result_id", "recorded_at"),
)

# ``before`` and ``replacement`` are whole key results; the history of an objective is read from here.
adjustments = sa.Table(
    "adjustments",
    metadata,
    sa.Column("adjustment_id", sa.Uuid, primary_key=True),
    sa.Column("objective_id", sa.Uuid, sa.ForeignKey(objectives.c.objective_id), nullable=False),
    sa.Column("key_result_id", sa.Uuid, nullable=False),
    sa.Column("cycle_id", sa.Uuid, nullable=False),
    sa.Column("division", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("rationale", sa.Text, nullable=False),
    sa.Column("has_skip_level", sa.Boolean, nullable=False),
    sa.Column("before", pg.JSONB, nullable=False),
    sa.Column("replacement", pg.JSONB, nullable=False),
    sa.Column("approvals", pg.JSONB, nullable=False),
    sa.Column("proposed_by", sa.Text, nullable=False),
    sa.Column("proposed_at", _instant, nullable=False),
    sa.Column("applied_at", _instant),
    sa.Index("adjustments_open", "objective_id", unique=True, postgresql_where=sa.text("applied_at IS NULL")),
)

results = sa.Table(
    "results",
    metadata,
    sa.Column("key_result_id", sa.Uuid, sa.ForeignKey(key_results.c.key_result_id), primary_key=True),
    sa.Column("objective_id", sa.Uuid, nullable=False),
    sa.Column("cycle_id", sa.Uuid, nullable=False),
    sa.Column("division", sa.Text, nullable=False),
    sa.Column("actual", sa.Numeric, nullable=False),
    sa.Column("done_on", sa.Date),
    sa.Column("own", sa.Text),
    sa.Column("recorded_by", sa.Text, nullable=False),
    sa.Column("recorded_at", _instant, nullable=False),
    sa.Index("results_objective", "objective_id"),
)

# Scores are exact quotients ("11/9"), because a decimal would move a grade's boundary.
grades = sa.Table(
    "grades",
    metadata,
    sa.Column("key_result_id", sa.Uuid, sa.ForeignKey(key_results.c.key_result_id), primary_key=True),
    sa.Column("objective_id", sa.Uuid, nullable=False),
    sa.Column("cycle_id", sa.Uuid, nullable=False),
    sa.Column("owner_id", sa.Text, nullable=False),
    sa.Column("division", sa.Text, nullable=False),
    sa.Column("attainment", sa.Text, nullable=False),
    sa.Column("weeks_late", sa.Integer, nullable=False),
    sa.Column("score", sa.Text, nullable=False),
    sa.Column("suggested", sa.Text, nullable=False),
    sa.Column("own", sa.Text, nullable=False),
    sa.Column("graded_on", sa.Date, nullable=False),
    sa.Column("rule_version", sa.Text, nullable=False),
    sa.Index("grades_objective", "objective_id"),
    sa.Index("grades_owner", "cycle_id", "owner_id"),
)

# What is not visible to the organization; the api's role sees it by division only.
DIVISION_SECURED = (talks, check_ins, adjustments, results, grades)
