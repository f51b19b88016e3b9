"""What the api's role may do with each table, and how rows without a division of their own are held to one."""

from collections.abc import Iterator

from plumbline.runtime.rights import ApiRights
from plumbline.runtime.security import enable_row_security, in_allowed_division

RIGHTS = ApiRights(
    privileges={
        "adjustment": "SELECT, INSERT, UPDATE",
        "appeal": "SELECT, INSERT, UPDATE",
        "appeal_text": "SELECT, INSERT, UPDATE",
        "attainment": "SELECT",
        "check_result": "SELECT, INSERT",
        "context": "SELECT, INSERT, UPDATE",
        "cycle": "SELECT",
        "cycle_policy": "SELECT",
        "demographics": "SELECT",
        "evidence": "SELECT",
        "justification": "SELECT, INSERT, UPDATE",
        "policy": "SELECT",
        "rated_case": "SELECT, UPDATE",
        "session": "SELECT, UPDATE",
        "session_change": "SELECT, INSERT",
    },
    open={
        "appeal": "a panel member from elsewhere finds it; its texts stand apart",
        "cycle": "the calendar",
        "cycle_policy": "published",
        "policy": "published",
        "session": "its state and its facilitator are no secret of the division",
    },
)


def hold_rows() -> Iterator[str]:
    """The statements for the migration: what is known of a person is seen where a case of the person is."""
    case = "SELECT FROM rated_case AS c WHERE c.person_id"
    for table, condition in {
        "demographics": f"EXISTS ({case} = demographics.person_id)",
        "evidence": f"EXISTS ({case} = evidence.person_id)",
        "attainment": f"EXISTS ({case} = attainment.person_id AND c.cycle_id = attainment.cycle_id)",
        "justification": "EXISTS (SELECT FROM session AS s WHERE s.session_id = justification.session_id "
        f"AND {in_allowed_division('s.division')})",
    }.items():
        yield from enable_row_security(table, service="calibration", condition=condition)
