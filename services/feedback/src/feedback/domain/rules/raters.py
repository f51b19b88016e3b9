"""Who gives feedback about a person, and who decides that."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from feedback.domain.errors import Rejected


@dataclass(frozen=True, slots=True, kw_only=True)
class RaterPolicy:
    """How many raters a person has, both ends included. *Policy*."""

    fewest: int = 3
    most: int = 8


DEFAULT_RATERS = RaterPolicy()


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovedRaters:
    """The raters of one person's round; ``reciprocal`` flags a set in which all rate each other."""

    raters: frozenset[str]
    approved_by: str
    added: Mapping[str, str]
    overridden: bool
    reciprocal: bool


def is_purely_reciprocal(
    subject: str, raters: Collection[str], *, nominations: Mapping[str, Collection[str]]
) -> bool:
    """Whether every rater nominated the person in turn. Source: domain rules, Feedback, "raters"."""
    return bool(raters) and all(subject in nominations.get(rater, ()) for rater in raters)


def require_eligible(subject: str, raters: Collection[str]) -> None:
    """Nobody rates themselves.

    Raises:
        Rejected: the person is among the raters.
    """
    if subject in raters:
        raise Rejected(field="raters", message="a person cannot rate themselves", fix="leave the person out")


def nominate_raters(subject: str, raters: Collection[str]) -> frozenset[str]:
    """The employee's own proposal; its size is checked when it is approved, because the manager may add.

    Raises:
        Rejected: the person is among the raters.
    """
    require_eligible(subject, raters)
    return frozenset(raters)


def approve_raters(
    subject: str,
    nominated: Collection[str],
    *,
    manager: str,
    added: Mapping[str, str] | None = None,
    nominations: Mapping[str, Collection[str]] | None = None,
    policy: RaterPolicy = DEFAULT_RATERS,
) -> ApprovedRaters:
    """The manager approves what the employee nominated and adds raters, each with a reason.

    Raises:
        Rejected: an addition has no reason, or the set is not 3 to 8.
    """
    additions = dict(added or {})
    for rater, reason in additions.items():
        if not reason.strip():
            raise Rejected(field="added", message=f"{rater} is added without a reason", fix="write why")
    raters = frozenset(nominated) | frozenset(additions)
    require_eligible(subject, raters)
    if not policy.fewest <= len(raters) <= policy.most:
        raise Rejected(
            field="raters",
            message=f"there are {len(raters)}",
            fix=f"have {policy.fewest} to {policy.most}, or ask HR to override",
        )
    return ApprovedRaters(
        raters=raters,
        approved_by=manager,
        added=additions,
        overridden=False,
        reciprocal=is_purely_reciprocal(subject, raters, nominations=nominations or {}),
    )


def override_raters(
    subject: str,
    raters: Collection[str],
    *,
    hr_partner: str,
    reason: str,
    nominations: Mapping[str, Collection[str]] | None = None,
) -> ApprovedRaters:
    """HR sets the raters whatever the others chose, with a reason; thresholds of anonymity still hold.

    Raises:
        Rejected: there is no reason, no rater, or the person is among them.
    """
    if not reason.strip():
        raise Rejected(field="reason", message="an override has no reason", fix="write why HR decides")
    if not raters:
        raise Rejected(field="raters", message="there are none", fix="name at least one")
    require_eligible(subject, raters)
    return ApprovedRaters(
        raters=frozenset(raters),
        approved_by=hr_partner,
        added={},
        overridden=True,
        reciprocal=is_purely_reciprocal(subject, raters, nominations=nominations or {}),
    )
