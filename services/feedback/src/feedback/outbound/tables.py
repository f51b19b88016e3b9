"""The tables of the feedback service; none holds an author beside an anonymous answer."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

metadata = sa.MetaData()
ID = pg.UUID(as_uuid=True)

cycle = sa.Table(
    "cycle",
    metadata,
    sa.Column("cycle_id", ID, primary_key=True),
    sa.Column("divisions", pg.ARRAY(sa.Text), nullable=False, server_default="{}"),
    sa.Column("opened", sa.Boolean, nullable=False, server_default="false"),
    sa.Column("review_closed", sa.Boolean, nullable=False, server_default="false"),
    sa.Column("closed", sa.Boolean, nullable=False, server_default="false"),
)

# One round a person and cycle: nominated → open → published. The thresholds are written when it opens.
feedback_round = sa.Table(
    "feedback_round",
    metadata,
    sa.Column("round_id", ID, primary_key=True),
    sa.Column("cycle_id", ID, nullable=False),
    sa.Column("person_id", sa.Text, nullable=False),
    sa.Column("division", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("approved_by", sa.Text),
    sa.Column("reciprocal", sa.Boolean, nullable=False, server_default="false"),
    sa.Column("overridden_because", sa.Text),
    sa.Column("scores_from", sa.Integer),
    sa.Column("verbatims_from", sa.Integer),
    sa.Column("distribution_from", sa.Integer),
    sa.Column("responses", sa.Integer),
    sa.Column("published_on", sa.Date),
    sa.UniqueConstraint("cycle_id", "person_id"),
    sa.Index("feedback_round_person", "person_id"),
)

# Who was asked, never who answered.
rater = sa.Table(
    "rater",
    metadata,
    sa.Column("round_id", ID, primary_key=True),
    sa.Column("rater_id", sa.Text, primary_key=True),
    sa.Column("nominated", sa.Boolean, nullable=False),
    sa.Column("approved", sa.Boolean, nullable=False),
    sa.Column("added_because", sa.Text),
    sa.Index("rater_rater", "rater_id"),
)

# Answers of open rounds, deleted when the round is published. No time and no person: ``respondent`` is a
# pseudonym under the server's secret (a manager's id in clear, because managers answer by name).
answer = sa.Table(
    "answer",
    metadata,
    sa.Column("round_id", ID, primary_key=True),
    sa.Column("respondent", sa.Text, primary_key=True),
    sa.Column("division", sa.Text, nullable=False),
    sa.Column("relationship", sa.Text, nullable=False),
    sa.Column("does_well", sa.Text, nullable=False),
    sa.Column("to_improve", sa.Text, nullable=False),
    sa.Column("work_again", sa.Text, nullable=False),
    sa.Column("score", sa.Integer),
)

round_result = sa.Table(
    "round_result",
    metadata,
    sa.Column("round_id", ID, primary_key=True),
    sa.Column("division", sa.Text, nullable=False),
    sa.Column("result", sa.Text, nullable=False),
)

# What was published about a person, as sets of pseudonyms, so that a later round is not set against it.
published_sums = sa.Table(
    "published_sums",
    metadata,
    sa.Column("person_id", sa.Text, primary_key=True),
    sa.Column("sums", sa.Text, nullable=False),
)

note = sa.Table(
    "note",
    metadata,
    sa.Column("feedback_id", ID, primary_key=True),
    sa.Column("person_id", sa.Text, nullable=False, index=True),
    sa.Column("author_id", sa.Text, nullable=False, index=True),
    sa.Column("division", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("occurred_on", sa.Date, nullable=False),
    sa.Column("given_on", sa.Date, nullable=False),
)

concern = sa.Table(
    "concern",
    metadata,
    sa.Column("concern_id", ID, primary_key=True),
    sa.Column("cycle_id", ID, nullable=False, index=True),
    sa.Column("person_id", sa.Text, nullable=False),
    sa.Column("division", sa.Text, nullable=False),
    sa.Column("author_id", sa.Text, nullable=False),
    sa.Column("gap", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("occurred_on", sa.Date, nullable=False),
    sa.Column("recorded_on", sa.Date, nullable=False),
    sa.Column("delivered_on", sa.Date),
    sa.Column("acknowledged_on", sa.Date),
    sa.Column("refusal_witnessed_on", sa.Date),
    sa.Column("refusal_witnessed_by", sa.Text),
    sa.Column("resource_offered_on", sa.Date),
    sa.Column("resource", sa.Text),
)

survey = sa.Table(
    "survey",
    metadata,
    sa.Column("survey_id", ID, primary_key=True),
    sa.Column("cycle_id", ID, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("invited", sa.Integer),
    sa.Column("responses", sa.Integer),
    sa.Column("band_low", sa.Numeric),
    sa.Column("band_high", sa.Numeric),
    sa.Column("target_met", sa.Boolean),
    sa.Column("closed_on", sa.Date),
    sa.UniqueConstraint("cycle_id", "subject"),
)

# Who answered, and apart from it how often each score was given: there is no row an answer, so nothing of
# order, time or place joins the two. Both are deleted when the survey closes.
survey_participant = sa.Table(
    "survey_participant",
    metadata,
    sa.Column("survey_id", ID, primary_key=True),
    sa.Column("person_id", sa.Text, primary_key=True),
)
survey_tally = sa.Table(
    "survey_tally",
    metadata,
    sa.Column("survey_id", ID, primary_key=True),
    sa.Column("score", sa.Integer, primary_key=True),
    sa.Column("answers", sa.Integer, nullable=False),
)
