"""What follows from the ratings: awards signed by everybody in their chain, results released and acknowledged."""

from collections.abc import Sequence
from decimal import Decimal

from plumbline_local.demo import texts
from plumbline_local.demo.apis import DemoError, pieces, together
from plumbline_local.demo.casting import JANE, Cast
from plumbline_local.demo.quarters import Quarter
from plumbline_local.demo.roster import Roster
from plumbline_local.demo.setup import run_phase
from plumbline_local.demo.stage import Bar, Stage

# As many people as the api takes in one request.
_NAMED_AT_ONCE = 1000


async def attest(stage: Stage, roster: Roster, quarter: Quarter, cast: Cast) -> None:
    """The HR partner attests that nothing stands against a PIP of those who may get one, before they are rated."""
    path = f"/cycles/{quarter.cycle_id}/attestations"
    for person_id in (cast.documented, cast.undocumented):
        part = cast.part(person_id or "")
        if part is not None:
            partner = roster.partner_for(part.person) or roster.partner(part.person.division)
            body = {"person_ids": [part.person.person_id]}
            await stage.apis.post("outcomes", path, body, person=partner, at=quarter.calibration)


async def decide(stage: Stage, roster: Roster, quarter: Quarter, merit: bool, bar: Bar) -> None:
    """Wait for the outcomes, leave out who has no salary, sign the awards, release the results and let everybody acknowledge them."""
    bar.expect(len(roster.rated))
    await stage.settle()
    if merit:
        await _leave_out_unpaid(stage, roster, quarter)
    await run_phase(stage, roster, quarter, "outcomes", "open")
    await _write_assignments(stage, roster, quarter)
    if merit:
        await _sign(stage, roster, quarter)
    coordinator, at = roster.holder("coordinator"), quarter.outcomes
    path = f"/cycles/{quarter.cycle_id}"
    await stage.apis.post("reviews", f"{path}/release", person=coordinator, at=at)

    async def acknowledge(person: str) -> None:
        await stage.apis.post("reviews", f"{path}/acknowledge", person=person, at=at)
        bar.done()

    await together(acknowledge(each.person_id) for each in roster.rated)


async def close_cycle(stage: Stage, roster: Roster, quarter: Quarter) -> None:
    """End the last phase and the cycle."""
    await run_phase(stage, roster, quarter, "outcomes", "close")
    path, coordinator = f"/cycles/{quarter.cycle_id}/close", roster.holder("coordinator")
    await stage.apis.post("reviews", path, person=coordinator, at=quarter.outcomes)
    await stage.settle()


async def _leave_out_unpaid(stage: Stage, roster: Roster, quarter: Quarter) -> None:
    """HR names those for whom the file has no salary, so that the others of their division get their merit."""
    path = f"/cycles/{quarter.cycle_id}/without-pay"
    for partner, unpaid in roster.unpaid.items():
        for people in pieces(unpaid, _NAMED_AT_ONCE):
            body = {"people": [{"person_id": each, "reason": texts.WITHOUT_PAY} for each in people]}
            await stage.apis.post("outcomes", path, body, person=partner, at=quarter.outcomes)
    if roster.unpaid:
        await stage.settle()


async def _write_assignments(stage: Stage, roster: Roster, quarter: Quarter) -> None:
    """HR partners read which ratings offer an assignment; the managers say what their reports' are about."""
    path, at = f"/cycles/{quarter.cycle_id}", quarter.outcomes
    query = {"component": "assignment"}
    answers = await together(
        stage.apis.get("outcomes", f"{path}/outcomes", person=reader, at=at, query=query)
        for reader in roster.readers
    )
    offered = {row["person_id"] for answer in answers for row in answer["outcomes"]}

    async def write(manager: str, people: Sequence[str]) -> None:
        body = [
            {"person_id": each, "text": texts.JANES_ASSIGNMENT if each == JANE else texts.ASSIGNMENT}
            for each in people
        ]
        await stage.apis.post("outcomes", f"{path}/assignments", {"assignments": body}, person=manager, at=at)

    lists = [
        (manager, [each.person_id for each in reports if each.person_id in offered])
        for manager, reports in roster.managers.items()
    ]
    await together(write(manager, people) for manager, people in lists if people)


async def _sign(stage: Stage, roster: Roster, quarter: Quarter) -> None:
    """Managers, then their managers, then the HR partners: each reads what waits for them, and signs what was read."""
    managers = sorted({each.manager_id for each in roster.rated if each.manager_id})
    above = sorted({skip for each in roster.rated if (skip := roster.skip_level(each))})
    partners = sorted({each for division in roster.divisions for each in roster.partners(division)})
    # Steps that nobody holds fall to the HR partner, before and after the others.
    approved = 0
    for signers in (managers, partners, above, partners):
        alone = [each for each in signers if each not in partners]
        approved += sum(await together(_sign_own(stage, quarter, signer) for signer in alone))
        # Any HR partner may sign what waits for one: the next one reads what is left.
        for signer in signers:
            if signer in partners:
                approved += await _sign_own(stage, quarter, signer)
    path, coordinator = f"/cycles/{quarter.cycle_id}/pools", roster.holder("coordinator")
    pools = await stage.apis.get("outcomes", path, person=coordinator, at=quarter.outcomes)
    if not approved and any(Decimal(pool["award"] or 0) > 0 for pool in pools["pools"]):
        raise DemoError("no award got all of its signatures")


async def _sign_own(stage: Stage, quarter: Quarter, signer: str) -> int:
    """Read the awards that wait for somebody, and sign them at the revisions read; answers how many it approved."""
    path, at = f"/cycles/{quarter.cycle_id}/approvals", quarter.outcomes
    read = (await stage.apis.get("outcomes", path, person=signer, at=at))["awards"]
    named = [{"outcome_id": each["outcome_id"], "revision": each["revision"]} for each in read]
    approved = 0
    for some in pieces(named, _NAMED_AT_ONCE):
        answer = await stage.apis.post("outcomes", path, {"awards": list(some)}, person=signer, at=at)
        if answer["refused"]:
            raise DemoError(f"{signer} could not sign what waited for {signer}: {answer['refused']}")
        approved += answer["approved"]
    return approved
