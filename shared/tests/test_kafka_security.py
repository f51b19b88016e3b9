"""Settings become the options of every client that connects, or are refused by name and without the secret."""

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID
from faststream.kafka.security import parse_security
from pydantic import ValidationError

from plumbline.runtime.kafka_security import UNSECURED, security_of
from plumbline.runtime.settings import ConfigurationError, KafkaSettings, Settings, explain

SECRET = "correct-horse"
SIGNED_IN = {"kafka_sasl_mechanism": "SCRAM-SHA-512", "kafka_username": "goals", "kafka_password": SECRET}
WITHOUT_TLS = {**SIGNED_IN, "kafka_security_protocol": "SASL_PLAINTEXT"}


def write_key(
    place: Path, key: ec.EllipticCurvePrivateKey, encryption: KeySerializationEncryption | None = None
) -> Path:
    place.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption or NoEncryption()),
    )
    return place


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    """A certificate that signs itself, its key, another key, the key encrypted, and files of no use."""
    key, name = (
        ec.generate_private_key(ec.SECP256R1()),
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "goals")]),
    )
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=1))
        .sign(key, SHA256())
    )
    found = {name: tmp_path / name for name in ("certificate", "empty", "binary", "missing")}
    found["certificate"].write_bytes(signed.public_bytes(Encoding.PEM))
    found["empty"].write_bytes(b"\n")
    found["binary"].write_bytes(b"\xff\xfe")
    return {
        **found,
        "key": write_key(tmp_path / "key", key),
        "other key": write_key(tmp_path / "other key", ec.generate_private_key(ec.SECP256R1())),
        "encrypted": write_key(tmp_path / "encrypted", key, BestAvailableEncryption(b"locked")),
    }


def told(**settings: Any) -> KafkaSettings:
    return KafkaSettings.model_validate(settings)


def test_without_settings_nothing_is_encrypted_and_nobody_signs_in() -> None:
    assert security_of(told()) == UNSECURED
    assert UNSECURED.for_aiokafka() == {"security_protocol": "PLAINTEXT", "ssl_context": None}


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"])
@pytest.mark.parametrize("protocol", ["SASL_PLAINTEXT", "SASL_SSL"])
def test_an_account_signs_in_with_its_password(protocol: str, mechanism: str) -> None:
    settings = told(**{**WITHOUT_TLS, "kafka_security_protocol": protocol, "kafka_sasl_mechanism": mechanism})
    options = security_of(settings).for_aiokafka()
    context = options.pop("ssl_context")
    assert isinstance(context, ssl.SSLContext) is (protocol == "SASL_SSL")
    assert options == {
        "security_protocol": protocol,
        "sasl_mechanism": mechanism,
        "sasl_plain_username": "goals",
        "sasl_plain_password": SECRET,
    }


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"kafka_security_protocol": "SSL"},
        *(
            {**WITHOUT_TLS, "kafka_sasl_mechanism": each}
            for each in ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")
        ),
        {**SIGNED_IN, "kafka_security_protocol": "SASL_SSL"},
    ],
    ids=lambda settings: " ".join(settings.values()) or "nothing",
)
def test_faststream_hands_its_clients_the_same_options_as_ours(settings: dict[str, str]) -> None:
    security = security_of(told(**settings))
    assert parse_security(security.for_faststream()) == security.for_aiokafka()


@pytest.mark.parametrize("ending", ["", "\n", "\r\n"])
def test_a_password_comes_from_a_mounted_file_without_its_last_line_break(
    tmp_path: Path, ending: str
) -> None:
    place = tmp_path / "password"
    place.write_bytes(f" {SECRET} ü{ending}".encode())
    settings = told(**{**WITHOUT_TLS, "kafka_password": "", "kafka_password_file": place})
    assert security_of(settings).for_aiokafka()["sasl_plain_password"] == f" {SECRET} ü"


def test_the_broker_is_verified_against_the_named_authority_alone(files: dict[str, Path]) -> None:
    context = security_of(told(kafka_security_protocol="SSL", kafka_ca_file=files["certificate"])).tls
    assert context is not None
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert context.cert_store_stats()["x509"] == 1


