"""Bearer tokens: what is accepted, everything else refused; keys that rotate; the development issuer."""

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from plumbline.runtime.auth import (
    IssuerUnavailableError,
    KeySet,
    UnauthenticatedError,
    Verifier,
    fetch_keys,
    read_keys,
)
from plumbline.runtime.settings import Settings

ISSUER = "https://id.example"
RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
EC_KEY = ec.generate_private_key(ec.SECP256R1())
OTHER_KEY = ec.generate_private_key(ec.SECP256R1())


def public(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, key_id: str, **more: str) -> dict[str, Any]:
    if isinstance(key, rsa.RSAPrivateKey):
        numbers = RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
    else:
        numbers = ECAlgorithm.to_jwk(key.public_key(), as_dict=True)
    return {**numbers, "kid": key_id, **more}


def document(*keys: dict[str, Any]) -> str:
    return json.dumps({"keys": list(keys)})


KEYS = document(public(RSA_KEY, "rsa", use="sig", alg="RS256"), public(EC_KEY, "ec"))


class Published:
    """An issuer's key document that a test changes, takes away and counts the readers of."""

    def __init__(self, text: str) -> None:
        self.text: str | None = text
        self.reads = 0
        self.now = 1000.0

    async def fetch(self, _location: str) -> str:
        self.reads += 1
        if self.text is None:
            raise ConnectionError("away")
        return self.text


def claims(**changes: object) -> dict[str, object]:
    now = datetime.now(UTC)
    base = {"iss": ISSUER, "aud": "plumbline", "sub": "ann", "iat": now, "exp": now + timedelta(minutes=5)}
    merged = {**base, **changes}
    return {name: value for name, value in merged.items() if value is not None}


def settings(*, algorithms: tuple[str, ...] = ("RS256", "ES256")) -> Settings:
    return Settings.model_validate(
        {"oidc_issuer": ISSUER, "oidc_jwks_url": "https://id.example/keys", "oidc_algorithms": algorithms}
    )


def verifier(published: Published, **options: tuple[str, ...]) -> Verifier:
    keys = KeySet("https://id.example/keys", fetch=published.fetch, clock=lambda: published.now)
    return Verifier(settings(**options), keys=keys)


def sign(
    payload: dict[str, object], *, key: Any = EC_KEY, algorithm: str = "ES256", kid: str | None = "ec"
) -> str:
    headers = {"kid": kid} if kid is not None else {}
    return jwt.encode(payload, key, algorithm=algorithm, headers=headers)


async def check(token: str, *, published: Published | None = None) -> str:
    return (await verifier(published or Published(KEYS)).principal(f"Bearer {token}")).person_id


@pytest.mark.parametrize(("key", "algorithm", "kid"), [(RSA_KEY, "RS256", "rsa"), (EC_KEY, "ES256", "ec")])
async def test_a_token_of_the_trusted_issuer_names_the_person(key: Any, algorithm: str, kid: str) -> None:
    token = sign(claims(roles=["hr", 7]), key=key, algorithm=algorithm, kid=kid)
    found = await verifier(Published(KEYS)).principal(f"bearer {token}")
    assert (found.person_id, found.roles_claim) == ("ann", {"hr"})


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://elsewhere.example"},
        {"iss": None},
        {"aud": "another"},
        {"aud": None},
        {"exp": None},
        {"iat": None},
        {"exp": timedelta(minutes=-2)},
        {"nbf": timedelta(minutes=2)},
        {"iat": timedelta(minutes=2)},
        {"sub": None},
        {"sub": ""},
        {"sub": " "},
    ],
)
async def test_a_token_with_other_or_missing_claims_is_refused(changes: dict[str, object]) -> None:
    # Instants are told from now: between collecting the tests and this one, minutes may go by.
    changes = {
        name: datetime.now(UTC) + value if isinstance(value, timedelta) else value
        for name, value in changes.items()
    }
    with pytest.raises(UnauthenticatedError):
        await check(sign(claims(**changes)))


async def test_a_clock_that_is_a_little_off_is_forgiven() -> None:
    now = datetime.now(UTC)
    assert (
        await check(sign(claims(exp=now - timedelta(seconds=10), nbf=now + timedelta(seconds=10)))) == "ann"
    )


