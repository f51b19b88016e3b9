"""The tables of the outcomes service: what arrived, what was frozen, what was decided."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

metadata = sa.MetaData()
MONEY = sa.BigInteger  # minor units of the row's currency

# ``problem``, here and below: why nothing can be computed with the row, None when it can; who needs it waits.
# By digest too: of two that bear one id, a cycle froze the one with its digest.
policy = sa.Table(
    "policy",
    metadata,
    sa.Column("policy_id", sa.Text, primary_key=True),
    sa.Column("digest", sa.Text, primary_key=True),
    sa.Column("division", sa.Text, nullable=False),
    sa.Column("document", sa.Text, nullable=False),
    sa.Column("problem", sa.Text),
)

cycle = sa.Table(
    "cycle",
    metadata,
    sa.Column("cycle_id", pg.UUID(as_uuid=True), primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("period_start", sa.Date, nullable=False),
    sa.Column("period_end", sa.Date, nullable=False),
    sa.Column("merit", sa.Boolean, nullable=False),
    sa.Column("released_on", sa.Date),
    sa.Column("problem", sa.Text),
)

cycle_policy = sa.Table(
    "cycle_policy",
    metadata,
    sa.Column("cycle_id", pg.UUID(as_uuid=True), primary_key=True),
    sa.Column("division", sa.Text, primary_key=True),
    sa.Column("policy_id", sa.Text, nullable=False),
    sa.Column("digest", sa.Text, nullable=False),
)

session = sa.Table(
    "session",
    metadata,
    sa.Column("session_id", pg.UUID(as_uuid=True), primary_key=True),
    sa.Column("cycle_id", pg.UUID(as_uuid=True), nullable=False, index=True),
    sa.Column("division", sa.Text, nullable=False),
    sa.Column("department", sa.Text, nullable=False),
    sa.Column("finalized_on", sa.Date),
    sa.Column("excluded_by", sa.Text),
    sa.Column("excluded_reason", sa.Text),
)

# ``revisions``: whose award took part at a later revision than the first when the pool was computed, as JSON.
pool = sa.Table(
    "pool",
    metadata,
    sa.Column("pool_id", pg.UUID(as_uuid=True), primary_key=True),
    sa.Column("cycle_id", pg.UUID(as_uuid=True), nullable=False, index=True),
    sa.Column("division", sa.Text, nullable=False),
    sa.Column("currency", sa.Text, nullable=False),
    sa.Column("budget_amount", sa.Numeric),
    sa.Column("budget_percent", sa.Numeric),
    sa.Column("reserve", sa.Numeric),
    sa.Column("state", sa.Text, nullable=False, server_default="open"),
    sa.Column("people", sa.Integer),
    sa.Column("budget", MONEY),
    sa.Column("guideline", MONEY),
    sa.Column("floor", MONEY),
    sa.Column("award", MONEY),
    sa.Column("shortfall", MONEY),
    sa.Column("factor", sa.Text),
    sa.Column("revisions", sa.Text, nullable=False, server_default="{}"),
    sa.Column("problem", sa.Text),
    sa.UniqueConstraint("cycle_id", "division", "currency"),
)

# ``salary`` (annual, full-time) and ``fte`` (a ratio) stand there unless the row has a problem.
pay = sa.Table(
    "pay",
    metadata,
    sa.Column("person_id", sa.Text, primary_key=True),
    sa.Column("salary", MONEY),
    sa.Column("currency", sa.Text, nullable=False),
    sa.Column("fte", sa.Text),
    sa.Column("problem", sa.Text),
)

leave = sa.Table(
    "leave",
    metadata,
    sa.Column("person_id", sa.Text, primary_key=True),
    sa.Column("spans", sa.Text, nullable=False),
)

recommendation = sa.Table(
    "recommendation",
    metadata,
    sa.Column("cycle_id", pg.UUID(as_uuid=True), primary_key=True),
    sa.Column("person_id", sa.Text, primary_key=True),
    sa.Column("promotion", sa.Boolean, nullable=False),
    sa.Column("target_level", sa.Text),
)

concern = sa.Table(
    "concern",
    metadata,
    sa.Column("concern_id", pg.UUID(as_uuid=True), primary_key=True),
    sa.Column("cycle_id", pg.UUID(as_uuid=True), nullable=False),
    sa.Column("person_id", sa.Text, nullable=False, index=True),
    sa.Column("gap", sa.Text, nullable=False),
    sa.Column("occurred_on", sa.Date, nullable=False),
    sa.Column("recorded_on", sa.Date, nullable=False),
    sa.Column("delivered_on", sa.Date),
    sa.Column("acknowledged_on", sa.Date),
    sa.Column("refusal_witnessed_on", sa.Date),
    sa.Column("resource_offered_on", sa.Date),
)

attestation = sa.Table(
    "attestation",
    metadata,
    sa.Column("cycle_id", pg.UUID(as_uuid=True), primary_key=True),
    sa.Column("person_id", sa.Text, primary_key=True),
    sa.Column("attestation_id", pg.UUID(as_uuid=True), nullable=False),
    sa.Column("attested_by", sa.Text, nullable=False),
    sa.Column("attested_at", sa.DateTime(timezone=True), nullable=False),
)

# ``released``: all chunks of the session's revision are here and their digest is right.
chunk = sa.Table(
    "rating_chunk",
    metadata,
    sa.Column("session_id", pg.UUID(as_uuid=True), primary_key=True),
    sa.Column("revision", sa.Integer, primary_key=True),
    sa.Column("chunk", sa.Integer, primary_key=True),
    sa.Column("chunks", sa.Integer, nullable=False),
    sa.Column("people", sa.Integer, nullable=False),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("finalized_on", sa.Date, nullable=False),
    sa.Column("finalized_at", sa.DateTime(timezone=True)),
    # The trace of the request that finalized it, which what is decided later goes on with.
    sa.Column("traceparent", sa.Text),
    sa.Column("released", sa.Boolean, nullable=False, server_default=sa.false()),
)


def _rating_columns() -> list[sa.Column[Any]]:
    return [
        sa.Column("cycle_id", pg.UUID(as_uuid=True), nullable=False),
        sa.Column("person_id", sa.Text, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("session_id", pg.UUID(as_uuid=True), nullable=False),
        sa.Column("session_revision", sa.Integer, nullable=False),
        sa.Column("division", sa.Text, nullable=False),
        sa.Column("rating", sa.SmallInteger, nullable=False),
        sa.Column("finalized_on", sa.Date, nullable=False),
    ]


# Ratings that arrived and wait for the rest of their session's chunks or for inputs. What is decided moves on to
# ``rating``: taking a row out costs no index anything, and nobody looks for the waiting among all who ever waited.
waiting_rating = sa.Table(
    "waiting_rating",
    metadata,
    *_rating_columns(),
    sa.PrimaryKeyConstraint("cycle_id", "person_id", "revision"),
)

# Decided ratings; they never change.
rating = sa.Table(
    "rating", metadata, *_rating_columns(), sa.PrimaryKeyConstraint("person_id", "cycle_id", "revision")
)

# ``inputs`` is what the outcome was computed from, frozen; ``result`` what came of it. Never edited: a later
# revision makes new rows and marks these as superseded.
outcome = sa.Table(
    "outcome",
    metadata,
    sa.Column("outcome_id", pg.UUID(as_uuid=True), primary_key=True),
    sa.Column("cycle_id", pg.UUID(as_uuid=True), nullable=False),
    sa.Column("session_id", pg.UUID(as_uuid=True), nullable=False),
    sa.Column("person_id", sa.Text, nullable=False),
    sa.Column("division", sa.Text, nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("rating", sa.SmallInteger, nullable=False),
    sa.Column("component", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("policy_id", sa.Text, nullable=False),
    sa.Column("policy_digest", sa.Text, nullable=False),
    sa.Column("inputs", sa.Text, nullable=False),
    sa.Column("result", sa.Text, nullable=False),
    sa.Column("superseded", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Index("outcome_person", "cycle_id", "person_id"),
)

# A merit award and its frozen inputs; amounts are in minor units, provisional until the pool is awarded.
# ``salary``, ``fte`` (a ratio) and ``maximum`` (of the range) repeat what the pool needs of the inputs.
award = sa.Table(
    "award",
    metadata,
    sa.Column("outcome_id", pg.UUID(as_uuid=True), primary_key=True),
    sa.Column("cycle_id", pg.UUID(as_uuid=True), nullable=False),
    sa.Column("pool_id", pg.UUID(as_uuid=True), nullable=False),
    sa.Column("person_id", sa.Text, nullable=False),
    sa.Column("division", sa.Text, nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("currency", sa.Text, nullable=False),
    sa.Column("inputs", sa.Text, nullable=False),
    sa.Column("refusal", sa.Text),
    sa.Column("salary", MONEY, nullable=False),
    sa.Column("fte", sa.Text, nullable=False),
    sa.Column("maximum", MONEY),
    sa.Column("guideline", MONEY, nullable=False),
    sa.Column("floor", MONEY, nullable=False),
    sa.Column("state", sa.Text, nullable=False, server_default="provisional"),
    sa.Column("award", MONEY),
    sa.Column("base_increase", MONEY),
    sa.Column("lump_sum", MONEY),
    sa.Column("new_salary", MONEY),
    sa.Index("award_person", "cycle_id", "person_id"),
    sa.Index("award_corrected", "pool_id", postgresql_where=sa.text("revision > 1")),
)

# What of an awarded pool is still to be announced: its people from ``first`` to ``last``, by id.
pool_part = sa.Table(
    "pool_part",
    metadata,
    sa.Column("pool_id", pg.UUID(as_uuid=True), primary_key=True),
    sa.Column("first", sa.Text, primary_key=True),
    sa.Column("last", sa.Text, nullable=False),
    sa.Column("people", sa.Integer, nullable=False),
    sa.Column("cycle_id", pg.UUID(as_uuid=True), nullable=False),
)

signature = sa.Table(
    "signature",
    metadata,
    sa.Column("outcome_id", pg.UUID(as_uuid=True), primary_key=True),
    sa.Column("revision", sa.Integer, primary_key=True),
    sa.Column("step", sa.Text, primary_key=True),
    sa.Column("person_id", sa.Text, nullable=False),
    sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
)

# What a manager makes of an assignment that a rating offers; apart from the outcome, which is never edited.
assignment_text = sa.Table(
    "assignment_text",
    metadata,
    sa.Column("outcome_id", pg.UUID(as_uuid=True), primary_key=True),
    sa.Column("division", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("written_by", sa.Text, nullable=False),
    sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
)