def test_mutual_tls_takes_a_certificate_with_its_key(files: dict[str, Path]) -> None:
    settings = told(
        kafka_security_protocol="SSL",
        kafka_certificate_file=files["certificate"],
        kafka_key_file=files["key"],
    )
    assert isinstance(security_of(settings).tls, ssl.SSLContext)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"kafka_password": SECRET}, "PLUMBLINE_KAFKA_SECURITY_PROTOCOL is PLAINTEXT, which does not use"),
        ({"kafka_password_file": SECRET}, "does not use PLUMBLINE_KAFKA_PASSWORD_FILE"),
        ({"kafka_username": "goals"}, "does not use PLUMBLINE_KAFKA_USERNAME"),
        ({"kafka_sasl_mechanism": "PLAIN"}, "does not use PLUMBLINE_KAFKA_SASL_MECHANISM"),
        ({"kafka_ca_file": "ca"}, "does not use PLUMBLINE_KAFKA_CA_FILE"),
        ({"kafka_key_file": "key"}, "does not use PLUMBLINE_KAFKA_KEY_FILE"),
        ({**SIGNED_IN, "kafka_security_protocol": "SSL"}, "is SSL, which does not use PLUMBLINE_KAFKA_SASL_"),
        ({**WITHOUT_TLS, "kafka_certificate_file": "c"}, "does not use PLUMBLINE_KAFKA_CERTIFICATE_FILE"),
        (
            {**WITHOUT_TLS, "kafka_sasl_mechanism": None},
            "set PLUMBLINE_KAFKA_SASL_MECHANISM to PLAIN, SCRAM-",
        ),
        ({**WITHOUT_TLS, "kafka_username": ""}, "set PLUMBLINE_KAFKA_USERNAME to this service's account"),
        (
            {**WITHOUT_TLS, "kafka_password": ""},
            "either PLUMBLINE_KAFKA_PASSWORD or PLUMBLINE_KAFKA_PASSWORD_",
        ),
        ({**WITHOUT_TLS, "kafka_password_file": "file"}, "set either PLUMBLINE_KAFKA_PASSWORD or"),
    ],
)
def test_a_wrong_combination_is_refused_by_name(settings: dict[str, Any], expected: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        security_of(told(**settings))
    assert expected in str(refused.value)
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        (
            {"kafka_ca_file": "missing"},
            "PLUMBLINE_KAFKA_CA_FILE names a file that cannot be read (No such file",
        ),
        ({"kafka_ca_file": "empty"}, "PLUMBLINE_KAFKA_CA_FILE holds no certificate in PEM form"),
        ({"kafka_ca_file": "binary"}, "PLUMBLINE_KAFKA_CA_FILE holds no certificate in PEM form"),
        ({"kafka_certificate_file": "certificate"}, "set PLUMBLINE_KAFKA_KEY_FILE, or unset its counterpart"),
        ({"kafka_key_file": "key"}, "set PLUMBLINE_KAFKA_CERTIFICATE_FILE, or unset its counterpart"),
        (
            {"kafka_certificate_file": "certificate", "kafka_key_file": "missing"},
            "KEY_FILE names a file that",
        ),
        ({"kafka_certificate_file": "certificate", "kafka_key_file": "other key"}, "do not belong together"),
        ({"kafka_certificate_file": "empty", "kafka_key_file": "key"}, "do not belong together"),
        ({"kafka_certificate_file": "certificate", "kafka_key_file": "encrypted"}, "KEY_FILE is encrypted"),
    ],
)
def test_a_file_of_no_use_is_refused_by_name(
    named: dict[str, str], expected: str, files: dict[str, Path]
) -> None:
    settings = told(kafka_security_protocol="SSL", **{name: files[file] for name, file in named.items()})
    with pytest.raises(ConfigurationError) as refused:
        security_of(settings)
    assert expected in str(refused.value)


@pytest.mark.parametrize("file", ["missing", "empty", "binary"])
def test_a_password_file_of_no_use_is_refused_without_its_path(file: str, files: dict[str, Path]) -> None:
    # Somebody may have set the password itself where its file belongs.
    settings = told(**{**WITHOUT_TLS, "kafka_password": "", "kafka_password_file": files[file]})
    with pytest.raises(ConfigurationError) as refused:
        security_of(settings)
    assert str(refused.value).startswith("PLUMBLINE_KAFKA_PASSWORD_FILE names ")
    assert (
        str(files[file]) not in f"{refused.value} {refused.value.__cause__} {refused.getrepr(style='native')}"
    )


def test_the_environment_says_it_and_an_empty_variable_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in WITHOUT_TLS.items():
        monkeypatch.setenv(f"PLUMBLINE_{name.upper()}", value)
    for name in ("PASSWORD_FILE", "CA_FILE", "CERTIFICATE_FILE", "KEY_FILE"):
        monkeypatch.setenv(f"PLUMBLINE_KAFKA_{name}", "")
    assert security_of(Settings()).username == "goals"
    monkeypatch.setenv("PLUMBLINE_KAFKA_SECURITY_PROTOCOL", "")
    assert Settings().kafka_security_protocol == "PLAINTEXT"


def test_what_is_no_value_at_all_is_explained_with_its_variable_and_without_its_value(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PLUMBLINE_KAFKA_SASL_MECHANISM", SECRET)
    with pytest.raises(ValidationError) as refused:
        Settings()
    assert explain(refused.value).startswith(
        "PLUMBLINE_KAFKA_SASL_MECHANISM: Input should be 'PLAIN', 'SCRAM-"
    )
    assert SECRET not in f"{explain(refused.value)} {refused.value}"


def test_nothing_that_is_printed_shows_the_password() -> None:
    settings = Settings.model_validate(WITHOUT_TLS)
    security = security_of(settings)
    shown = f"{settings!r} {settings} {settings.model_dump_json()} {security!r} {security} {security.for_faststream()!r}"
    assert SECRET not in shown
    assert "goals" in shown
