"""Nominate the raters of rounds that have not opened yet."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from feedback.domain.errors import Rejected
from feedback.domain.identity import round_id_of
from feedback.domain.rules import nominate_raters as nominate
from feedback.outbound.cycles import require_running_cycle
from feedback.outbound.rounds import Round, save_nominations
from feedback.usecases.known_people import require_known, require_one_each
from plumbline.runtime.directory import DirectoryPerson, find_people


@dataclass(frozen=True, slots=True, kw_only=True)
class Nomination:
    """Whom somebody names for the round about ``person_id``."""

    person_id: str
    raters: tuple[str, ...]


async def nominate_raters(
    tx: AsyncConnection, *, cycle_id: UUID, nominations: Sequence[Nomination]
) -> tuple[Round, ...]:
    """Store these nominations in place of earlier ones; all or none.

    Raises:
        Rejected: a rater is not known, is the person, or a round has opened already.
    """
    cycle = await require_running_cycle(tx, cycle_id)
    require_one_each("rounds", [each.person_id for each in nominations])
    named = {rater for each in nominations for rater in each.raters}
    people = await find_people(tx, named | {each.person_id for each in nominations})
    rounds = [
        nominated_round(cycle_id, each, people=people, divisions=cycle.divisions, place=place)
        for place, each in enumerate(nominations)
    ]
    past = await save_nominations(tx, cycle_id, rounds)
    if past:
        place = next(place for place, each in enumerate(rounds) if each.round_id in past)
        raise Rejected(
            field=f"rounds.{place}",
            message="the round has opened",
            fix="ask the manager to add a rater before it opens, or HR",
            status="conflict",
        )
    return tuple(rounds)


def nominated_round(
    cycle_id: UUID,
    nomination: Nomination,
    *,
    people: Mapping[str, DirectoryPerson],
    divisions: Sequence[str],
    place: int,
) -> Round:
    """The round that a nomination makes."""
    field = f"rounds.{place}"
    require_known(f"{field}.raters", nomination.raters, people)
    person = require_known(f"{field}.person_id", [nomination.person_id], people)[0]
    if person.division not in divisions:
        raise Rejected(
            field=f"{field}.person_id",
            message="the person's division is not in this cycle",
            fix="leave the round out",
        )
    try:
        nominees = nominate(person.person_id, nomination.raters)
    except Rejected as refusal:
        raise refusal.inside(field) from None
    return Round(
        round_id=round_id_of(cycle_id, person.person_id),
        cycle_id=cycle_id,
        person_id=person.person_id,
        division=person.division,
        state="nominated",
        nominees=nominees,
        raters=frozenset(),
    )
