"""The calibration: a session a department, in which the facilitator moves, confirms, justifies and finalizes."""

from collections.abc import Sequence
from typing import Any

from plumbline_local.demo import texts
from plumbline_local.demo.apis import DemoError, together, until
from plumbline_local.demo.casting import Cast
from plumbline_local.demo.quarters import Quarter
from plumbline_local.demo.rooms import departments, who_confirms
from plumbline_local.demo.roster import Person, Roster
from plumbline_local.demo.setup import run_phase
from plumbline_local.demo.stage import Bar, Stage


async def calibrate(stage: Stage, roster: Roster, quarter: Quarter, cast: Cast, bar: Bar) -> None:
    """Close the reviews, and bring every planned session to its end."""
    coordinator = roster.holder("coordinator")
    path, at = f"/sessions?cycle_id={quarter.cycle_id}", quarter.calibration

    async def sessions() -> list[dict[str, Any]]:
        answer = await stage.apis.get("calibration", path, person=coordinator, at=at)
        return answer["sessions"]

    planned = await stage.apis.get("reviews", f"/cycles/{quarter.cycle_id}", person=coordinator, at=at)
    count = len(planned["sessions"])
    bar.expect(count)
    await until(
        "the opening of every calibration session",
        sessions,
        good=lambda found: len([each for each in found if each["state"] == "open"]) == count,
    )
    await run_phase(stage, roster, quarter, "review", "close")
    await run_phase(stage, roster, quarter, "calibration", "open")
    await together(_hold(stage, roster, quarter, cast, session, bar) for session in await sessions())
    await stage.settle()
    await run_phase(stage, roster, quarter, "calibration", "close")


async def _hold(
    stage: Stage, roster: Roster, quarter: Quarter, cast: Cast, session: dict[str, Any], bar: Bar
) -> None:
    """One session: moves with their rationale, the rest confirmed, flags justified, final.

    What is about the facilitator, or the facilitator's reports, others settle.
    """
    facilitator, at = session["facilitator_id"], quarter.calibration
    path = f"/sessions/{session['session_id']}"

    async def post(command: str, body: object = None, *, by: str = facilitator) -> Any:  # noqa: ANN401 - JSON
        return await stage.apis.post("calibration", f"{path}/{command}", body, person=by, at=at)

    shown = await stage.apis.get("calibration", path, person=facilitator, at=at)
    moves = [move for case in shown["cases"] if (move := _move(cast, case)) is not None]
    if moves:
        await post("adjustments", {"adjustments": moves})
    confirmed = await post("confirmations", {"all_remaining": True})
    people = departments(roster)[session["division"], session["department"]]
    for by, left_out in _by_participant(roster, confirmed["left_out"], people).items():
        await post("confirmations", {"person_ids": left_out}, by=by)
    checks = await stage.apis.get("calibration", f"{path}/checks", person=facilitator, at=at)
    for by, flags in _by_justifier(roster, facilitator, checks["checks"]).items():
        await post("justifications", {"justifications": flags}, by=by)
    await post("finalize")
    bar.done()


def _by_participant(
    roster: Roster, left_out: Sequence[str], people: Sequence[Person]
) -> dict[str, list[str]]:
    """What the facilitator may not confirm, by the participant who does.

    Raises:
        DemoError: nobody may.
    """
    found: dict[str, list[str]] = {}
    for name in left_out:
        by = who_confirms(roster, roster.people[name], people)
        if by is None:
            raise DemoError(f"nobody in the session may confirm the case of {name}: name another facilitator")
        found.setdefault(by, []).append(name)
    return found


def _by_justifier(
    roster: Roster, facilitator: str, checks: Sequence[dict[str, Any]]
) -> dict[str, list[dict[str, str]]]:
    """The flags to justify, by who does: the facilitator, and HR where the flag is about the facilitator."""
    found: dict[str, list[dict[str, str]]] = {}
    for each in checks:
        if each["state"] == "flag":
            own = each["subject"] == facilitator
            by = roster.partner(roster.people[facilitator].division) if own else facilitator
            flag = {"check": each["check"], "subject": each["subject"], "text": texts.JUSTIFICATION}
            found.setdefault(by, []).append(flag)
    return found


def _move(cast: Cast, case: dict[str, Any]) -> dict[str, Any] | None:
    part = cast.part(case["person_id"])
    if part is None or part.settled == case["rating"]:
        return None
    rationale = texts.MOVED_UP if part.settled > case["rating"] else texts.MOVED_DOWN
    return {"person_id": case["person_id"], "to": part.settled, "rationale": rationale}