def unsigned(header: dict[str, object]) -> str:
    payload = {**claims(), "iat": 0, "exp": 9_999_999_999}
    parts = [
        base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()
        for part in (header, payload)
    ]
    return ".".join([*parts, ""])


@pytest.mark.parametrize(
    "build",
    [
        lambda: sign(claims(), key=OTHER_KEY),
        lambda: sign(claims(), kid=None),
        lambda: sign(claims(), key="x" * 40, algorithm="HS256"),
        lambda: sign(claims(), key=EC_KEY, kid="rsa"),
        lambda: sign(claims(), key=RSA_KEY, algorithm="RS256", kid="ec"),
        lambda: sign(claims(), key=RSA_KEY, algorithm="RS512", kid="rsa"),
        lambda: sign(claims(), key=RSA_KEY, algorithm="PS256", kid="rsa"),
        lambda: unsigned({"alg": "none", "kid": "ec"}),
        lambda: unsigned({"alg": "ES256", "kid": "ec"}),
        lambda: sign(claims())[:-4] + "AAAA",
        lambda: "a.b.c",
        lambda: "x" * 20_000,
    ],
)
async def test_a_token_that_is_not_signed_as_agreed_is_refused(build: Callable[[], str]) -> None:
    with pytest.raises(UnauthenticatedError):
        await check(build())


async def test_an_algorithm_that_is_switched_off_is_refused() -> None:
    token = sign(claims(), key=RSA_KEY, algorithm="RS256", kid="rsa")
    with pytest.raises(UnauthenticatedError):
        await verifier(Published(KEYS), algorithms=("ES256",)).principal(f"Bearer {token}")


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Basic abc", "Token abc"])
async def test_a_request_without_a_bearer_token_is_refused(header: str | None) -> None:
    with pytest.raises(UnauthenticatedError):
        await verifier(Published(KEYS)).principal(header)


async def test_a_new_key_is_fetched_when_a_token_names_it_and_a_withdrawn_one_stops_working() -> None:
    published = Published(document(public(EC_KEY, "old")))
    subject = verifier(published)
    old, new = sign(claims(), kid="old"), sign(claims(), key=OTHER_KEY, kid="new")
    for _ in range(5):
        await subject.principal(f"Bearer {old}")
    assert published.reads == 1
    published.text = document(public(OTHER_KEY, "new"))
    published.now += 11
    await subject.principal(f"Bearer {new}")
    assert published.reads == 2
    with pytest.raises(UnauthenticatedError):
        await subject.principal(f"Bearer {old}")


async def test_unknown_key_ids_cannot_make_the_api_ask_the_issuer_again_and_again() -> None:
    published = Published(KEYS)
    subject = verifier(published)
    for number in range(50):
        with pytest.raises(UnauthenticatedError):
            await subject.principal(f"Bearer {sign(claims(), kid=f'made-up-{number}')}")
    assert published.reads == 1


async def test_an_issuer_that_is_away_is_forgiven_until_its_keys_are_stale() -> None:
    published = Published(KEYS)
    subject = verifier(published)
    token = f"Bearer {sign(claims())}"
    await subject.principal(token)
    published.text = None
    published.now += 599
    await subject.principal(token)
    published.now += 2
    with pytest.raises(IssuerUnavailableError):
        await subject.principal(token)
    published.text = KEYS
    published.now += 11
    assert (await subject.principal(token)).person_id == "ann"


async def test_keys_that_cannot_be_used_for_signatures_of_ours_are_left_out() -> None:
    secret = {"kty": "oct", "kid": "oct", "k": "c2VjcmV0"}
    found = read_keys(
        document(
            public(EC_KEY, "good"),
            public(EC_KEY, "encryption", use="enc"),
            public(RSA_KEY, "other", alg="RS512"),
            secret,
            {"kty": "EC", "kid": "broken", "crv": "P-256", "x": "", "y": ""},
            {"kty": "RSA"},
        )
    )
    assert set(found) == {"good"}
    for text in ("[]", "{}", "nonsense"):
        with pytest.raises(ValueError):
            read_keys(text)


async def test_keys_are_read_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "jwks.json"
    file.write_text(KEYS)
    assert await fetch_keys(str(file)) == KEYS
    assert await fetch_keys(file.as_uri()) == KEYS


async def test_an_issuer_that_refuses_connections_counts_as_away() -> None:
    with pytest.raises(ConnectionError):
        await fetch_keys("http://127.0.0.1:1/jwks.json")
