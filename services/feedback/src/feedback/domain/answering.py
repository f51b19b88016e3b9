"""Who may call themselves what on a rater's form."""

from feedback.domain.errors import Rejected
from feedback.domain.rules.forms import Relationship


def require_true_relationship(
    relationship: Relationship, *, is_manager: bool, is_report: bool, field: str
) -> None:
    """A manager answers as the manager, by name, and nobody else does; only a report answers as one.

    Raises:
        Rejected: the form says otherwise.
    """
    if is_manager and relationship is not Relationship.MANAGER:
        raise Rejected(
            field=field, message="a manager's feedback carries the name", fix="send manager, or do not answer"
        )
    if relationship is Relationship.MANAGER and not is_manager:
        raise Rejected(
            field=field, message="you are not this person's manager", fix="send peer, cross_team or report"
        )
    if relationship is Relationship.REPORT and not is_report:
        raise Rejected(field=field, message="you do not report to this person", fix="send peer or cross_team")
