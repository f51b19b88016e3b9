"""No answer before the release depends on the own rating, whatever part in the calibration somebody has."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from fastapi.routing import APIRoute

from calibration.inbound.http import router
from plumbline.contracts.cycle import ResultsReleasedV1
from plumbline.contracts.feedback import FeedbackGivenV1

ME = "a1"
ROLES = {
    "facilitator": (),
    "coordinator": ("coordinator",),
    "HR partner": ("hr_partner:Engineering",),
    "auditor": ("auditor",),
    "participant": (),
    "all at once": ("coordinator", "hr_partner:Engineering", "auditor"),
}
FACILITATING = ("facilitator", "all at once")
# Proposed and as it stands, the change among them upwards and downwards.
OWN = ((3, 3), (5, 5), (2, 4), (4, 3))
ON = ("proposed", "final", "change")
TEAM_A = {"justifications": [{"check": "team_concentration", "subject": "A", "text": "The launch"}]}


async def write(world: Any, statement: str, **values: object) -> None:
    async with world.worker.begin() as tx:
        await tx.execute(sa.text(statement), values)


async def take_part(world: Any, part: str) -> None:
    """Somebody whose own rating is in the session gets this part in it.

    With b1 the team is six: two of the five others "exceed", so that the limit is passed by an own 4 or 5 alone.
    """
    await write(
        world,
        "UPDATE directory SET roles = :roles WHERE person_id = :me",
        roles=list(ROLES[part]),
        me=ME,
    )
    await write(world, "UPDATE directory SET team = 'A' WHERE person_id = 'b1'")
    if part == "participant":
        await write(world, "UPDATE rated_case SET manager_id = :me WHERE person_id = 'b5'", me=ME)
    if part in FACILITATING:
        await write(world, "UPDATE session SET facilitator_id = :me", me=ME)


async def rate_me(world: Any, own: tuple[int, int]) -> None:
    await write(
        world,
        "UPDATE rated_case SET proposed = :proposed, rating = :rating, final = CASE WHEN final IS NULL THEN NULL "
        "ELSE CAST(:rating AS smallint) END WHERE person_id = :me",
        proposed=own[0],
        rating=own[1],
        me=ME,
    )


def reads(world: Any) -> dict[str, list[str]]:
    """Every way to ask each read that the service has."""
    session, cycle = f"/sessions/{world.session_id}", f"/cycles/{world.cycle_id}"
    where = ["", "division=Engineering"]
    return {
        "/sessions": [f"/sessions?cycle_id={world.cycle_id}"],
        "/sessions/{session_id}": [session],
        "/sessions/{session_id}/checks": [f"{session}/checks?on={on}" for on in ON],
        "/cycles/{cycle_id}/distribution": [f"{cycle}/distribution?{each}" for each in where],
        "/cycles/{cycle_id}/checks": [f"{cycle}/checks?on={on}&{each}" for on in ON for each in where],
        "/appeals/{appeal_id}": [f"/appeals/{world.session_id}"],
    }


async def ask_all(world: Any, who: str = ME) -> dict[str, tuple[int, bytes, str | None]]:
    answers = {path: await world.send("GET", path, who) for paths in reads(world).values() for path in paths}
    return {
        path: (each.status_code, each.content, each.headers.get("etag")) for path, each in answers.items()
    }


def test_every_read_of_the_service_is_asked(opened: Any) -> None:
    routes = {
        each.path for each in router.routes if isinstance(each, APIRoute) and "GET" in (each.methods or ())
    }
    assert routes == set(reads(opened))


@pytest.mark.parametrize("final", [False, True], ids=["open", "final"])
@pytest.mark.parametrize("part", ROLES)
async def test_no_answer_before_the_release_depends_on_the_own_rating(
    opened: Any, part: str, final: bool
) -> None:
    await take_part(opened, part)
    if final:
        await write(opened, "UPDATE rated_case SET state = 'confirmed'")
        await write(opened, "UPDATE session SET facilitator_id = 'fay' WHERE facilitator_id <> :me", me=ME)
        by = ME if part in FACILITATING else "fay"
        if by == ME:
            await opened.post("justifications", ME, TEAM_A)
        await rate_me(opened, (3, 3))
        await opened.post("finalize", by)
    seen: list[dict[str, tuple[int, bytes, str | None]]] = []
    for own in OWN:
        await rate_me(opened, own)
        seen.append(await ask_all(opened))
    assert {path for path, (status, _, _) in seen[0].items() if status == 200} >= {
        path for paths in list(reads(opened).values())[:2] for path in paths
    }
    checks = f"/sessions/{opened.session_id}/checks?on=final"
    assert seen[0][checks][0] == (403 if part == "participant" else 200)
    for answers in seen[1:]:
        assert answers == seen[0]


async def test_what_others_read_does_depend_on_it(opened: Any) -> None:
    """So that the test above cannot pass by ratings that nothing shows."""
    await take_part(opened, "coordinator")
    await rate_me(opened, (3, 3))
    before = await ask_all(opened, "hanna")
    await rate_me(opened, (5, 4))
    after = await ask_all(opened, "hanna")
    same = {path for path in before if before[path] == after[path]}
    assert same == {path for name in ("/sessions", "/appeals/{appeal_id}") for path in reads(opened)[name]}


def commands() -> Iterator[tuple[str, object]]:
    """Everything that a facilitator asks for to bring a session to its end, and what is refused on the way."""
    mine = {"adjustments": [{"person_id": ME, "to": 4, "rationale": "Mine"}]}
    recency = {"justifications": [{"check": "recency", "subject": ME, "text": "Mine"}]}
    no_flag = {"justifications": [{"check": "team_concentration", "subject": "B", "text": "None"}]}
    yield from (("adjustments", mine), ("confirmations", {"person_ids": [ME]}), ("justifications", recency))
    yield from (("contexts", {"contexts": [{"person_id": ME}]}), ("confirmations", {"all_remaining": True}))
    yield from (
        ("finalize", None),
        ("justifications", no_flag),
        ("justifications", TEAM_A),
        ("finalize", None),
    )


async def finish(world: Any, own: tuple[int, int]) -> list[tuple[int, bytes]]:
    """What the facilitator hears on the way to the end of the session, and reads there."""
    await take_part(world, "all at once")
    await rate_me(world, own)
    await world.post("confirmations", "vp", {"person_ids": [ME]})
    heard: list[tuple[int, bytes]] = []
    for command, body in commands():
        answer = await world.send("POST", f"/sessions/{world.session_id}/{command}", ME, body)
        heard.append((answer.status_code, answer.content))
    return heard + [(status, body) for status, body, _ in (await ask_all(world)).values()]


async def test_no_command_of_a_facilitator_is_answered_by_the_own_rating(
    make_world: Any,
) -> None:
    heard: list[list[tuple[int, bytes]]] = []
    kept: list[str] = []
    for own in OWN:
        async with make_world() as world:
            await world.open_session()
            heard.append(await finish(world, own))
            state = "SELECT state FROM check_result WHERE check_name = 'team_concentration' AND subject = 'A'"
            kept.append(await world.count(state))
            (summary,) = await world.published("%session-finalized%")
            assert summary["checks"]["team_concentration"] == kept[-1]
    assert [status for status, _ in heard[0]][:9] == [403, 403, 403, 403, 200, 409, 409, 200, 200]
    assert b'{"check":"team_concentration","subject":"A"}' in heard[0][5][1]
    assert all(each == heard[0] for each in heard[1:])
    # What is kept and announced is over everybody, the own 4 or 5 among them.
    assert kept == ["justified" if rating >= 4 else "clear" for _, rating in OWN]


async def test_a_flag_that_only_an_own_rating_would_raise_says_so(opened: Any) -> None:
    await take_part(opened, "facilitator")
    await rate_me(opened, (3, 3))
    path = f"/sessions/{opened.session_id}/checks"

    async def team_a(who: str) -> tuple[str, str]:
        found = (await opened.get(path, who))["checks"]
        (each,) = [c for c in found if (c["check"], c["subject"]) == ("team_concentration", "A")]
        return each["state"], each["sentence"]

    state, sentence = await team_a(ME)
    assert state == "flag"
    assert sentence.startswith("Supposing that your own case is rated ")
    assert (await team_a("hanna"))[0] == "clear"
    # Whose rating raises nothing is asked for nothing that is not so.
    await opened.post("justifications", "hanna", TEAM_A, expect=409)


async def test_after_the_release_everybody_reads_the_same(opened: Any) -> None:
    await take_part(opened, "all at once")
    await write(opened, "UPDATE rated_case SET state = 'confirmed'")
    await opened.post("justifications", ME, TEAM_A)
    await opened.post("finalize", ME)
    asked = [
        path for name, paths in reads(opened).items() if name != "/sessions/{session_id}" for path in paths
    ]
    tomorrow = opened.now.date() + timedelta(days=1)
    await opened.receive([ResultsReleasedV1(cycle_id=opened.cycle_id, released_on=tomorrow)])
    mine, theirs = await ask_all(opened), await ask_all(opened, "hanna")
    assert [path for path in asked if mine[path] == theirs[path]] == [
        path for name in ("/sessions", "/appeals/{appeal_id}") for path in reads(opened)[name]
    ]
    opened.now += timedelta(days=1)
    mine, theirs = await ask_all(opened), await ask_all(opened, "hanna")
    assert [path for path in asked if mine[path] != theirs[path]] == []
    shown = await opened.show(ME)
    assert shown["distribution"]["current"]["people"] == 12
    # How the own case was discussed stays with those who discussed it.
    assert ME not in {case["person_id"] for case in shown["cases"]}


async def test_an_own_rating_that_never_became_final_is_not_released_with_the_others(opened: Any) -> None:
    """A session left out of a cycle stays open; its proposals are nobody's result."""
    await take_part(opened, "coordinator")
    await opened.receive([ResultsReleasedV1(cycle_id=opened.cycle_id, released_on=date(2026, 9, 15))])
    seen: list[dict[str, tuple[int, bytes, str | None]]] = []
    for own in OWN:
        await rate_me(opened, own)
        seen.append(await ask_all(opened))
    assert all(each == seen[0] for each in seen)


async def test_a_flag_about_the_facilitators_own_case_is_the_hr_partners_to_justify(opened: Any) -> None:
    late = [
        FeedbackGivenV1(feedback_id=uuid4(), person_id=ME, occurred_on=date(2026, 9, 25)) for _ in range(6)
    ]
    await opened.receive(late)
    await take_part(opened, "facilitator")
    await write(opened, "UPDATE rated_case SET state = 'confirmed'")
    await opened.post("justifications", ME, TEAM_A)
    missing = (await opened.post("finalize", ME, expect=409))["missing"]
    assert missing == {
        "unjustified_flags": {"count": 1, "first": [{"check": "recency", "subject": ME}]},
    }
    own = {"justifications": [{"check": "recency", "subject": ME, "text": "Joined the launch late"}]}
    refused = await opened.post("justifications", ME, own, expect=403)
    assert "HR partner" in refused["fix"]
    await opened.post("justifications", "hanna", own)
    await opened.post("finalize", ME)
