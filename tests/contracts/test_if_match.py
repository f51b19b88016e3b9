"""No command of any service overlooks an If-Match: it holds to the version, or refuses the header."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

import calibration.api
import feedback.api
import goals.api
import outcomes.api
import people.api
import reviews.api
from feedback.settings import FeedbackSettings
from people.settings import PeopleSettings
from plumbline.runtime.http import SAFE, CommandRoute
from plumbline.runtime.settings import Settings
from plumbline_local.databases import Database
from plumbline_local.testing_services import client_of, local_settings, signed_in

BUILD: dict[str, tuple[Callable[[Any], FastAPI], type[Settings]]] = {
    "calibration": (calibration.api.build, Settings),
    "feedback": (feedback.api.build, FeedbackSettings),
    "goals": (goals.api.build, Settings),
    "outcomes": (outcomes.api.build, Settings),
    "people": (people.api.build, PeopleSettings),
    "reviews": (reviews.api.build, Settings),
}
# What shows its version, and is held to the one that was seen: each service tests each of these with a stale one.
HELD = {
    "calibration": {
        "/sessions/{session_id}/adjustments",
        "/sessions/{session_id}/adjustments/{adjustment_id}/support",
        "/sessions/{session_id}/confirmations",
        "/sessions/{session_id}/contexts",
        "/sessions/{session_id}/finalize",
        "/sessions/{session_id}/justifications",
    },
    "feedback": set[str](),
    "goals": {
        "/key-results/{key_result_id}/adjust",
        "/key-results/{key_result_id}/replace",
        "/objectives/{objective_id}/adjustments/{adjustment_id}/approve",
    },
    "people": set[str](),
    "reviews": {
        "/cycles/{cycle_id}/approve",
        "/cycles/{cycle_id}/budgets",
        "/cycles/{cycle_id}/close",
        "/cycles/{cycle_id}/phases/{name}/{act}",
        "/cycles/{cycle_id}/release",
        "/cycles/{cycle_id}/sessions/{session_id}/exclude",
    },
}


def commands_of(app: FastAPI) -> Iterator[CommandRoute]:
    included = [getattr(each, "original_router", None) for each in app.routes]
    for route in (route for each in included if each is not None for route in each.routes):
        if set(getattr(route, "methods", None) or ()) - SAFE:
            assert isinstance(route, CommandRoute), f"{route} is not made by create_router"
            yield route


def build(service: str, state: Path) -> FastAPI:
    """The service's api; nothing here gets as far as a database."""
    make, kind = BUILD[service]
    nowhere = "postgresql+asyncpg://nobody@127.0.0.1:1/none"
    database = Database(name=service, owner_url=nowhere, worker_url=nowhere, api_url=nowhere)
    return make(local_settings(kind, database, state))


@pytest.mark.parametrize("service", BUILD)
async def test_every_command_holds_to_an_if_match_or_refuses_it(service: str, tmp_path: Path) -> None:
    app = build(service, tmp_path)
    commands = list(commands_of(app))
    assert commands
    async with client_of(app) as client:
        for route in commands:
            if route.takes_version():
                continue
            path = route.path.replace("{", "").replace("}", "")
            sent = signed_in("ann", tmp_path, key="k1", match=99)
            (method,) = list(route.methods or ())
            answer = await client.request(method, path, json={}, headers=sent)
            assert (answer.status_code, answer.json()["code"]) == (400, "if_match_not_taken"), path


@pytest.mark.parametrize("service", HELD)
async def test_what_shows_a_version_is_held_to_it(service: str, tmp_path: Path) -> None:
    app = build(service, tmp_path)
    async with client_of(app):
        assert {route.path for route in commands_of(app) if route.takes_version()} == HELD[service]
