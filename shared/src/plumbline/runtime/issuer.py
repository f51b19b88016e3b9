"""The development issuer: a key pair in the state folder that signs short-lived tokens, in local mode only."""

import json
import os
from datetime import datetime, timedelta
from pathlib import Path

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm
from uuid_utils import uuid7

from plumbline.runtime.settings import DEVELOPMENT_ISSUER, JWKS_FILE, ConfigurationError

KEY_FILE = "issuer-key.pem"
LIFE = timedelta(hours=1)
_PRIVATE = 0o600


def require_local_mode(*, local: bool) -> None:
    """Refuse to act as an issuer anywhere but on one's own machine.

    Raises:
        ConfigurationError: PLUMBLINE_LOCAL is not set.
    """
    if not local:
        raise ConfigurationError(
            "the development issuer works in local mode only: set PLUMBLINE_LOCAL=1 on your own machine, "
            "and elsewhere get a token from your organization's identity provider"
        )


def create_keys(state: Path, *, local: bool) -> Path:
    """Create the key pair once, readable by its owner only, and publish ``jwks.json``; returns that file.

    Several processes may call it at the same moment: the first one's key stays.

    Raises:
        ConfigurationError: this is not local mode.
    """
    require_local_mode(local=local)
    state.mkdir(parents=True, exist_ok=True)
    key_file = state / KEY_FILE
    if not key_file.exists():
        _place_key(key_file)
    jwks = state / JWKS_FILE
    text = json.dumps({"keys": [_public_jwk(_read_key(key_file))]}, indent=2)
    if not jwks.exists() or jwks.read_text() != text:
        draft = jwks.with_suffix(f".{os.getpid()}.tmp")
        draft.write_text(text)
        draft.replace(jwks)
    return jwks


def issue_token(
    person_id: str, state: Path, *, now: datetime, local: bool, audience: str = "plumbline"
) -> str:
    """A bearer token for one persona, valid for one hour from ``now`` (an aware time).

    Raises:
        ConfigurationError: this is not local mode.
    """
    create_keys(state, local=local)
    key = _read_key(state / KEY_FILE)
    claims = {
        "iss": DEVELOPMENT_ISSUER,
        "aud": audience,
        "sub": person_id,
        "iat": int(now.timestamp()),
        "nbf": int(now.timestamp()),
        "exp": int((now + LIFE).timestamp()),
        "jti": str(uuid7()),
    }
    return jwt.encode(claims, key, algorithm="ES256", headers={"kid": _key_id(key)})


def _place_key(key_file: Path) -> None:
    """Write a new private key beside the target, then link it into place, which only the first process can."""
    pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    draft = key_file.with_suffix(f".{os.getpid()}.tmp")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _PRIVATE)
    with os.fdopen(descriptor, "wb") as file:
        file.write(pem)
    try:
        os.link(draft, key_file)
    except FileExistsError:
        pass  # another process was first, and its key is the one
    finally:
        draft.unlink()


def _read_key(key_file: Path) -> ec.EllipticCurvePrivateKey:
    key = serialization.load_pem_private_key(key_file.read_bytes(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise ConfigurationError(f"{key_file} is not an elliptic-curve key; delete it to get a new one")
    return key


def _public_jwk(key: ec.EllipticCurvePrivateKey) -> dict[str, str]:
    numbers = ECAlgorithm.to_jwk(key.public_key(), as_dict=True)
    return {**numbers, "kid": _key_id(key), "use": "sig", "alg": "ES256"}


def _key_id(key: ec.EllipticCurvePrivateKey) -> str:
    """A short name that is the same in every process, because it is derived from the key itself."""
    return f"dev-{key.public_key().public_numbers().x % (1 << 64):016x}"
