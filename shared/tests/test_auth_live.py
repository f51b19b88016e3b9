"""Keys from a real http server: rotation, an issuer that is away, hangs or answers nonsense, and nobody hammers it."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import httpx
import jwt
import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from jwt.algorithms import ECAlgorithm

from plumbline.runtime import auth
from plumbline.runtime.auth import KeySet, Verifier
from plumbline.runtime.database import connect
from plumbline.runtime.http import Caller, create_api, create_router
from plumbline.runtime.settings import Settings
from plumbline_local.ports import free_port

ISSUER = "https://id.example"
SIGNING = {key_id: generate_private_key(SECP256R1()) for key_id in ("old", "new", "strange")}
Answer = tuple[int, dict[str, str], bytes]


class Issuer:
    """An identity provider's key document on a port of this machine, which a test changes, stops and starts."""

    def __init__(self) -> None:
        self.asked = 0
        self.answer: Answer = (200, {}, b"")
        self.trickles = False
        self.port = 0
        self._server: ThreadingHTTPServer | None = None
        self._thread: Thread | None = None

    def publish(self, *key_ids: str) -> None:
        keys = [{**public(SIGNING[each]), "kid": each, "use": "sig", "alg": "ES256"} for each in key_ids]
        self.answer = (200, {"Content-Type": "application/json"}, json.dumps({"keys": keys}).encode())

    def start(self) -> None:
        # Not one that the system gives to outgoing connections: while we are away nobody else must have it.
        self.port = self.port or free_port()
        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), handler_for(self))
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    def stop(self) -> None:
        if self._server is None or self._thread is None:
            return
        self.trickles = False
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._server = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/keys.json"


def handler_for(issuer: Issuer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            issuer.asked += 1
            status, headers, body = issuer.answer if self.path == "/keys.json" else (404, {}, b"")
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(1_000_000 if issuer.trickles else len(body)))
            self.end_headers()
            while issuer.trickles:
                self.wfile.write(b" ")
                time.sleep(0.02)
            self.wfile.write(body)

        def handle(self) -> None:
            try:
                super().handle()
            except ConnectionError:  # the reader lost its patience, as it should
                return

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    return Handler


def public(key: EllipticCurvePrivateKey) -> dict[str, str]:
    return ECAlgorithm.to_jwk(key.public_key(), as_dict=True)


def token(key_id: str, *, kid: str | None = None) -> str:
    now = datetime.now(UTC)
    claims = {"iss": ISSUER, "aud": "plumbline", "sub": "ann", "iat": now, "exp": now + timedelta(minutes=5)}
    return jwt.encode(claims, SIGNING[key_id], algorithm="ES256", headers={"kid": kid or key_id})


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    issuer = Issuer()
    issuer.publish("old")
    issuer.start()
    yield issuer
    issuer.stop()


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """An issuer that answers may take its time, on a busy machine; one that is away refuses at once."""
    monkeypatch.setattr(auth, "FETCH_SECONDS", 60.0)


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


