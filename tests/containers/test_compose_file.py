"""The compose file and the image name what exists: services, modules, settings, files and health checks."""

import importlib.util
import re
import stat
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from compose import ROOT, named_variables, read_compose

from plumbline.runtime.service import Service, installed
from plumbline.runtime.settings import Settings

COMPOSE = read_compose()
PROCESSES: dict[str, dict[str, Any]] = COMPOSE["services"]
JOBS = {"migrations", "topics"}
SERVERS = {"postgres", "kafka"}
IMAGE = (ROOT / "deploy/images/Dockerfile").read_text()


def settings_of(service: Service) -> type[Settings]:
    """The settings class of a service's api: its own subclass, or the shared one."""
    module = import_module(service.worker.partition(".")[0] + ".settings")
    own = [
        each
        for each in vars(module).values()
        if isinstance(each, type) and issubclass(each, Settings) and each is not Settings
    ]
    return own[0] if own else Settings


RUNNING = [
    pytest.param(service, part, f"{service.name}-{part}", id=f"{service.name}-{part}")
    for service in installed()
    for part in ("api", "worker")
]
NAMES = {f"{service.name}-{part}": part for service in installed() for part in ("api", "worker")}


def test_every_installed_service_has_one_api_and_one_worker_and_nothing_else_runs() -> None:
    expected = set(NAMES) | JOBS | SERVERS
    assert set(PROCESSES) == expected


@pytest.mark.parametrize(("service", "part", "name"), RUNNING)
def test_a_process_runs_its_own_part_of_its_own_service(service: Service, part: str, name: str) -> None:
    assert PROCESSES[name]["command"] == ["python", "-m", "plumbline.runtime.run", part, service.name]


@pytest.mark.parametrize("name", sorted(set(PROCESSES) - SERVERS))
def test_a_command_starts_a_module_that_exists(name: str) -> None:
    program, option, module = PROCESSES[name]["command"][:3]
    assert (program, option) == ("python", "-m")
    assert importlib.util.find_spec(module) is not None
    assert hasattr(import_module(module), "main")


@pytest.mark.parametrize(("service", "part", "name"), RUNNING)
def test_a_process_is_told_only_what_its_settings_know(service: Service, part: str, name: str) -> None:
    told = PROCESSES[name]["environment"]
    known = {f"PLUMBLINE_{field.upper()}" for field in settings_of(service).model_fields}
    assert set(told) - known == set()
    assert f"@postgres:5432/{service.name}" in "".join(map(str, told.values()))
    role = f"//{service.name}_{part}:"
    assert all(role in url for key, url in told.items() if key.endswith("DATABASE_URL"))


@pytest.mark.parametrize("service", installed(), ids=lambda service: service.name)
def test_a_services_settings_accept_what_its_api_is_told(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    for key, value in PROCESSES[f"{service.name}-api"]["environment"].items():
        monkeypatch.setenv(key, str(value))
    settings = settings_of(service)()
    assert settings.local
    assert settings.kafka == "kafka:9092"
    assert settings.database_for_api().startswith(f"postgresql+asyncpg://{service.name}_api:")


def test_the_migrations_job_covers_every_service_as_its_owner() -> None:
    given = dict(each.split("=", 1) for each in PROCESSES["migrations"]["command"][3:])
    assert set(given) == {service.name for service in installed()}
    assert all(f"//{name}_owner:" in url and url.endswith(f"/{name}") for name, url in given.items())


def test_a_process_is_checked_on_the_port_that_it_listens_on() -> None:
    for name, part in NAMES.items():
        environment = PROCESSES[name]["environment"]
        port = environment["PLUMBLINE_HTTP_PORT" if part == "api" else "PLUMBLINE_PROBE_PORT"]
        assert f"127.0.0.1:{port}/readyz" in PROCESSES[name]["healthcheck"]["test"][-1]


def test_nothing_listens_beyond_this_machine_unless_somebody_says_so() -> None:
    published = [port for process in PROCESSES.values() for port in process.get("ports", ())]
    assert len(published) == len(installed()) + 1
    assert all(port.startswith("127.0.0.1:") for port in published)
    assert len({port.split(":")[1] for port in published}) == len(published)


def test_every_dependency_volume_and_file_exists() -> None:
    for process in PROCESSES.values():
        assert set(process.get("depends_on", {})) <= set(PROCESSES)
        for volume in process.get("volumes", ()):
            source = volume.split(":")[0]
            assert (ROOT / source).exists() if source.startswith(".") else source in COMPOSE["volumes"]


def test_every_variable_of_the_file_is_documented() -> None:
    text = (ROOT / "docs/operations.md").read_text()
    assert {name for name in named_variables() if f"`{name}`" not in text} == set()


def test_the_image_installs_every_service_and_copies_what_exists() -> None:
    packaged = set(re.findall(r"--package plumbline-([a-z]+)", IMAGE))
    assert packaged == {service.name for service in installed()}
    for line in re.findall(r"^COPY (?!--from)(.+)$", IMAGE, re.MULTILINE):
        *sources, _ = line.split()
        assert [source for source in sources if not (ROOT / source).exists()] == []


def test_the_image_runs_as_somebody_who_is_not_root_and_owns_the_state_folder() -> None:
    assert re.findall(r"^USER (.+)$", IMAGE, re.MULTILINE) == ["plumbline"]
    assert PROCESSES["people-api"]["environment"]["PLUMBLINE_STATE"] in IMAGE


def test_the_database_script_may_be_executed() -> None:
    assert (ROOT / "deploy/images/databases.sh").stat().st_mode & stat.S_IXOTH
