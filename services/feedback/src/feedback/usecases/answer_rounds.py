"""Take a rater's forms, each under a pseudonym from the first moment on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from feedback.domain.answering import require_true_relationship
from feedback.domain.errors import Rejected
from feedback.domain.rules import lint_feedback
from feedback.domain.rules.forms import Relationship, Response
from feedback.domain.rules.linter import Warned
from feedback.domain.sealing import seal_respondent
from feedback.outbound.answers import StoredAnswer, save_answers
from feedback.outbound.cycles import require_running_cycle
from feedback.outbound.rounds import Round, load_rounds
from feedback.usecases.known_people import require_one_each
from plumbline.runtime.directory import DirectoryPerson, find_people
from plumbline.runtime.security import limit_to_divisions


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """One filled form; the response's respondent is the author."""

    round_id: UUID
    response: Response


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A form that was stored, whether its author's name stays on it, and what the linter says."""

    round_id: UUID
    anonymous: bool
    warnings: Mapping[str, tuple[Warned, ...]]


async def answer_rounds(
    tx: AsyncConnection, *, author: str, forms: Sequence[Form], secret: bytes
) -> tuple[tuple[Taken, ...], tuple[Round, ...]]:
    """Store the author's forms, all or none, in place of the author's earlier ones; with the rounds.

    Raises:
        Rejected: the author is no approved rater of a round, it does not take answers, or the relationship is wrong.
    """
    require_one_each("answers", [each.round_id for each in forms])
    rounds = await load_rounds(tx, [each.round_id for each in forms], keep=True)
    for place, form in enumerate(forms):
        require_rater(rounds.get(form.round_id), author, field=f"answers.{place}.round_id")
    for cycle_id in sorted({each.cycle_id for each in rounds.values()}):
        if (await require_running_cycle(tx, cycle_id)).review_closed:
            raise closed("answers")
    people = await find_people(tx, {author, *(each.person_id for each in rounds.values())})
    stored = [
        seal_form(form, rounds[form.round_id], author=author, people=people, secret=secret, place=place)
        for place, form in enumerate(forms)
    ]
    # The rounds may be about people of other divisions; being their rater is the right to write.
    await limit_to_divisions(tx, {each.division for each in stored})
    await save_answers(tx, stored)
    return tuple(taken(each) for each in stored), tuple(rounds.values())


def require_rater(found: Round | None, author: str, *, field: str) -> None:
    """The author was approved for the round, and it takes answers.

    Raises:
        Rejected: not so; a round that does not exist gets the same answer as somebody else's.
    """
    if found is None or author not in found.raters:
        raise Rejected(
            field=field,
            message="you are not a rater of this round",
            fix="answer the rounds that you were asked for",
            status="forbidden",
        )
    if found.state != "open":
        raise closed(field)


def closed(field: str) -> Rejected:
    """The refusal of a late answer."""
    return Rejected(
        field=field, message="the round takes no answers any more", fix="leave it out", status="conflict"
    )


def seal_form(
    form: Form,
    about: Round,
    *,
    author: str,
    people: Mapping[str, DirectoryPerson],
    secret: bytes,
    place: int,
) -> StoredAnswer:
    """The form as it is stored: the author replaced by a pseudonym, unless it is the manager."""
    subject, writer = people.get(about.person_id), people.get(author)
    require_true_relationship(
        form.response.relationship,
        is_manager=subject is not None and subject.manager_id == author,
        is_report=writer is not None and writer.manager_id == about.person_id,
        field=f"answers.{place}.relationship",
    )
    named = form.response.relationship is Relationship.MANAGER
    respondent = author if named else seal_respondent(secret, subject=about.person_id, respondent=author)
    return StoredAnswer(
        round_id=about.round_id,
        division=about.division,
        response=replace(form.response, respondent=respondent),
    )


def taken(stored: StoredAnswer) -> Taken:
    """What the author hears: warnings never keep a form out."""
    texts = {"does_well": stored.response.does_well, "to_improve": stored.response.to_improve}
    return Taken(
        round_id=stored.round_id,
        anonymous=stored.response.relationship is not Relationship.MANAGER,
        warnings={name: lint_feedback(text) for name, text in texts.items() if text.strip()},
    )
