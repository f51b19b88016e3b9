"""Close rounds and publish each once: compute, store, announce, and destroy the answers."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from feedback.domain.rules import publish_round
from feedback.domain.rules.anonymity import DEFAULT_ANONYMITY
from feedback.domain.rules.forms import Published, PublishedResult, Response
from feedback.domain.rules.publishing import NOTHING_BEFORE
from feedback.domain.sealing import seal_respondent, seed_of
from feedback.outbound.answers import destroy_answers, load_answers
from feedback.outbound.cycles import require_cycle
from feedback.outbound.publications import (
    Publication,
    find_open_rounds,
    hr_partners,
    published_before,
    save_publications,
)
from feedback.outbound.rounds import Round, load_rounds
from feedback.settings import SERVICE
from plumbline.contracts.feedback import RoundPublishedV1
from plumbline.runtime import audit
from plumbline.runtime.access import Action, Resource
from plumbline.runtime.directory import DirectoryPerson, find_people
from plumbline.runtime.outbox import Announcement, announce


async def publish_rounds(
    tx: AsyncConnection,
    *,
    cycle_id: UUID,
    divisions: Collection[str] | None,
    round_ids: Collection[UUID] | None,
    secret: bytes,
    now: datetime,
) -> tuple[Publication, ...]:
    """Publish the open rounds of a cycle; a round that is published already stays as it is.

    Afterwards no form is left: only the result, and sealed pseudonyms of who is behind each published sum.
    """
    await require_cycle(tx, cycle_id)
    found = await find_open_rounds(tx, cycle_id, divisions=divisions, round_ids=round_ids)
    rounds = list((await load_rounds(tx, found, lock=True)).values())
    answers = await load_answers(tx, found)
    people = await find_people(tx, {each.person_id for each in rounds})
    before = await published_before(tx, people)
    partners = await hr_partners(tx)
    # In a thread, because twenty thousand rounds take seconds and other requests shall not wait for them.
    publications = await asyncio.to_thread(
        compute, rounds, answers=answers, people=people, partners=partners, before=before, secret=secret
    )
    await save_publications(tx, publications, published_on=now.date())
    await destroy_answers(tx, found)
    await tell(tx, publications, now=now)
    return publications


def compute(
    rounds: Sequence[Round],
    *,
    answers: Mapping[UUID, Sequence[Response]],
    people: Mapping[str, DirectoryPerson],
    partners: Mapping[str, frozenset[str]],
    before: Mapping[str, Published],
    secret: bytes,
) -> tuple[Publication, ...]:
    """Each round's result under the thresholds that were fixed when it opened."""
    publications: list[Publication] = []
    for each in sorted(rounds, key=lambda one: one.round_id):
        forms = answers.get(each.round_id, ())
        result = publish_round(
            forms,
            seed=seed_of(secret, round_id=str(each.round_id)),
            policy=each.anonymity or DEFAULT_ANONYMITY,
            readers=sealed_readers(each, people=people, partners=partners, secret=secret),
            before=before.get(each.person_id, NOTHING_BEFORE),
        )
        publications.append(Publication(round=each, result=result, responses=len(forms)))
    return tuple(publications)


def sealed_readers(
    each: Round,
    *,
    people: Mapping[str, DirectoryPerson],
    partners: Mapping[str, frozenset[str]],
    secret: bytes,
) -> frozenset[str]:
    """The pseudonyms of those who may read the result: the person, the manager and the division's HR partners.

    Of somebody who changed divisions since the nomination the partners of both count.
    """
    person = people.get(each.person_id)
    divisions = {each.division} | ({person.division} if person is not None else set[str]())
    manager = {person.manager_id} if person is not None and person.manager_id else set[str]()
    readers = {each.person_id} | manager
    readers |= {partner for division in divisions for partner in partners.get(division, ())}
    return frozenset(seal_respondent(secret, subject=each.person_id, respondent=reader) for reader in readers)


def shows_anything(result: PublishedResult) -> bool:
    """Whether something of the anonymous answers is shown."""
    groups = any(each.band is not None or each.work_again is not None for each in result.groups)
    return groups or bool(result.does_well or result.to_improve)


async def tell(tx: AsyncConnection, publications: Sequence[Publication], *, now: datetime) -> None:
    """Announce each round, and log how many answers it took: by round, never by author."""
    announcements = [
        Announcement(
            event=RoundPublishedV1(
                round_id=each.round.round_id,
                cycle_id=each.round.cycle_id,
                person_id=each.round.person_id,
                state="shown" if shows_anything(each.result) else "suppressed",
                published_on=now.date(),
            ),
            division=each.round.division,
            correlation_id=str(each.round.cycle_id),
        )
        for each in publications
    ]
    await announce(tx, announcements, source=SERVICE.name, now=now)
    entries = [
        audit.AuditEntry(
            who=audit.by_round(str(each.round.round_id)),
            action=Action.WRITE,
            resource=Resource.PEER_ANSWER,
            subject=each.round.person_id,
            purpose=f"{each.responses} answers taken and destroyed",
        )
        for each in publications
    ]
    await audit.record(tx, entries, service=SERVICE.name, now=now)
