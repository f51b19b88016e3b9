"""Going on without somebody's pay: who may be named, and what refuses it."""

from dataclasses import dataclass

from outcomes.domain.errors import Rejected


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonInCycle:
    """How somebody stands in a cycle: ``division`` None when the cycle does not have them.

    ``decided``: a rating led to outcomes already; ``paid``: a pay record is here; ``named``: HR named them before.
    """

    person_id: str
    division: str | None
    decided: bool
    paid: bool
    named: bool


def require_merit(*, merit: bool) -> None:
    """Only a cycle with merit waits for pay.

    Raises:
        Rejected: ``cycle_without_merit``.
    """
    if not merit:
        raise Rejected(
            "cycle_without_merit",
            "this cycle pays no merit, so nobody in it waits for pay",
            status="conflict",
            field="cycle_id",
            fix="Name people only in a cycle with merit.",
        )


def require_no_pay(person: PersonInCycle, *, by: str, field: str) -> None:
    """Somebody of the cycle whose pay is not here, who is still to be decided, and who is not the one who asks.

    Raises:
        Rejected: ``own_entry``, ``unknown_person``, ``decided_already``, ``pay_is_here`` or ``named_already``;
            ``field`` is what it names.
    """
    if person.person_id == by:
        raise Rejected(
            "own_entry",
            "nobody decides about the own merit",
            status="forbidden",
            field=field,
            fix="Ask another HR partner of the division, or the coordinator.",
        )
    if person.division is None:
        raise Rejected(
            "unknown_person",
            "this cycle has no such person",
            field=field,
            fix="Send the id of somebody whose division takes part in the cycle.",
        )
    needless = _why_needless(person)
    if needless is not None:
        code, reason = needless
        fix = "Leave this person out of the list."
        raise Rejected(code, reason, status="conflict", field=field, fix=fix)


def _why_needless(person: PersonInCycle) -> tuple[str, str] | None:
    """Why nobody has to name this person, as code and sentence; None for somebody who waits for pay."""
    if person.decided:
        return "decided_already", "this person's rating has been decided, so it waits for nothing"
    if person.paid:
        return "pay_is_here", "this person's pay record is here, so merit can be computed"
    if person.named:
        return "named_already", "this person was named in this cycle before"
    return None
