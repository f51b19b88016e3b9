"""The inbox's tables: watermarks, the waiting room, and what was parked."""

import sqlalchemy as sa

from plumbline.runtime.database import runtime_metadata

watermark = sa.Table(
    "inbox_watermark",
    runtime_metadata,
    sa.Column("consumer", sa.Text, primary_key=True),
    sa.Column("topic", sa.Text, primary_key=True),
    sa.Column("aggregate", sa.Text, primary_key=True),
    sa.Column("last", sa.BigInteger, nullable=False, server_default="0"),
    # How many records of this aggregate wait, and the sequence of the parked one: both spare a query in the common case.
    sa.Column("waiting", sa.Integer, nullable=False, server_default="0"),
    sa.Column("parked", sa.BigInteger),
    postgresql_with={"fillfactor": 70},
)

waiting = sa.Table(
    "inbox_waiting",
    runtime_metadata,
    sa.Column("consumer", sa.Text, primary_key=True),
    sa.Column("topic", sa.Text, primary_key=True),
    sa.Column("aggregate", sa.Text, primary_key=True),
    sa.Column("sequence", sa.BigInteger, primary_key=True),
    sa.Column("partition", sa.Integer, nullable=False),
    sa.Column("offset", sa.BigInteger, nullable=False),
    sa.Column("headers", sa.Text, nullable=False),
    sa.Column("payload", sa.LargeBinary, nullable=False),
    sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
)

parked = sa.Table(
    "inbox_parked",
    runtime_metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("consumer", sa.Text, nullable=False),
    sa.Column("topic", sa.Text, nullable=False),
    # Without an aggregate and a sequence a record blocks nobody.
    sa.Column("aggregate", sa.Text),
    sa.Column("sequence", sa.BigInteger),
    sa.Column("partition", sa.Integer, nullable=False),
    sa.Column("offset", sa.BigInteger, nullable=False),
    sa.Column("headers", sa.Text, nullable=False),
    sa.Column("payload", sa.LargeBinary, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("fingerprint", sa.Text, nullable=False),
    sa.Column("parked_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    # A settled row stays, so that the same record delivered again is known.
    sa.Column("settled_at", sa.DateTime(timezone=True)),
    sa.Column("settled_as", sa.Text),
    sa.UniqueConstraint("consumer", "fingerprint", name="inbox_parked_once"),
    sa.Index("inbox_parked_aggregate", "consumer", "topic", "aggregate"),
)
