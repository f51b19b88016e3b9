"""The tables of the calibration service: what arrived, the sessions with their cases, and what was decided."""

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.dialects import postgresql as pg

from plumbline.runtime.security import enable_division_security

metadata = sa.MetaData()
UUID = pg.UUID(as_uuid=True)
TIME = sa.DateTime(timezone=True)

cycle = sa.Table(
    "cycle",
    metadata,
    sa.Column("cycle_id", UUID, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("period_start", sa.Date, nullable=False),
    sa.Column("period_end", sa.Date, nullable=False),
    sa.Column("released_on", sa.Date),
)

cycle_policy = sa.Table(
    "cycle_policy",
    metadata,
    sa.Column("cycle_id", UUID, primary_key=True),
    sa.Column("division", sa.Text, primary_key=True),
    sa.Column("policy_id", sa.Text, nullable=False),
    sa.Column("digest", sa.Text, nullable=False),
)

policy = sa.Table(
    "policy",
    metadata,
    sa.Column("policy_id", sa.Text, primary_key=True),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("document", sa.Text, nullable=False),
)

# A session's row exists from the first thing heard of it, because proposals may come before their cycle.
session = sa.Table(
    "session",
    metadata,
    sa.Column("session_id", UUID, primary_key=True),
    sa.Column("cycle_id", UUID, nullable=False, index=True),
    sa.Column("division", sa.Text),
    sa.Column("department", sa.Text),
    sa.Column("facilitator_id", sa.Text),
    sa.Column("state", sa.Text, nullable=False, server_default="awaiting_inputs"),
    sa.Column("people", sa.Integer),
    sa.Column("digest", sa.Text),
    sa.Column("version", sa.Integer, nullable=False, server_default="0"),
    sa.Column("revision", sa.Integer, nullable=False, server_default="0"),
    sa.Column("opened_at", TIME),
    sa.Column("finalized_at", TIME),
    sa.Column("finalized_by", sa.Text),
)

rated_case = sa.Table(
    "rated_case",
    metadata,
    sa.Column("session_id", UUID, primary_key=True),
    sa.Column("person_id", sa.Text, primary_key=True),
    sa.Column("cycle_id", UUID, nullable=False),
    sa.Column("division", sa.Text, nullable=False),
    sa.Column("manager_id", sa.Text, nullable=False),
    sa.Column("proposed", sa.SmallInteger, nullable=False),
    sa.Column("rating", sa.SmallInteger, nullable=False),
    sa.Column("state", sa.Text, nullable=False, server_default="open"),
    sa.Column("settled_by", sa.Text),
    sa.Column("final", sa.SmallInteger),
    sa.Column("revision", sa.Integer, nullable=False, server_default="0"),
    sa.Index("rated_case_cycle", "cycle_id", "person_id"),
    sa.Index("rated_case_person", "person_id"),
    sa.Index("rated_case_manager", "session_id", "manager_id"),
)

adjustment = sa.Table(
    "adjustment",
    metadata,
    sa.Column("adjustment_id", UUID, primary_key=True),
    sa.Column("place", sa.BigInteger, sa.Identity(always=True), nullable=False),
    sa.Column("session_id", UUID, nullable=False),
    sa.Column("division", sa.Text, nullable=False),
    sa.Column("person_id", sa.Text, nullable=False),
    sa.Column("rating_from", sa.SmallInteger, nullable=False),
    sa.Column("rating_to", sa.SmallInteger, nullable=False),
    sa.Column("rationale", sa.Text, nullable=False),
    sa.Column("evidence", sa.Text, nullable=False),
    sa.Column("own_report", sa.Boolean, nullable=False),
    sa.Column("proposed_by", sa.Text, nullable=False),
    sa.Column("proposed_at", TIME, nullable=False),
    sa.Column("supported_by", sa.Text),
    sa.Column("state", sa.Text, nullable=False),
    sa.Index("adjustment_session", "session_id", "person_id"),
)

# What happened in a session, one row a version; ``people`` are those whose rating it was about.
session_change = sa.Table(
    "session_change",
    metadata,
    sa.Column("session_id", UUID, primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("division", sa.Text, nullable=False),
    sa.Column("what", sa.Text, nullable=False),
    sa.Column("people", pg.ARRAY(sa.Text), nullable=False),
    sa.Column("changed_by", sa.Text, nullable=False),
    sa.Column("changed_at", TIME, nullable=False),
)

context = sa.Table(
    "context",
    metadata,
    sa.Column("session_id", UUID, primary_key=True),
    sa.Column("person_id", sa.Text, primary_key=True),
    sa.Column("division", sa.Text, nullable=False),
    sa.Column("difficulty", sa.Text, nullable=False),
    sa.Column("team_maturity", sa.Text, nullable=False),
    sa.Column("conditions", sa.Text, nullable=False),
    sa.Column("recorded_by", sa.Text, nullable=False),
    sa.Column("recorded_at", TIME, nullable=False),
)

justification = sa.Table(
    "justification",
    metadata,
    sa.Column("session_id", UUID, primary_key=True),
    sa.Column("check_name", sa.Text, primary_key=True),
    sa.Column("subject", sa.Text, primary_key=True),
    sa.Column("justified_by", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("at", TIME, nullable=False),
)

check_result = sa.Table(
    "check_result",
    metadata,
    sa.Column("session_id", UUID, primary_key=True),
    sa.Column("check_name", sa.Text, primary_key=True),
    sa.Column("subject", sa.Text, primary_key=True),
    sa.Column("division", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("method_version", sa.Text, nullable=False),
    sa.Column("policy_version", sa.Text, nullable=False),
    sa.Column("policy_digest", sa.Text),
    sa.Column("justified_by", sa.Text),
    sa.Column("answer", sa.Text, nullable=False),
)

demographics = sa.Table(
    "demographics",
    metadata,
    sa.Column("person_id", sa.Text, primary_key=True),
    sa.Column("gender", sa.Text),
)

evidence = sa.Table(
    "evidence",
    metadata,
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("person_id", sa.Text, nullable=False),
    sa.Column("occurred_on", sa.Date, nullable=False),
    sa.Index("evidence_person", "person_id", "occurred_on"),
)

attainment = sa.Table(
    "attainment",
    metadata,
    sa.Column("objective_id", UUID, primary_key=True),
    sa.Column("cycle_id", UUID, nullable=False),
    sa.Column("person_id", sa.Text, nullable=False),
    sa.Column("score", sa.Numeric, nullable=False),
    sa.Index("attainment_person", "cycle_id", "person_id"),
)

# Without its texts, so that a panel member of another division can be found by it.
appeal = sa.Table(
    "appeal",
    metadata,
    sa.Column("appeal_id", UUID, primary_key=True),
    sa.Column("cycle_id", UUID, nullable=False),
    sa.Column("session_id", UUID, nullable=False),
    sa.Column("person_id", sa.Text, nullable=False),
    sa.Column("division", sa.Text, nullable=False),
    sa.Column("opened_by", sa.Text, nullable=False),
    sa.Column("opened_at", TIME, nullable=False),
    sa.Column("rule_by", sa.Date, nullable=False),
    sa.Column("state", sa.Text, nullable=False, server_default="open"),
    sa.Column("panel", pg.ARRAY(sa.Text), nullable=False, server_default="{}"),
    sa.Column("ruled_by", sa.Text),
    sa.Column("ruled_at", TIME),
    sa.UniqueConstraint("cycle_id", "person_id"),
)

appeal_text = sa.Table(
    "appeal_text",
    metadata,
    sa.Column("appeal_id", UUID, primary_key=True),
    sa.Column("division", sa.Text, nullable=False),
    sa.Column("grounds", sa.Text, nullable=False),
    sa.Column("rationale", sa.Text),
)

# A session's own row, its state and its facilitator are no secret of the division; people's ratings are.
DIVISION_SECURED = (rated_case, adjustment, session_change, context, check_result, appeal_text)


def _secure(table: sa.Table, connection: sa.Connection, **_: object) -> None:
    for statement in enable_division_security(table.name, service="calibration"):
        connection.exec_driver_sql(statement)


for _table in DIVISION_SECURED:
    event.listen(_table, "after_create", _secure)
