"""Every command of a session is held to the version that was seen, and says what happened since."""

from typing import Any
from uuid import uuid4

import pytest

MOVE = {"adjustments": [{"person_id": "b1", "to": 4, "rationale": "Compared with peers"}]}
FLAG = {"justifications": [{"check": "team_concentration", "subject": "A", "text": "The launch"}]}
COMMANDS: list[tuple[str, str, object]] = [
    ("adjustments", "max", MOVE),
    (f"adjustments/{uuid4()}/support", "fay", None),
    ("confirmations", "fay", {"all_remaining": True}),
    ("justifications", "hanna", FLAG),
    ("contexts", "max", {"contexts": [{"person_id": "b1"}]}),
    ("finalize", "fay", None),
]


async def move(world: Any, person: str, to: int, by: str) -> None:
    body = {"adjustments": [{"person_id": person, "to": to, "rationale": "Compared with peers"}]}
    await world.post("adjustments", by, body)


@pytest.mark.parametrize(
    ("command", "who", "body"), COMMANDS, ids=[each[0].split("/")[0] for each in COMMANDS]
)
async def test_a_stale_command_changes_nothing_and_hears_what_happened(
    opened: Any, command: str, who: str, body: object
) -> None:
    await move(opened, "a2", 3, "max")
    await opened.post("confirmations", "fay", {"person_ids": ["b2"]})
    stale = await opened.post(command, who, body, match=1, expect=409)
    assert (stale["code"], stale["current_version"]) == ("stale_version", 3)
    told = [(each["version"], each["what"], each["people"], each["by"]) for each in stale["changed"]]
    assert told == [(2, "ratings moved", ["a2"], "max"), (3, "ratings confirmed", ["b2"], "fay")]
    assert await opened.count("SELECT version FROM session") == 3


async def test_nobody_hears_what_was_done_with_the_own_case_or_who_justified_what(opened: Any) -> None:
    await move(opened, "mia", 3, "vp")
    await opened.post("justifications", "hanna", FLAG)
    await move(opened, "mia", 5, "vp")
    stale = await opened.post("adjustments", "mia", MOVE, match=1, expect=409)
    assert stale["changed"] == [{"version": version, "what": "changed"} for version in (2, 3, 4)]
    stale = await opened.post("adjustments", "vp", MOVE, match=3, expect=409)
    assert [(each["what"], each["people"]) for each in stale["changed"]] == [("ratings moved", ["mia"])]


async def test_the_checks_are_kept_with_the_digest_of_their_policy(opened: Any) -> None:
    await opened.post("confirmations", "fay", {"all_remaining": True})
    await opened.post("justifications", "hanna", FLAG)
    await opened.post("finalize", "fay")
    kept = "SELECT DISTINCT policy_version || ' ' || policy_digest FROM check_result"
    assert await opened.count(kept) == "Engineering/2026.1 d1"
