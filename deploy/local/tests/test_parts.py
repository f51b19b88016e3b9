"""What the stack is made of is checked before it is used, and what is missing is said."""

import hashlib
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from plumbline.cli.main import build
from plumbline_local import doctor, jars, java, probes
from plumbline_local.databases import create_statements
from plumbline_local.jars import Jar, JarError, fetch, read_lock
from plumbline_local.kafka_config import Ports, broker_settings
from plumbline_local.state import Process, ServiceState, StackState, load_state, save_state


@pytest.fixture
def downloads(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """Instead of downloading, write a file that says what it is; the first one is cut short if asked to."""
    made: list[str] = []

    def locate(coordinate: str, maven: object) -> Path:
        path = tmp_path / f"{coordinate.replace(':', '-')}.jar"
        if not path.exists():
            made.append(coordinate)
            path.write_text("whole" if "broken" not in coordinate else "something else")
        return path

    monkeypatch.setattr(jars, "_locate", locate)
    return made


def pinned(name: str) -> Jar:
    return Jar(coordinate=f"g:{name}:1", sha256=hashlib.sha256(b"whole").hexdigest())


def test_every_pinned_jar_has_a_checksum_and_kafka_is_among_them() -> None:
    lock = read_lock()
    assert jars.KAFKA in {jar.coordinate for jar in lock}
    assert len({jar.coordinate for jar in lock}) == len(lock) > 40
    assert all(len(bytes.fromhex(jar.sha256)) == 32 for jar in lock)


def test_a_jar_that_differs_from_its_checksum_is_refused_and_removed(
    downloads: list[str], tmp_path: Path
) -> None:
    with pytest.raises(JarError, match="g:broken:1"):
        fetch([pinned("broken")], tmp_path)
    assert downloads == ["g:broken:1", "g:broken:1"]
    assert not (tmp_path / "g-broken-1.jar").exists()


def test_a_download_that_was_cut_off_is_fetched_again(downloads: list[str], tmp_path: Path) -> None:
    (tmp_path / "g-good-1.jar").write_text("who")
    (path,) = fetch([pinned("good")], tmp_path)
    assert path.read_text() == "whole"
    assert downloads == ["g:good:1"]


def test_a_jar_that_changed_after_it_was_verified_is_noticed(downloads: list[str], tmp_path: Path) -> None:
    (path,) = fetch([pinned("good")], tmp_path)
    path.write_text("tampered")
    fetch([pinned("good")], tmp_path)
    assert downloads == ["g:good:1", "g:good:1"]
    assert path.read_text() == "whole"


def test_java_comes_from_the_wheel_when_the_machine_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.delenv("JAVA_HOME", raising=False)
    found = java.find_java()
    assert found.source == "wheel"
    assert found.version >= java.MINIMUM


def test_a_java_that_is_too_old_is_passed_over(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    old = tmp_path / "bin" / "java"
    old.parent.mkdir()
    old.write_text("#!/bin/sh\necho 'openjdk version \"11.0.2\"' >&2\n")
    old.chmod(0o755)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    assert java.java_version(old) == 11
    assert java.find_java().version >= java.MINIMUM


def test_the_broker_makes_no_topic_by_itself_and_replicates_nothing() -> None:
    settings = broker_settings(logs=Path("/data"), ports=Ports(broker=1, controller=2))
    assert settings["auto.create.topics.enable"] == "false"
    factors = {key: value for key, value in settings.items() if key.endswith("replication.factor")}
    assert set(factors.values()) == {"1"}
    assert len(factors) == 3


def test_a_state_is_read_back_and_one_of_a_dead_supervisor_is_not_running(tmp_path: Path) -> None:
    dead = Process(pid=1, started=0.0)
    state = StackState(
        folder=tmp_path, supervisor=dead, kafka="k", database_url="d", services=[], pids={"kafka": 7}
    )
    save_state(state)
    assert load_state(tmp_path) == state
    assert not state.running()
    assert (tmp_path / "state.json").stat().st_mode & 0o077 == 0


def test_the_doctor_names_what_is_missing_and_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    def none() -> java.Java:
        raise java.JavaError("run `make install`")

    monkeypatch.setattr(doctor, "find_java", none)
    answer = CliRunner().invoke(build(), ["doctor", "--json"])
    findings = {row["what"]: row for row in json.loads(answer.stdout)["findings"]}
    assert answer.exit_code == 1
    assert findings["Java 17+"]["remedy"] == "run `make install`"
    assert findings["PostgreSQL"]["ok"]
    assert findings["Kafka"]["ok"]


def test_status_says_when_nothing_runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PLUMBLINE_STATE", str(tmp_path))
    answer = CliRunner().invoke(build(), ["status", "--json"])
    assert answer.exit_code == 1
    assert json.loads(answer.stdout) == {"running": False}


async def test_a_probe_that_fails_spoils_only_its_service(monkeypatch: pytest.MonkeyPatch) -> None:
    async def depth(state: StackState, service: ServiceState) -> dict[str, int]:
        if service.name == "ill":
            raise OSError("away")
        return {"outbox": 3}

    monkeypatch.setattr(probes, "PROBES", [depth])
    services = [
        ServiceState(
            name=name, url="", probe_url="", database_url="", api_database_url="", owner_database_url=""
        )
        for name in ("ill", "well")
    ]
    state = StackState(
        folder=Path(),
        supervisor=Process(pid=1, started=0),
        kafka="",
        database_url="",
        services=services,
        pids={},
    )
    ill, well = await probes.measure(state)
    assert ill.error == "OSError: away"
    assert well.measures == {"outbox": 3}


def test_a_template_name_that_is_no_identifier_is_refused() -> None:
    with pytest.raises(ValueError, match="no database name"):
        create_statements("people", name="people", template="x; DROP DATABASE people")
