"""The whole of Plumbline on one machine: PostgreSQL, Kafka, databases, topics and every service."""

import asyncio
import os
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from plumbline.runtime.service import Service, installed
from plumbline_local.child import Command, tail
from plumbline_local.databases import Database
from plumbline_local.external import ExternalPostgres
from plumbline_local.jars import cache_folder, fetch, read_lock
from plumbline_local.kafka import Kafka
from plumbline_local.ports import free_port
from plumbline_local.postgres import Postgres
from plumbline_local.state import Process, ServiceState, StackState, clear_state, save_state
from plumbline_local.supervisor import Backoff, ServiceProcess, Supervisor

StepReporter = Callable[[str], AbstractContextManager[object]]
_READY_SECONDS = 60.0
_POLL_SECONDS = 0.1
# Deaths in a row after which a service that never got ready is given up.
_HOPELESS = 5


class StackError(RuntimeError):
    """The stack could not start; the message says which part and ends with its log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A service to run: ``migrate`` takes the owner's database address, ``arguments`` are the process to start."""

    name: str
    migrate: Callable[[str], None]
    arguments: Sequence[str]


def installed_plans(names: Sequence[str] | None = None) -> list[Plan]:
    """A plan for every installed service, or for those named: worker and api in one process."""
    return [
        Plan(
            name=service.name,
            migrate=partial(_upgrade, service),
            arguments=process_arguments("both", service.name),
        )
        for service in installed()
        if names is None or service.name in names
    ]


def _upgrade(service: Service, url: str) -> None:
    # Alembic takes a second to import, which only a starting stack should pay.
    from plumbline.runtime.migrate import upgrade

    upgrade(service, url)


def process_arguments(part: str, service: str) -> list[str]:
    """The command line of one process of a service; ``part`` is worker, api or both."""
    return [sys.executable, "-m", "plumbline.runtime.run", part, service]


def apply_topics(bootstrap: str) -> None:
    """Create the declared topics that the broker lacks, signing in as the environment says."""
    from plumbline.runtime.kafka_security import security_of
    from plumbline.runtime.settings import KafkaSettings
    from plumbline.runtime.topics import apply

    asyncio.run(apply(bootstrap, security=security_of(KafkaSettings())))


def service_environment(
    *, folder: Path, kafka: str, database: Database, http_port: int, probe_port: int
) -> dict[str, str]:
    """What a service's process is told."""
    return {
        "PLUMBLINE_LOCAL": "1",
        "PLUMBLINE_STATE": str(folder),
        "PLUMBLINE_KAFKA": kafka,
        "PLUMBLINE_DATABASE_URL": database.worker_url,
        "PLUMBLINE_API_DATABASE_URL": database.api_url,
        "PLUMBLINE_HTTP_PORT": str(http_port),
        "PLUMBLINE_PROBE_PORT": str(probe_port),
    }


