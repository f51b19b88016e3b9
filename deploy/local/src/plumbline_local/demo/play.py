"""The whole scenario, act by act."""

import random
from dataclasses import dataclass
from typing import Any

from plumbline_local.demo.apis import together
from plumbline_local.demo.calibrating import calibrate
from plumbline_local.demo.casting import Cast, cast_quarter
from plumbline_local.demo.deciding import attest, close_cycle, decide
from plumbline_local.demo.following_up import follow_up
from plumbline_local.demo.goals import grade_goals, set_goals
from plumbline_local.demo.listening import document_concerns, give_notes, run_rounds, run_surveys
from plumbline_local.demo.midcycle import check_goals
from plumbline_local.demo.quarters import Quarter, plan_quarters
from plumbline_local.demo.reviewing import write_assessments
from plumbline_local.demo.roster import Roster
from plumbline_local.demo.setup import Script, bring_people, open_cycle, publish_policy, run_phase
from plumbline_local.demo.stage import Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """Who took part in which quarters, and what the import answered."""

    roster: Roster
    quarters: tuple[Quarter, ...]
    imported: Any


async def play(stage: Stage, script: Script, *, quarters: int, seed: int) -> Played:
    """Play the quarters; the same seed draws the same."""
    chance = random.Random(seed)
    planned = plan_quarters(quarters, chance)
    with stage.act("People and policy") as bar:
        roster, imported = await bring_people(stage, script, planned[0], bar)
        await publish_policy(stage, script, roster, planned[0])
        await stage.settle()
    before: Cast | None = None
    for quarter in planned:
        cast = cast_quarter(roster, chance, last=quarter is planned[-1], before=before)
        await _play_quarter(stage, roster, quarter, cast, chance)
        before = cast
    return Played(roster=roster, quarters=planned, imported=imported)


async def _play_quarter(
    stage: Stage, roster: Roster, quarter: Quarter, cast: Cast, chance: random.Random
) -> None:
    name = quarter.name
    with stage.act(f"{name}: goals") as bar:
        opened = await open_cycle(stage, roster, quarter)
        await run_phase(stage, roster, quarter, "goal_setting", "open")
        own = await set_goals(stage, roster, quarter, chance, bar)
        await run_phase(stage, roster, quarter, "goal_setting", "close")
    with stage.act(f"{name}: mid-cycle check") as bar:
        await run_phase(stage, roster, quarter, "mid_cycle", "open")
        own = await check_goals(stage, roster, quarter, own, chance, bar)
        await run_phase(stage, roster, quarter, "mid_cycle", "close")
    with stage.act(f"{name}: notes and concerns"):
        await give_notes(stage, roster, quarter, chance)
        await document_concerns(stage, quarter, cast)
    with stage.act(f"{name}: reviews and 360 feedback") as bar:
        await run_phase(stage, roster, quarter, "review", "open")
        await stage.settle()
        # Of different services, so side by side; each with a chance of its own, so that the order does not matter.
        one, two, three = (random.Random(chance.getrandbits(64)) for _ in range(3))
        await together(
            (
                grade_goals(stage, quarter, own, cast, one, bar),
                run_rounds(stage, roster, quarter, cast, two, bar),
                write_assessments(stage, roster, quarter, cast, three, bar),
            )
        )
    with stage.act(f"{name}: calibration") as bar:
        await attest(stage, roster, quarter, cast)
        await calibrate(stage, roster, quarter, cast, bar)
    with stage.act(f"{name}: outcomes") as bar:
        await decide(stage, roster, quarter, opened["merit"], bar)
        surveys = run_surveys(stage, roster, quarter, chance, bar)
        await together((surveys, follow_up(stage, roster, quarter)))
        await close_cycle(stage, roster, quarter)
