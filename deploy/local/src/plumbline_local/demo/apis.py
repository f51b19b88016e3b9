"""The services' apis as the demo's personas call them: one client a service, each persona with an own token."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

import httpx

from plumbline.runtime.issuer import issue_token
from plumbline_local.state import StackState

T = TypeVar("T")
AT_ONCE = 8
_TOKEN_AGE = timedelta(minutes=30)
_POLL_SECONDS = 0.1
_TRIES = 4
# The services close connections that are idle for 5 seconds; one must not be taken in that moment.
_LIMITS = httpx.Limits(max_keepalive_connections=AT_ONCE, keepalive_expiry=2.0)


class DemoError(RuntimeError):
    """The demo cannot go on; the message says at which request and why."""


@dataclass(slots=True, kw_only=True)
class Apis:
    """Calls the apis for a persona at a played instant; use it as a context manager."""

    folder: Path
    urls: dict[str, str]
    calls: int = 0
    _clients: dict[str, httpx.AsyncClient] = field(default_factory=dict[str, httpx.AsyncClient])
    _tokens: dict[str, tuple[str, datetime]] = field(default_factory=dict[str, tuple[str, datetime]])
    _gates: dict[str, asyncio.Semaphore] = field(default_factory=dict[str, asyncio.Semaphore])
    _open: AsyncExitStack = field(default_factory=AsyncExitStack)

    @classmethod
    def of(cls, state: StackState) -> "Apis":
        """The apis of a running stack."""
        return cls(folder=state.folder, urls={service.name: service.url for service in state.services})

    async def __aenter__(self) -> "Apis":
        for name, url in self.urls.items():
            client = httpx.AsyncClient(base_url=url, timeout=300.0, trust_env=False, limits=_LIMITS)
            self._gates[name] = asyncio.Semaphore(AT_ONCE)
            self._clients[name] = await self._open.enter_async_context(client)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._open.aclose()

    async def get(
        self, service: str, path: str, *, person: str, at: datetime, query: dict[str, str] | None = None
    ) -> Any:  # noqa: ANN401 - whatever the api answers
        """What the api answers to a question, as JSON."""
        return await self._call("GET", service, path, person=person, at=at, query=query)

    async def post(
        self,
        service: str,
        path: str,
        body: object = None,
        *,
        person: str,
        at: datetime,
        query: dict[str, str] | None = None,
    ) -> Any:  # noqa: ANN401 - whatever the api answers
        """What the api answers to a command, as JSON; bytes are sent as a CSV file."""
        return await self._call("POST", service, path, body, person=person, at=at, query=query)

    async def status(self, service: str, path: str, *, person: str, at: datetime) -> int:
        """The status alone of a question whose refusal is the point."""
        return (await self._send("GET", service, path, None, person=person, at=at, query=None)).status_code

    async def _call(
        self,
        method: str,
        service: str,
        path: str,
        body: object = None,
        *,
        person: str,
        at: datetime,
        query: dict[str, str] | None,
    ) -> Any:  # noqa: ANN401 - whatever the api answers
        answer = await self._send(method, service, path, body, person=person, at=at, query=query)
        if not answer.is_success:
            raise DemoError(
                f"{method} {service} {path} as {person} was answered {answer.status_code}: {answer.text[:1000]}"
            )
        return answer.json()

    async def _send(
        self,
        method: str,
        service: str,
        path: str,
        body: object,
        *,
        person: str,
        at: datetime,
        query: dict[str, str] | None,
    ) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self._token(person)}", "Plumbline-Now": at.isoformat()}
        if method != "GET":
            headers["Idempotency-Key"] = str(uuid4())
        file = body if isinstance(body, bytes) else None
        if file is not None:
            headers["Content-Type"] = "text/csv"
        request = self._clients[service].build_request(
            method,
            path,
            params=query,
            headers=headers,
            content=file,
            json=body if file is None and body is not None else None,
        )
        async with self._gates[service]:
            return await self._try(service, request)

    async def _try(self, service: str, request: httpx.Request) -> httpx.Response:
        """Send it, and again when the connection breaks: the Idempotency-Key keeps it from being done twice."""
        for again in range(_TRIES):
            self.calls += 1
            try:
                return await self._clients[service].send(request)
            except (httpx.NetworkError, httpx.RemoteProtocolError):
                if again == _TRIES - 1:
                    raise
                await asyncio.sleep(again * _POLL_SECONDS)
        raise AssertionError("the last try answers or raises")

    def _token(self, person: str) -> str:
        now = datetime.now(UTC)
        token, issued = self._tokens.get(person, ("", now - 2 * _TOKEN_AGE))
        if now - issued > _TOKEN_AGE:
            token = issue_token(person, self.folder, now=now, local=True)
            self._tokens[person] = (token, now)
        return token


async def together(calls: Iterable[Awaitable[T]]) -> list[T]:
    """Run calls at once; the first that fails ends them all."""
    tasks = [asyncio.ensure_future(call) for call in calls]
    try:
        return list(await asyncio.gather(*tasks))
    except BaseException:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        raise


async def until(
    what: str, ask: Callable[[], Awaitable[T]], *, good: Callable[[T], bool], seconds: float = 120.0
) -> T:
    """Ask again and again until the answer is good.

    Raises:
        DemoError: it did not get good in time.
    """
    deadline = asyncio.get_running_loop().time() + seconds
    while not good(answer := await ask()):
        if asyncio.get_running_loop().time() > deadline:
            raise DemoError(f"{what} did not come within {seconds:.0f} s; last seen: {str(answer)[:1000]}")
        await asyncio.sleep(_POLL_SECONDS)
    return answer


def pieces(everything: Sequence[T], size: int) -> list[Sequence[T]]:
    """A long list as lists of at most ``size``."""
    return [everything[start : start + size] for start in range(0, len(everything), size)]
