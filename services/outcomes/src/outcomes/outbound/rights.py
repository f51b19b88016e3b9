"""What the api's role may do with each table, and how rows without a division of their own are held to one."""

from collections.abc import Iterator

from plumbline.runtime.rights import ApiRights
from plumbline.runtime.security import enable_row_security, in_allowed_division

RIGHTS = ApiRights(
    privileges={
        "assignment_text": "SELECT, INSERT, UPDATE",
        "attestation": "SELECT, INSERT, UPDATE",
        "award": "SELECT, INSERT, UPDATE",
        "concern": "SELECT",
        "cycle": "SELECT",
        "cycle_policy": "SELECT",
        "follow_up": "SELECT, INSERT, UPDATE",
        "follow_up_approval": "SELECT, INSERT",
        "follow_up_check": "SELECT, INSERT",
        "follow_up_move": "SELECT, INSERT",
        "leave": "SELECT",
        "outcome": "SELECT, INSERT, UPDATE",
        "over_budget": "SELECT, INSERT",
        "pay": "SELECT",
        "pay_change": "SELECT, INSERT",
        "policy": "SELECT",
        "pool": "SELECT, INSERT, UPDATE",
        "pool_part": "SELECT, INSERT, DELETE",
        "promotion_criterion": "SELECT, INSERT",
        "rating": "SELECT, INSERT",
        "rating_chunk": "SELECT",
        "recommendation": "SELECT",
        "session": "SELECT, UPDATE",
        "signature": "SELECT, INSERT",
        "waiting_rating": "SELECT, DELETE",
        "without_pay": "SELECT, INSERT",
    },
    open={
        "cycle": "the calendar",
        "cycle_policy": "published",
        "policy": "published",
        "pool": "a division's sums",
        "rating_chunk": "numbers and digests",
        "session": "which sessions are planned, final or excluded",
    },
)


def hold_rows() -> Iterator[str]:
    """The statements for the migration.

    What arrived about a person is seen where the person works, or was rated: whoever decides a rating of somebody
    who changed divisions since decides it with everything that belongs to it.
    """
    for table in ("pay", "leave", "concern", "recommendation", "attestation"):
        yield from enable_row_security(
            table,
            service="outcomes",
            condition="EXISTS (SELECT FROM directory AS d "
            f"WHERE d.person_id = {table}.person_id AND {in_allowed_division('d.division')}) "
            f"OR EXISTS (SELECT FROM rating AS r WHERE r.person_id = {table}.person_id) "
            f"OR EXISTS (SELECT FROM waiting_rating AS w WHERE w.person_id = {table}.person_id)",
        )
    yield from enable_row_security(
        "signature",
        service="outcomes",
        condition="EXISTS (SELECT FROM award AS a WHERE a.outcome_id = signature.outcome_id)",
    )
    yield from enable_row_security(
        "pool_part",
        service="outcomes",
        condition="EXISTS (SELECT FROM pool AS p "
        f"WHERE p.pool_id = pool_part.pool_id AND {in_allowed_division('p.division')})",
    )
