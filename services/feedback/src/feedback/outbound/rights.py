"""What the api's role may do with each table, and how rows without a division of their own are held to one."""

from collections.abc import Iterator

from plumbline.runtime.rights import ApiRights
from plumbline.runtime.security import enable_row_security, in_allowed_division, let_caller_read

RIGHTS = ApiRights(
    privileges={
        "answer": "SELECT, INSERT, UPDATE, DELETE",
        "concern": "SELECT, INSERT, UPDATE",
        "cycle": "SELECT",
        "feedback_round": "SELECT, INSERT, UPDATE",
        "note": "SELECT, INSERT",
        "published_sums": "SELECT, INSERT, UPDATE",
        "rater": "SELECT, INSERT, UPDATE, DELETE",
        "round_result": "SELECT, INSERT",
        "survey": "SELECT, INSERT, UPDATE",
        "survey_participant": "SELECT, INSERT, DELETE",
        "survey_tally": "SELECT, INSERT, UPDATE, DELETE",
    },
    open={
        "cycle": "the calendar",
        "feedback_round": "a rater from elsewhere finds it; whom a round is about, its state, and no rater",
        "survey": "the organization's result",
        "survey_tally": "how often each score was given, without anybody",
    },
)


def hold_rows() -> Iterator[str]:
    """The statements for the migration: raters and sums by their round's division; a rater sees the own entry."""
    round_of = f"SELECT FROM feedback_round AS r WHERE {in_allowed_division('r.division')} AND"
    yield from enable_row_security(
        "rater", service="feedback", condition=f"EXISTS ({round_of} r.round_id = rater.round_id)"
    )
    yield from let_caller_read("rater", service="feedback", column="rater_id")
    yield from enable_row_security(
        "published_sums",
        service="feedback",
        condition=f"EXISTS ({round_of} r.person_id = published_sums.person_id)",
    )
    yield from enable_row_security(
        "survey_participant",
        service="feedback",
        condition=f"EXISTS (SELECT FROM directory AS d WHERE {in_allowed_division('d.division')} "
        "AND d.person_id = survey_participant.person_id)",
    )
