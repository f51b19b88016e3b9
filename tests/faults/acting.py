"""What people do in the outcomes service, and what a test waits for before it goes on."""

import asyncio
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx
from company import Company
from oracle import PATIENCE, Outcomes
from wire import members, send

from plumbline.runtime.issuer import issue_token
from plumbline.runtime.status import lag

GROUP = "pm.outcomes"


async def introduce(outcomes: Outcomes, company: Company) -> None:
    """Everything that comes before a company's ratings, so that only the ratings are still to come."""
    await send(outcomes.stack.kafka, company.background())
    await ready_for_ratings(outcomes, company)
    await attest(outcomes, company)


async def ready_for_ratings(outcomes: Outcomes, company: Company, *, held: int = 0) -> None:
    """Wait until what a PIP's gate reads is there as it was announced last: no rating waits for it.

    ``held``: how many concerns, of those that no gate reads, stand behind something parked.
    """
    told = 2 * len(company.documented())
    query = """
    SELECT count(*) AS concerns, count(resource_offered_on) AS helped, count(acknowledged_on) AS acknowledged
    FROM concern WHERE cycle_id = $1
    """
    await outcomes.until(query, company.cycle_id, expected=[(1 + told - held, told, told)])


async def attest(outcomes: Outcomes, company: Company) -> None:
    """HR attests that nothing stands against a PIP of anybody who is rated 1."""
    knows = "SELECT count(*) FROM directory WHERE division = $1"
    everybody = len(company.people()) + len(company.managers()) + 2
    await outcomes.until(knows, company.division, expected=[(everybody,)])
    await outcomes.until("SELECT count(*) FROM cycle WHERE cycle_id = $1", company.cycle_id, expected=[(1,)])
    people = company.rated("1")
    path = f"/cycles/{company.cycle_id}/attestations"
    answer = await post(outcomes, path, company.hr_partner, {"person_ids": people})
    assert answer == {"attested": len(people)}
    company.attested = True


async def sign(outcomes: Outcomes, company: Company, person: str, *, signed: int, approved: int) -> None:
    """Read the awards whose turn it is, and sign them as read; the answer counts what was signed and what is approved by it."""
    path = f"/cycles/{company.cycle_id}/approvals"
    read = await get(outcomes, path, person)
    named = [{"outcome_id": each["outcome_id"], "revision": each["revision"]} for each in read["awards"]]
    answer = await post(outcomes, path, person, {"awards": named})
    assert answer == {"signed": signed, "approved": approved, "refused": {}}


async def get(outcomes: Outcomes, path: str, person: str) -> Any:
    """What the api answers to somebody's question, asked again while the process is away."""
    return await _ask(outcomes, "GET", path, person)


async def post(outcomes: Outcomes, path: str, person: str, body: object) -> object:
    """What the api answers to somebody's command, asked again with the same key while the process is away."""
    return await _ask(outcomes, "POST", path, person, body)


async def _ask(outcomes: Outcomes, method: str, path: str, person: str, body: object = None) -> Any:
    (service,) = outcomes.stack.services
    token = issue_token(person, outcomes.stack.folder, now=datetime.now(UTC), local=True)
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": str(uuid4())}
    async with (
        asyncio.timeout(PATIENCE),
        httpx.AsyncClient(base_url=service.url, headers=headers, timeout=60) as client,
    ):
        while True:
            try:
                answer = await client.request(method, path, json=body)
            except httpx.TransportError:
                await asyncio.sleep(0.1)
            else:
                break
    assert answer.status_code == 200, answer.text
    return answer.json()


async def caught_up(outcomes: Outcomes) -> None:
    """Wait until everything on the topics is acknowledged."""
    async with asyncio.timeout(PATIENCE):
        while await lag(outcomes.stack.kafka, GROUP) > 0:  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.2)


async def without_members(bootstrap: str, group: str) -> None:
    """Wait until a group has forgotten the worker that was killed."""
    async with asyncio.timeout(PATIENCE):
        while (await members(bootstrap, group))[1] > 0:  # noqa: ASYNC110 - the broker
            await asyncio.sleep(0.2)