class Api:
    """An api that tells its callers who they are."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def ask(self, key_id: str, *, kid: str | None = None) -> httpx.Response:
        return await self._client.get("/me", headers={"Authorization": f"Bearer {token(key_id, kid=kid)}"})

    async def status(self, key_id: str, *, kid: str | None = None) -> int:
        return (await self.ask(key_id, kid=kid)).status_code


Build = Callable[[Verifier | None], Api]


@pytest_asyncio.fixture
async def build(issuer: Issuer) -> AsyncIterator[Build]:
    clients: list[httpx.AsyncClient] = []
    engine = connect("postgresql+asyncpg://nobody@127.0.0.1:1/never-asked")
    router = create_router()

    @router.get("/me")
    async def me(caller: Caller) -> str:
        return caller.person_id

    def build(verifier: Verifier | None) -> Api:
        app = create_api(
            service="me", settings=settings_of(issuer), engine=engine, routers=[router], verifier=verifier
        )
        clients.append(httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test"))
        return Api(clients[-1])

    yield build
    for client in clients:
        await client.aclose()
    await engine.dispose()


def settings_of(issuer: Issuer) -> Settings:
    return Settings(oidc_issuer=ISSUER, oidc_jwks_url=issuer.url)


@pytest.fixture
def api(build: Build, issuer: Issuer, clock: Clock) -> Api:
    settings = settings_of(issuer)
    return build(Verifier(settings, keys=KeySet(settings.key_location(), clock=clock)))


async def test_an_api_reads_the_keys_of_its_configured_issuer_once_for_many_requests(
    build: Build, issuer: Issuer
) -> None:
    api = build(None)
    answers = await asyncio.gather(*(api.ask("old") for _ in range(20)))
    assert {(each.status_code, each.json()) for each in answers} == {(200, "ann")}
    assert issuer.asked == 1


async def test_a_new_key_is_read_when_a_token_names_it_and_a_withdrawn_one_is_refused(
    api: Api, issuer: Issuer, clock: Clock
) -> None:
    assert await api.status("old") == 200
    issuer.publish("new", "old")
    clock.now += 11
    assert [await api.status("new"), await api.status("old"), issuer.asked] == [200, 200, 2]
    issuer.publish("new")
    clock.now += auth.KEYS_OLD_AFTER + 1
    assert [await api.status("old"), await api.status("new"), issuer.asked] == [401, 200, 3]


async def test_a_known_key_id_with_another_signature_is_refused(api: Api) -> None:
    assert await api.status("strange", kid="old") == 401


async def test_unknown_keys_make_the_api_ask_once_in_ten_seconds(
    api: Api, issuer: Issuer, clock: Clock
) -> None:
    for round_number in (1, 2):
        refused = await asyncio.gather(*(api.status("strange", kid=f"made-up-{i}") for i in range(50)))
        assert (set(refused), issuer.asked) == ({401}, round_number)
        clock.now += 11


async def test_while_the_issuer_is_away_known_keys_are_accepted_and_unknown_ones_told_to_wait(
    api: Api, issuer: Issuer, clock: Clock
) -> None:
    assert await api.status("old") == 200
    issuer.stop()
    clock.now += 11
    # Perhaps it is the key that the issuer has just begun to use: nobody can tell, so nobody is told that it is not.
    refused = await api.ask("new")
    assert (refused.status_code, refused.json()["code"]) == (503, "issuer_unavailable")
    assert refused.headers["Retry-After"] == "10"
    assert await api.status("old") == 200
    clock.now = 1000.0 + auth.KEYS_STALE_AFTER
    assert await api.status("old") == 200
    clock.now += 1
    assert await api.status("old") == 503
    issuer.publish("new")
    issuer.start()
    clock.now += 11
    assert [await api.status("new"), await api.status("old"), issuer.asked] == [200, 401, 2]


async def test_an_issuer_that_is_away_for_a_moment_when_keys_get_old_goes_unnoticed(
    api: Api, issuer: Issuer, clock: Clock
) -> None:
    assert await api.status("old") == 200
    issuer.stop()
    clock.now += auth.KEYS_OLD_AFTER + 1
    assert await api.status("old") == 200
    issuer.start()
    clock.now += 11
    assert [await api.status("old"), issuer.asked] == [200, 2]
    clock.now += auth.KEYS_OLD_AFTER - 1
    assert [await api.status("old"), issuer.asked] == [200, 2]


async def test_an_api_that_starts_before_its_issuer_lets_nobody_in_until_it_is_there(
    api: Api, issuer: Issuer, clock: Clock
) -> None:
    issuer.stop()
    assert await api.status("old") == 503
    issuer.start()
    assert [await api.status("old"), issuer.asked] == [503, 0]
    clock.now += 11
    assert [await api.status("old"), issuer.asked] == [200, 1]


@pytest.mark.parametrize(
    "answer",
    [
        (500, {}, b""),
        (404, {}, b"{}"),
        (302, {"Location": "/elsewhere.json"}, b""),
        (200, {"Content-Type": "text/html"}, b"<html>sign in</html>"),
        (200, {}, b"\xff\xfe\x00"),
        (200, {}, b'["no", "keys"]'),
    ],
)
async def test_an_answer_that_is_no_key_document_changes_nothing(
    api: Api, issuer: Issuer, clock: Clock, answer: Answer
) -> None:
    assert await api.status("old") == 200
    issuer.answer = answer
    clock.now += 11
    assert [await api.status("new"), await api.status("old"), issuer.asked] == [503, 200, 2]


async def test_an_issuer_that_never_finishes_its_answer_holds_nobody_up_for_long(
    api: Api, issuer: Issuer, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await api.status("old") == 200
    monkeypatch.setattr(auth, "FETCH_SECONDS", 0.3)
    issuer.trickles = True
    clock.now += 11
    async with asyncio.timeout(60):
        assert [await api.status("new"), await api.status("old")] == [503, 200]
        # Its thread may see the question after the asker has lost patience.
        while issuer.asked < 2:  # noqa: ASYNC110 - another thread
            await asyncio.sleep(0.02)
    assert issuer.asked == 2
