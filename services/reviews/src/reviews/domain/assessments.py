"""What the two assessments of a review say, and what happened to them."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID


class Assessment(StrEnum):
    """The two assessments of a review."""

    SELF = "self"
    MANAGER = "manager"


@dataclass(frozen=True, slots=True, kw_only=True)
class OkrResult:
    """One row of the self-form: the key result in the person's own words, and the own grade."""

    key_result: str
    target: str
    actual: str
    grade: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfAnswers:
    """The self-form; ``overall`` is the own rating from 1 to 5."""

    person_id: str
    overall: int | None = None
    okr_results: tuple[OkrResult, ...] = ()
    accomplishments: tuple[str, ...] = ()
    growth_areas: tuple[str, ...] = ()
    aspirations: tuple[str, ...] = ()

    def answered(self) -> frozenset[str]:
        """The names of the fields that say something."""
        return _answered(
            {
                "overall": self.overall is not None,
                "okr_results": bool(self.okr_results),
                "accomplishments": _says(self.accomplishments),
                "growth_areas": _says(self.growth_areas),
                "aspirations": _says(self.aspirations),
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ManagerAnswers:
    """The manager's form about ``person_id``; ``evidence_links`` are addresses or event ids."""

    person_id: str
    strengths: tuple[str, ...] = ()
    development_areas: tuple[str, ...] = ()
    proposed_rating: int | None = None
    promotion_recommended: bool = False
    promotion_target_level: str | None = None
    evidence_links: tuple[str, ...] = ()
    discrepancy_evidence: str = ""

    def answered(self) -> frozenset[str]:
        """The names of the fields that say something."""
        return _answered(
            {
                "strengths": _says(self.strengths),
                "development_areas": _says(self.development_areas),
                "proposed_rating": self.proposed_rating is not None,
                "promotion_target_level": bool((self.promotion_target_level or "").strip()),
                "evidence_links": _says(self.evidence_links),
                "discrepancy_evidence": bool(self.discrepancy_evidence.strip()),
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """One person's review as it stands for one of its two assessments.

    ``deadline_on`` is the last day, the extension included, in the division's ``time_zone``; ``submitted`` says
    whether this assessment is in; ``self_overall`` is set once the self-assessment was submitted.
    """

    review_id: UUID
    cycle_id: UUID
    person_id: str
    session_id: UUID
    division: str
    time_zone: str
    deadline_on: date
    phase_open: bool
    extended: bool
    excluded: bool
    submitted: bool
    self_overall: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfAssessmentSaved:
    """The draft was kept; nobody but its author reads it."""

    review: Review
    answers: SelfAnswers
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfAssessmentSubmitted(SelfAssessmentSaved):
    """The self-assessment is in and does not change any more."""

    on_time: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ManagerAssessmentSaved:
    """The manager's draft was kept; ``missing`` names what a submission of it still lacks."""

    review: Review
    answers: ManagerAnswers
    author_id: str
    at: datetime
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ManagerAssessmentSubmitted(ManagerAssessmentSaved):
    """The manager's assessment is in, with its proposed rating."""

    proposed_rating: int
    on_time: bool


def _says(texts: tuple[str, ...]) -> bool:
    return any(text.strip() for text in texts)


def _answered(said: dict[str, bool]) -> frozenset[str]:
    return frozenset(name for name, says in said.items() if says)
