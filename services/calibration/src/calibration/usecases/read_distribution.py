"""How ratings are distributed beside the guideline, for a session, a division and the whole cycle, and whose count."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from calibration.domain.guideline import RATINGS, Feasibility, Guideline, Unusualness
from calibration.domain.rules import check_feasibility, team_unusualness
from calibration.domain.small_groups import Tally
from calibration.outbound.sessions import SessionSummary
from plumbline.runtime.access import Action, Relation, Resource, State, may

_FACILITATING = frozenset({Relation.FACILITATOR})
_NOTHING = frozenset[Relation]()


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """How many people have each rating, what the guideline would allow, and how far out each count is.

    ``feasibility`` is None for a group whose divisions have different guidelines; ``words`` are for a team only.
    ``left_out`` sessions are in no count, because the reader may not see them; ``people`` and ``counts`` are None where
    nothing else is left.
    """

    people: int | None
    counts: dict[int, int] | None
    version: str | None
    feasibility: Feasibility | None
    words: dict[int, Unusualness] | None
    left_out: int = 0


def distribute(
    counted: Mapping[int, int], guideline: Guideline | None, *, team: bool = False
) -> Distribution:
    """The distribution of so many people by rating; of a team also how unusual each count is."""
    counts = {rating: counted.get(rating, 0) for rating in RATINGS}
    people = sum(counts.values())
    if guideline is None:
        return Distribution(people=people, counts=counts, version=None, feasibility=None, words=None)
    return Distribution(
        people=people,
        counts=counts,
        version=guideline.version,
        feasibility=check_feasibility(people, guideline),
        words={r: team_unusualness(r, counts[r], people, guideline) for r in RATINGS} if team else None,
    )


def distribute_both(
    tallies: Collection[Tally], guideline: Guideline | None, *, team: bool = False, left_out: int = 0
) -> dict[str, Distribution]:
    """The distribution as proposed and as it stands now, without the ``left_out`` sessions."""
    if left_out and not tallies:
        hidden = Distribution(
            people=None,
            counts=None,
            version=guideline.version if guideline else None,
            feasibility=None,
            words=None,
            left_out=left_out,
        )
        return {"proposed": hidden, "current": hidden}
    proposed, current = Counter[int](), Counter[int]()
    for tally in tallies:
        for (before, now), people in tally.items():
            proposed[before] += people
            current[now] += people
    return {
        name: replace(distribute(counted, guideline, team=team), left_out=left_out)
        for name, counted in (("proposed", proposed), ("current", current))
    }


def known_sessions(
    sessions: Iterable[SessionSummary], who: str, held: Mapping[str, frozenset[Relation]]
) -> frozenset[UUID]:
    """The sessions whose cases somebody may read by a role in their division or as their facilitator."""
    return frozenset(
        each.session_id
        for each in sessions
        if may(
            held[each.division] | (_FACILITATING if each.facilitator_id == who else _NOTHING),
            action=Action.READ,
            resource=Resource.CALIBRATION_CASE,
            state=State.CLOSED if each.state == "final" else State.OPEN,
        )
    )
