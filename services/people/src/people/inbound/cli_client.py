"""Finds the people service and sends it a file."""

import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn, cast
from uuid import uuid4

import typer

from people.inbound.answers import ImportResult
from people.settings import LOCAL_ADMIN
from plumbline.cli.spreadsheet import BAD_INPUT, errors

_SECONDS = 300.0
_UNAVAILABLE = 1


def send_file(path: str, file: Path, *, query: dict[str, str]) -> ImportResult:
    """POST the file's bytes; leaves with status 2 when it is refused, with 1 when nobody answers."""
    import httpx  # here, so that commands without a server start without it

    data = read_bytes(file)
    url, token = find_service()
    headers = {
        "Authorization": f"Bearer {token}",
        "Content-Type": "text/csv",
        "Idempotency-Key": str(uuid4()),
    }
    try:
        answer = httpx.post(
            url.rstrip("/") + path, params=query, content=data, headers=headers, timeout=_SECONDS
        )
    except httpx.HTTPError as error:
        errors.print(f"The people service at {url} does not answer ({type(error).__name__}).")
        raise typer.Exit(_UNAVAILABLE) from None
    if not answer.is_success:
        leave_with_problem(answer.text, status=answer.status_code)
    return ImportResult.model_validate_json(answer.content)


def read_bytes(file: Path) -> bytes:
    """The file's bytes; ``-`` is standard input."""
    try:
        return sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as error:
        errors.print(f"{file}: {error.strerror or error}")
        raise typer.Exit(BAD_INPUT) from None


def find_service() -> tuple[str, str]:
    """Where the people service answers, and a token for it.

    ``PLUMBLINE_PEOPLE_URL`` and ``PLUMBLINE_TOKEN`` say so, else the state file of the stack that runs here.
    """
    url, token = os.environ.get("PLUMBLINE_PEOPLE_URL"), os.environ.get("PLUMBLINE_TOKEN")
    folder = Path(os.environ.get("PLUMBLINE_STATE") or ".plumbline").resolve()
    url = url or find_url(folder)
    if url is None:
        errors.print("No stack runs here: start one with `plumbline up`, or set PLUMBLINE_PEOPLE_URL.")
        raise typer.Exit(_UNAVAILABLE)
    return url, token or issue_admin_token(folder)


def find_url(folder: Path) -> str | None:
    """The people service's address in the state file that a running stack keeps, if there is one."""
    try:
        state = cast("dict[str, Any]", json.loads((folder / "state.json").read_text()))
    except FileNotFoundError:
        return None
    return next((str(each["url"]) for each in state["services"] if each["name"] == "people"), None)


def issue_admin_token(folder: Path) -> str:
    """A token of this machine's development issuer, whose keys the running stack made or will read."""
    from plumbline.runtime.issuer import issue_token

    if not (folder / "state.json").exists():
        errors.print("Set PLUMBLINE_TOKEN to a token of your identity provider.")
        raise typer.Exit(_UNAVAILABLE)
    return issue_token(LOCAL_ADMIN, folder, now=datetime.now(UTC), local=True)


def leave_with_problem(body: str, *, status: int) -> NoReturn:
    """Print the service's refusal and leave."""
    try:
        problem = cast("dict[str, Any]", json.loads(body))
    except ValueError:
        problem = {}
    errors.print(
        f"Refused ({status}): {problem.get('detail', 'no reason given')} {problem.get('fix', '')}".strip()
    )
    raise typer.Exit(BAD_INPUT)
