"""Refuses to sign awards that are not at the revision that the signer saw, and says what changed."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from http import HTTPStatus

from sqlalchemy.ext.asyncio import AsyncConnection

from outcomes.domain.rules.money import decimal_text
from outcomes.outbound.signable import Replacement, SignableAward, load_replacements
from outcomes.usecases.rights import reads_final_rating
from plumbline.runtime.access import Relation
from plumbline.runtime.directory import relations_to_many
from plumbline.runtime.invalid_fields import FieldError
from plumbline.runtime.problems import ProblemError

_FIX = (
    "Read the awards that wait for you again (GET /cycles/{cycle_id}/approvals), and sign what you then see."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """An award, and at which revision the signer named it in which place of the list."""

    place: int
    award: SignableAward
    revision: int

    @property
    def stale(self) -> bool:
        """Whether the award is not, or no longer, what was seen."""
        return self.award.replaced or self.revision != self.award.revision


async def refuse_replaced(tx: AsyncConnection, seen: Sequence[Seen], *, who: str, released: bool) -> None:
    """Pass what is as it was seen.

    Raises:
        ProblemError: 409 with every other one: the current revision, the award and, to whom it is, the rating.
    """
    stale = [each for each in seen if each.stale]
    if not stale:
        return
    # Read after the awards are locked: what replaced one is committed by then.
    now = await load_replacements(tx, [each.award.outcome_id for each in stale])
    related = await relations_to_many(tx, who, {each.award.person_id for each in stale})
    errors: list[FieldError] = []
    changed: list[dict[str, object]] = []
    for each in stale:
        award = each.award
        newest = now[award.outcome_id]
        message = (
            f"Revision {newest.revision} of the rating replaced it."
            if award.replaced
            else f"It is at revision {newest.revision}."
        )
        errors.append(FieldError(field=f"awards.{each.place}.revision", message=message, fix=_FIX))
        changed.append(_changed(each, newest, related[award.person_id], released=released))
    raise ProblemError(
        status=HTTPStatus.CONFLICT,
        code="stale_revision",
        message="Awards are not at the revision that was seen, and nothing is signed.",
        field=errors[0].field,
        fix=_FIX,
        errors=errors,
        more={"changed": changed},
    )


def _changed(
    seen: Seen, newest: Replacement, held: Collection[Relation], *, released: bool
) -> dict[str, object]:
    award = seen.award
    found: dict[str, object] = {
        "outcome_id": str(award.outcome_id),
        "person_id": award.person_id,
        "seen_revision": seen.revision,
        "current_revision": newest.revision,
        "current_outcome_id": str(newest.outcome_id),
    }
    if award.replaced:
        found["award"] = {
            "from": decimal_text(award.award, award.currency),
            "to": None if newest.award is None else decimal_text(newest.award, award.currency),
        }
        if reads_final_rating(held, released=released):
            found["rating"] = {"from": newest.seen_rating, "to": newest.rating}
    return found
