"""Close surveys and publish each once."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from feedback.domain.rules.surveys import SurveyKind
from feedback.domain.survey_closing import ClosedSurvey, close_survey
from feedback.outbound import surveys
from feedback.outbound.cycles import require_cycle
from feedback.settings import SERVICE
from plumbline.contracts.feedback import SurveyPublishedV1
from plumbline.runtime.access import Action, Resource, State, may
from plumbline.runtime.directory import find_people, held_roles
from plumbline.runtime.outbox import Announcement, announce
from plumbline.runtime.security import ALL_DIVISIONS, limit_to_divisions


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyResult:
    """A survey that was just closed."""

    survey_id: UUID
    subject: SurveyKind
    closed: ClosedSurvey


async def close_surveys(
    tx: AsyncConnection, *, cycle_id: UUID, subjects: Collection[SurveyKind], now: datetime
) -> tuple[SurveyResult, ...]:
    """Close those of these surveys that are open; a closed one stays as it is.

    Raises:
        Rejected: the cycle is not known.
    """
    cycle = await require_cycle(tx, cycle_id)
    # A survey is the organization's; who answered is counted and destroyed wherever they work.
    await limit_to_divisions(tx, [ALL_DIVISIONS])
    results: list[SurveyResult] = []
    for subject in sorted(set(subjects)):
        survey = await surveys.lock_survey(tx, cycle_id, subject)
        if survey.is_open:
            closed = close_survey(
                await surveys.read_tally(tx, survey.survey_id),
                readers_who_answered=await count_readers(tx, survey.survey_id),
            )
            invited = await surveys.count_invited(tx, cycle.divisions, subject)
            await surveys.save_closed(tx, survey.survey_id, closed, invited=invited, closed_on=now.date())
            results.append(SurveyResult(survey_id=survey.survey_id, subject=subject, closed=closed))
    announcements = [announcement_of(cycle_id, each) for each in results]
    await announce(tx, announcements, source=SERVICE.name, now=now)
    return tuple(results)


async def count_readers(tx: AsyncConnection, survey_id: UUID) -> int:
    """How many of those who answered may read the result."""
    people = await find_people(tx, await surveys.participants_with_roles(tx, survey_id))
    return sum(
        may(
            held_roles(each, None),
            action=Action.READ,
            resource=Resource.SURVEY_RESULT,
            state=State.CLOSED,
        )
        for each in people.values()
    )


def announcement_of(cycle_id: UUID, result: SurveyResult) -> Announcement:
    """The survey's band, or that it is suppressed."""
    low, high = result.closed.band or (None, None)
    event = SurveyPublishedV1(
        survey_id=result.survey_id,
        cycle_id=cycle_id,
        subject=result.subject.value,
        state="suppressed" if result.closed.band is None else "shown",
        band_low=surveys.decimal_of(low),
        band_high=surveys.decimal_of(high),
    )
    return Announcement(event=event, division=ALL_DIVISIONS, correlation_id=str(cycle_id))
