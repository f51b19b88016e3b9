"""Every command of a cycle is held to the version that was seen, and says what happened since."""

import pytest

from .conftest import CYCLE, ENGINEERING, World

COMMANDS: dict[str, object] = {
    "approve": None,
    "budgets": {"division": ENGINEERING, "currency": "USD", "budget_amount": "1.00", "reason": "Cut"},
    "phases/review/close": None,
    "sessions/00000000-0000-0000-0000-000000000000/exclude": {"reason": "Dissolved"},
    "release": None,
    "close": None,
}


@pytest.mark.parametrize("command", COMMANDS)
async def test_a_stale_command_changes_nothing_and_hears_what_happened(cycle: World, command: str) -> None:
    path = f"/cycles/{CYCLE}/{command}"
    stale = await cycle.post(path, "cora", COMMANDS[command], match=1, expect=409)
    assert (stale["code"], stale["current_version"]) == ("stale_version", 3)
    told = [(each["version"], each["what"], each["by"]) for each in stale["changed"]]
    assert told == [(2, "approved", "cora"), (3, "review opened", "cora")]
    assert (await cycle.get(f"/cycles/{CYCLE}", "cora"))["version"] == 3
