"""Who is asking: bearer tokens of one trusted issuer, checked by signature, issuer, audience and time."""

import asyncio
import json
import math
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import jwt

from plumbline.runtime.settings import Settings

MAX_TOKEN = 16_384
KEYS_OLD_AFTER = 300.0  # seconds: then keys are read again, so that withdrawn ones stop working
KEYS_STALE_AFTER = 600.0  # seconds: keys that could not be read again for so long are trusted no more
REFETCH_AT_MOST_EVERY = 10.0  # seconds: unknown key ids cannot make the api hammer the issuer
FETCH_SECONDS = 5.0  # for the whole answer, however slowly it comes
_KEY_TYPES = {"RS256": "RSA", "ES256": "EC"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """The person who asks. ``roles_claim`` is what the token says; rights come from the directory alone."""

    person_id: str
    roles_claim: frozenset[str] = frozenset()


class UnauthenticatedError(Exception):
    """The request carries no token that can be trusted (401); the reason never repeats the token."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class IssuerUnavailableError(Exception):
    """The issuer's keys cannot be read now (503): nobody can be told apart, so nobody is let in."""


FetchKeys = Callable[[str], Awaitable[str]]


async def fetch_keys(location: str) -> str:
    """Read a JWKS document from an http(s) address, a ``file:`` address or a path."""
    if location.startswith(("http://", "https://")):
        # Imported here: keys in a file need no client, and it takes a tenth of a start.
        import httpx

        try:
            async with (
                asyncio.timeout(FETCH_SECONDS),
                httpx.AsyncClient(timeout=FETCH_SECONDS, follow_redirects=False) as client,
            ):
                return (await client.get(location)).raise_for_status().text
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
            raise ConnectionError("the issuer's keys cannot be read") from error
    return await asyncio.to_thread(Path(location.removeprefix("file://")).read_text)


class KeySet:
    """The issuer's public keys by id, fetched again when they are old or a token names an unknown one.

    As long as requests keep it fresh, an issuer that is away for five minutes goes unnoticed by known keys.
    """

    def __init__(
        self, location: str, *, fetch: FetchKeys = fetch_keys, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._location = location
        self._fetch = fetch
        self._clock = clock
        self._keys: dict[str, jwt.PyJWK] = {}
        self._fetched_at: float | None = None
        self._tried_at: float | None = None
        self._is_away = False
        self._one_at_a_time = asyncio.Lock()

    async def key(self, key_id: str) -> jwt.PyJWK:
        """The key of that id.

        Raises:
            UnauthenticatedError: the issuer has no such key.
            IssuerUnavailableError: the keys cannot be read, and those at hand are too old or lack this one.
        """
        if self._age() > KEYS_STALE_AFTER or key_id not in self._keys:
            await self._refresh()
        elif self._age() > KEYS_OLD_AFTER and not self._one_at_a_time.locked():
            # One request reads them again; the others go on with the keys at hand.
            await self._refresh()
        if self._age() > KEYS_STALE_AFTER:
            raise IssuerUnavailableError("the issuer's keys cannot be read")
        if key_id not in self._keys:
            if self._is_away:
                raise IssuerUnavailableError("the issuer's newest keys cannot be read")
            raise UnauthenticatedError("the token is signed with a key that the issuer does not publish")
        return self._keys[key_id]

    def _age(self) -> float:
        return math.inf if self._fetched_at is None else self._clock() - self._fetched_at

    async def _refresh(self) -> None:
        async with self._one_at_a_time:
            if self._tried_at is not None and self._clock() - self._tried_at < REFETCH_AT_MOST_EVERY:
                return
            self._tried_at = self._clock()
            self._is_away = True
            try:
                self._keys = read_keys(await self._fetch(self._location))
            except (OSError, ValueError, jwt.PyJWTError):
                return  # the keys that we have stay good until they are stale
            self._is_away = False
            self._fetched_at = self._clock()


def read_keys(document: str) -> dict[str, jwt.PyJWK]:
    """The signing keys of a JWKS document that one of our algorithms can use; others are left out.

    Raises:
        ValueError: the text is no JWKS document.
    """
    parsed = cast("object", json.loads(document))
    entries = cast("dict[str, object]", parsed).get("keys") if isinstance(parsed, dict) else None
    if not isinstance(entries, list):
        raise ValueError("a JWKS document has a list of keys")
    keys: dict[str, jwt.PyJWK] = {}
    for entry in cast("list[object]", entries):
        usable = _usable_key(cast("dict[str, object]", entry)) if isinstance(entry, dict) else None
        if usable is not None:
            keys[usable[0]] = usable[1]
    return keys


def _usable_key(entry: dict[str, object]) -> tuple[str, jwt.PyJWK] | None:
    key_id = entry.get("kid")
    algorithm = next((name for name, kind in _KEY_TYPES.items() if kind == entry.get("kty")), None)
    if not isinstance(key_id, str) or algorithm is None or entry.get("use", "sig") != "sig":
        return None
    if entry.get("alg", algorithm) != algorithm:
        return None
    try:
        return key_id, jwt.PyJWK(entry, algorithm)
    except jwt.PyJWTError:
        return None


class Verifier:
    """Checks bearer tokens against one issuer, one audience and a fixed list of algorithms."""

    def __init__(self, settings: Settings, *, keys: KeySet | None = None) -> None:
        self._issuer = settings.trusted_issuer()
        self._audience = settings.oidc_audience
        self._algorithms = tuple(settings.oidc_algorithms)
        self._leeway = settings.oidc_leeway_seconds
        self._person_claim = settings.oidc_person_claim
        self._keys = keys or KeySet(settings.key_location())

    async def principal(self, authorization: str | None) -> Principal:
        """The person named by an ``Authorization`` header.

        Raises:
            UnauthenticatedError: no bearer token, or one that is not valid here and now.
            IssuerUnavailableError: the issuer's keys cannot be read.
        """
        token = bearer_token(authorization)
        key = await self._keys.key(self._key_id(token))
        try:
            claims = jwt.decode(
                token,
                key,
                algorithms=list(self._algorithms),
                audience=self._audience,
                issuer=self._issuer,
                leeway=self._leeway,
                options={"require": ["exp", "iat", "iss", "aud", self._person_claim]},
            )
        except jwt.ExpiredSignatureError:
            raise UnauthenticatedError("the token has expired") from None
        except jwt.PyJWTError:
            raise UnauthenticatedError("the token is not valid for this service") from None
        return self._read_principal(claims)

    def _key_id(self, token: str) -> str:
        try:
            header = jwt.get_unverified_header(token)
        except jwt.PyJWTError:
            raise UnauthenticatedError("the token is not a signed JWT") from None
        key_id = cast("object", header.get("kid"))
        if header.get("alg") not in self._algorithms or not isinstance(key_id, str):
            raise UnauthenticatedError("the token is not signed in a way that this service accepts")
        return key_id

    def _read_principal(self, claims: dict[str, Any]) -> Principal:
        person_id = cast("object", claims.get(self._person_claim))
        if not isinstance(person_id, str) or not person_id.strip():
            raise UnauthenticatedError("the token names no person")
        roles = cast("object", claims.get("roles", []))
        named = cast("list[object]", roles) if isinstance(roles, list) else []
        return Principal(
            person_id=person_id, roles_claim=frozenset(role for role in named if isinstance(role, str))
        )


def bearer_token(authorization: str | None) -> str:
    """The token of an ``Authorization: Bearer`` header.

    Raises:
        UnauthenticatedError: there is none, or it is longer than any honest one.
    """
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise UnauthenticatedError("a bearer token is needed")
    if len(token) > MAX_TOKEN:
        raise UnauthenticatedError("the token is too long")
    return token.strip()
