"""Documents stay true in what a machine can check: links lead somewhere, commands exist, decisions are whole."""

import re
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path

import pytest
import typer
from typer.core import TyperGroup

from plumbline.cli.main import build
from plumbline.contracts.event import Event
from plumbline.contracts.registry import EVENTS
from plumbline.contracts.topics import TOPICS
from plumbline.runtime.service import Service, installed, load

ROOT = Path(__file__).parents[2]
_FOLDERS = (".", "docs", "docs/commands", "docs/decisions", "services/*", "deploy/*")
PAGES = sorted(page for folder in _FOLDERS for page in ROOT.glob(f"{folder}/*.md"))
DECISIONS = sorted((ROOT / "docs/decisions").glob("[0-9]*.md"))
HEADINGS = ("**Context.**", "**Decision.**", "**Rejected.**", "**What would reopen it.**")
_LINK = re.compile(r"\]\((?!https?:)([^)#\s]+)(#[^)]*)?\)")
_COMMAND = re.compile(r"(?<![\w./-])plumbline((?: [a-z][a-z-]+)+)")


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def broken_links(page: Path, text: str) -> list[str]:
    return [target for target, _ in _LINK.findall(text) if not (page.parent / target).exists()]


def unknown_commands(text: str) -> list[str]:
    """Commands in code that the command line does not know; words after a command that takes arguments are those."""
    code = re.findall(r"`([^`\n]+)`", text) + re.findall(
        r"^```\w*\n(.*?)^```", text, re.MULTILINE | re.DOTALL
    )
    unknown: list[str] = []
    whole = typer.main.get_command(build())
    for words in (match.split() for part in code for match in _COMMAND.findall(part)):
        command = whole
        for word in words:
            if not isinstance(command, TyperGroup):
                break
            found = command.commands.get(word)
            if found is None:
                unknown.append(" ".join(words))
                break
            command = found
    return unknown


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_link_leads_to_a_file(page: Path) -> None:
    assert broken_links(page, page.read_text()) == []


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_command_that_a_page_names_exists(page: Path) -> None:
    assert unknown_commands(page.read_text()) == []


def test_a_broken_link_and_an_unknown_command_are_found() -> None:
    assert broken_links(ROOT / "README.md", "[a](docs/nowhere.md) [b](LICENSE)") == ["docs/nowhere.md"]
    assert unknown_commands("`plumbline calc gradee x.csv` and `plumbline calc grade x.csv`") == [
        "calc gradee"
    ]
    assert unknown_commands("```sh\nuv run plumbline fly\n```") == ["fly"]


@pytest.mark.parametrize("decision", DECISIONS, ids=named)
def test_a_decision_has_its_four_parts_and_stands_in_the_index(decision: Path) -> None:
    places = [decision.read_text().find(heading) for heading in HEADINGS]
    assert places == sorted(places)
    assert places[0] > 0
    assert f"]({decision.name})" in (ROOT / "docs/decisions/README.md").read_text()


def test_decisions_are_numbered_without_gaps() -> None:
    assert [int(path.name[:4]) for path in DECISIONS] == list(range(1, len(DECISIONS) + 1))


def test_every_service_has_a_page_and_every_topic_stands_in_the_architecture() -> None:
    assert [s.name for s in installed() if not (ROOT / "services" / s.name / "README.md").exists()] == []
    text = (ROOT / "docs/architecture.md").read_text()
    assert [name for name in TOPICS if f"`{name}`" not in text] == []


def unnamed_events(text: str, events: set[type[Event]]) -> set[str]:
    """The events that a page names neither by their class nor by their type."""
    return {each.__name__ for each in events if each.__name__ not in text and each.TYPE not in text}


@pytest.mark.parametrize("service", installed(), ids=lambda service: service.name)
def test_a_services_page_names_every_event_that_comes_in_and_goes_out(service: Service) -> None:
    text = (ROOT / "services" / service.name / "README.md").read_text()
    taken = {handler.event for handler in load(service.handlers)}
    given = {event for event in EVENTS.values() if event.TOPIC.producer == service.name}
    assert given != set()
    assert unnamed_events(text, taken | given) == set()


def test_an_event_that_a_page_does_not_name_is_found() -> None:
    events = set(EVENTS.values())
    assert len(unnamed_events("`PersonStateV1` and `pm.people.pay.v1`", events)) == len(events) - 2


def unnamed_routes(text: str, paths: Iterable[str]) -> list[str]:
    """The paths whose last fixed part a page does not name: ``/cycles/{cycle_id}/close`` by ``/close``."""
    fixed = {path: [part for part in path.split("/") if part and part[0] != "{"] for path in paths}
    return [path for path, parts in fixed.items() if parts and f"/{parts[-1]}" not in text]


@pytest.mark.parametrize("service", installed(), ids=lambda service: service.name)
def test_a_services_page_names_every_route(service: Service) -> None:
    inbound = ROOT / "services" / service.name / "src" / service.name / "inbound"
    modules = [import_module(f"{service.name}.inbound.{path.stem}") for path in inbound.glob("http*.py")]
    paths = [route.path for module in modules if hasattr(module, "router") for route in module.router.routes]
    assert paths != []
    assert unnamed_routes((ROOT / "services" / service.name / "README.md").read_text(), paths) == []


def test_a_route_that_a_page_does_not_name_is_found() -> None:
    assert unnamed_routes("`POST /goals`, `/goals/{id}/lock`", ["/goals", "/goals/{id}/lock", "/fly"]) == [
        "/fly"
    ]
