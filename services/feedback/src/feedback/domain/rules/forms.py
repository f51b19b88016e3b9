"""The form that a rater fills in, and the result that is published from the forms of a round."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from feedback.domain.rules.anonymity import Reason


class Relationship(StrEnum):
    """How a rater works with the person; a manager's feedback is not anonymous."""

    PEER = "peer"
    CROSS_TEAM = "cross_team"
    REPORT = "report"
    MANAGER = "manager"


class WorkAgain(StrEnum):
    """Would you want to work with this person again?"""

    YES = "yes"
    MOSTLY = "mostly"
    NO = "no"


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """One rater's form; the score, where the form asks for one, is a whole number from 1 to 5."""

    respondent: str
    relationship: Relationship
    work_again: WorkAgain
    does_well: str = ""
    to_improve: str = ""
    score: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedGroup:
    """What one group shows; ``None`` where it is suppressed. ``scores`` is how many the band rests on."""

    group: str
    scores: int | None
    band: tuple[Fraction, Fraction] | None
    band_suppressed: Reason | None
    work_again: Mapping[WorkAgain, int] | None
    work_again_suppressed: Reason | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedFeedback:
    """A manager's feedback, with the name on it."""

    author: str
    does_well: str
    to_improve: str
    work_again: WorkAgain


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What later rounds about the same person must not be set against: the memberships of each published sum."""

    scores: tuple[frozenset[str], ...] = ()
    distributions: tuple[frozenset[str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedResult:
    """All that the person sees, and apart from it (``memberships``, never shown) what later rounds must respect."""

    groups: tuple[PublishedGroup, ...]
    does_well: tuple[str, ...]
    to_improve: tuple[str, ...]
    manager: tuple[NamedFeedback, ...]
    memberships: Published
