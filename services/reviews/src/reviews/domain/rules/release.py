"""What an employee sees of the own review, and when."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class ReviewPart(StrEnum):
    """The parts of a review that are released apart."""

    WRITTEN_ASSESSMENT = "written_assessment"
    PROPOSED_RATING = "proposed_rating"
    PROMOTION_RECOMMENDATION = "promotion_recommendation"
    FINAL_RATING = "final_rating"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleasePolicy:
    """Whether the written assessment may be shared before calibration. *Policy*."""

    written_before_calibration: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceLink:
    """A graded goal or released feedback that a review opens with, by the id of its event."""

    employee_id: str
    kind: str
    event_id: str


DEFAULT_RELEASE = ReleasePolicy()


def employee_may_see(
    part: ReviewPart,
    *,
    shared_by_manager: bool,
    result_released: bool,
    policy: ReleasePolicy = DEFAULT_RELEASE,
) -> bool:
    """Everything once the calibrated result is released; before, at most the written assessment.

    The written assessment needs its manager to share it and a policy that allows it. Source: domain rules, Reviews,
    "release".
    """
    if result_released:
        return True
    return part is ReviewPart.WRITTEN_ASSESSMENT and shared_by_manager and policy.written_before_calibration


def result_may_be_released(*, calibration_is_final: bool) -> bool:
    """Only a calibrated result is released."""
    return calibration_is_final


def evidence_prefilled(links: Sequence[EvidenceLink], *, employee_id: str) -> tuple[EvidenceLink, ...]:
    """A person's own links, each event once, in the order in which they came. Source: Reviews, "prefilled"."""
    own: dict[str, EvidenceLink] = {}
    for link in links:
        if link.employee_id == employee_id:
            own.setdefault(link.event_id, link)
    return tuple(own.values())