@dataclass(slots=True, kw_only=True)
class Stack:
    """Starts everything into ``folder``; one thread calls ``start``, ``watch`` and ``stop``."""

    folder: Path
    plans: Sequence[Plan]
    durable: bool = True
    step: StepReporter = lambda name: nullcontext()
    topics: Callable[[str], None] = apply_topics
    # Whether to wait until every service's /readyz says yes.
    wait: bool = True
    backoff: Backoff = field(default_factory=Backoff)
    supervisor: Supervisor = field(init=False)
    _state: StackState | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        """Give the supervisor a place to report changes to."""
        self.supervisor = Supervisor(backoff=self.backoff, on_change=self._save_pids, on_event=self._log)

    def start(self) -> StackState:
        """Start all parts in order and return where they answer; raises StackError, stopping what had started."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            return self._start()
        except BaseException:
            self.stop()
            raise

    def watch(self) -> None:
        """Restart what dies, until ``supervisor.request_stop``."""
        self.supervisor.watch()

    def stop(self) -> None:
        """Stop everything and forget the state file."""
        self.supervisor.stop()
        clear_state(self.folder)

    def _start(self) -> StackState:
        server = self._start_postgres()
        bootstrap = self._start_kafka()
        databases = {plan.name: server.create_database(plan.name) for plan in self.plans}
        with self.step("Migrations"):
            for plan in self.plans:
                plan.migrate(databases[plan.name].owner_url)
        with self.step("Topics"):
            self.topics(bootstrap)
        self._state = StackState(
            folder=self.folder,
            supervisor=Process.of(os.getpid()),
            kafka=bootstrap,
            database_url=server.url if isinstance(server, ExternalPostgres) else server.url(),
            services=[self._add_service(plan, bootstrap, databases[plan.name]) for plan in self.plans],
            pids={},
        )
        if self.wait and self._state.services:
            with self.step("Services"):
                self._wait_until_ready(self._state)
        self._state = self._state.model_copy(update={"ready": True})
        self._save_pids(self.supervisor.pids())
        return self._state

    def _start_postgres(self) -> Postgres | ExternalPostgres:
        if given := os.environ.get("PLUMBLINE_DATABASE_URL"):
            return ExternalPostgres(url=given, folder=self.folder)
        postgres = Postgres(folder=self.folder / "postgres", durable=self.durable)
        with self.step("PostgreSQL"):
            self.supervisor.add(postgres)
        return postgres

    def _start_kafka(self) -> str:
        if given := os.environ.get("PLUMBLINE_KAFKA"):
            return given
        with self.step("Kafka's jars (downloaded once)"):
            fetch(read_lock(), cache_folder())
        kafka = Kafka(folder=self.folder / "kafka")
        with self.step("Kafka"):
            self.supervisor.add(kafka)
        return kafka.bootstrap

    def _add_service(self, plan: Plan, bootstrap: str, database: Database) -> ServiceState:
        http_port, probe_port = free_port(), free_port()
        environment = service_environment(
            folder=self.folder, kafka=bootstrap, database=database, http_port=http_port, probe_port=probe_port
        )
        command = Command(
            name=plan.name,
            arguments=plan.arguments,
            log=self._log_of(plan.name),
            # One process a service here: its name tells it apart, and a restarted one takes over at once.
            environment={**environment, "PLUMBLINE_INSTANCE": plan.name},
            patience=25.0,
        )
        self.supervisor.add(ServiceProcess(command=command))
        return ServiceState(
            name=plan.name,
            url=f"http://127.0.0.1:{http_port}",
            probe_url=f"http://127.0.0.1:{probe_port}",
            database_url=database.worker_url,
            api_database_url=database.api_url,
            owner_database_url=database.owner_url,
        )

    def _wait_until_ready(self, state: StackState) -> None:
        deadline = time.monotonic() + _READY_SECONDS
        missing: list[ServiceState] = list(state.services)
        while missing := [service for service in missing if not is_ready(service)]:
            for service in missing:
                if time.monotonic() > deadline or self.supervisor.failures(service.name) >= _HOPELESS:
                    raise StackError(self._last_words(service.name))
            self.supervisor.look()
            time.sleep(_POLL_SECONDS)

    def _last_words(self, service: str) -> str:
        log = self._log_of(service)
        return f"{service} does not get ready. Its log {log} ends with:\n{tail(log)}"

    def _log_of(self, service: str) -> Path:
        return self.folder / "logs" / f"{service}.log"

    def _save_pids(self, pids: dict[str, int]) -> None:
        if self._state is not None:
            self._state = self._state.model_copy(update={"pids": pids})
            save_state(self._state)

    def _log(self, text: str) -> None:
        with (self.folder / "supervisor.log").open("a") as log:
            log.write(f"{time.strftime('%Y-%m-%dT%H:%M:%S')} {text}\n")


def is_ready(service: ServiceState) -> bool:
    """Whether a service's readiness probe says yes."""
    try:
        with urllib.request.urlopen(f"{service.probe_url}/readyz", timeout=2.0) as answer:
            return 200 <= answer.status < 300
    except (urllib.error.URLError, OSError):
        return False
