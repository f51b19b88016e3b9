"""How a process signs in to Kafka: its settings as the options of the clients that connect."""

import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr

from plumbline.runtime.settings import ConfigurationError, KafkaSettings, Mechanism, Protocol

if TYPE_CHECKING:
    from faststream.security import BaseSecurity

_SASL = ("kafka_sasl_mechanism", "kafka_username", "kafka_password", "kafka_password_file")
_TLS = ("kafka_ca_file", "kafka_certificate_file", "kafka_key_file")


@dataclass(frozen=True, slots=True, kw_only=True)
class KafkaSecurity:
    """How to sign in; by itself without encryption and without an account."""

    protocol: Protocol = "PLAINTEXT"
    mechanism: Mechanism | None = None
    username: str = ""
    password: SecretStr = field(default=SecretStr(""), repr=False)
    tls: ssl.SSLContext | None = None

    def for_aiokafka(self) -> dict[str, Any]:
        """Keyword arguments of aiokafka's producer, consumer and admin client."""
        options: dict[str, Any] = {"security_protocol": self.protocol, "ssl_context": self.tls}
        if self.mechanism is None:
            return options
        return {
            **options,
            "sasl_mechanism": self.mechanism,
            "sasl_plain_username": self.username,
            "sasl_plain_password": self.password.get_secret_value(),
        }

    def for_faststream(self) -> "BaseSecurity":
        """The ``security`` of FastStream's broker."""
        # Imported here, so that commands which need no broker of FastStream start without it.
        from faststream.security import BaseSecurity, SASLPlaintext, SASLScram256, SASLScram512

        if self.mechanism is None:
            return BaseSecurity(ssl_context=self.tls)
        kinds = {"PLAIN": SASLPlaintext, "SCRAM-SHA-256": SASLScram256, "SCRAM-SHA-512": SASLScram512}
        password = self.password.get_secret_value()
        return kinds[self.mechanism](self.username, password, ssl_context=self.tls)


UNSECURED = KafkaSecurity()


def security_of(settings: KafkaSettings) -> KafkaSecurity:
    """What the settings say, with the files that they name read now: a new password takes a restart.

    Raises:
        ConfigurationError: they contradict themselves, lack something, or name a file that is of no use. The
            message names the variable and what to set, and holds no value that could be a secret.
    """
    protocol = settings.kafka_security_protocol
    sasl, tls = protocol.startswith("SASL_"), protocol.endswith("SSL")
    _refuse_unused(settings, [*([] if sasl else _SASL), *([] if tls else _TLS)])
    context = _tls(settings) if tls else None
    if not sasl:
        return KafkaSecurity(protocol=protocol, tls=context)
    if settings.kafka_sasl_mechanism is None:
        raise ConfigurationError(
            f"set PLUMBLINE_KAFKA_SASL_MECHANISM to PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512: {protocol} needs one"
        )
    if not settings.kafka_username:
        raise ConfigurationError(
            f"set PLUMBLINE_KAFKA_USERNAME to this service's account: {protocol} needs one"
        )
    return KafkaSecurity(
        protocol=protocol,
        mechanism=settings.kafka_sasl_mechanism,
        username=settings.kafka_username,
        password=_password(settings),
        tls=context,
    )


def _refuse_unused(settings: KafkaSettings, names: Sequence[str]) -> None:
    """Refuse what is set and would not be used, such as a password that was never sent."""
    if found := [_variable(name) for name in names if _is_set(settings, name)]:
        raise ConfigurationError(
            f"PLUMBLINE_KAFKA_SECURITY_PROTOCOL is {settings.kafka_security_protocol}, which does not use "
            f"{', '.join(found)}: set it to the protocol of your broker's listener, or unset the others"
        )


def _is_set(settings: KafkaSettings, name: str) -> bool:
    value = getattr(settings, name)
    return bool(value.get_secret_value() if isinstance(value, SecretStr) else value)


def _variable(name: str) -> str:
    return f"PLUMBLINE_{name.upper()}"


def _password(settings: KafkaSettings) -> SecretStr:
    given, file = settings.kafka_password, settings.kafka_password_file
    if bool(given.get_secret_value()) == (file is not None):
        raise ConfigurationError(
            "set either PLUMBLINE_KAFKA_PASSWORD or PLUMBLINE_KAFKA_PASSWORD_FILE: "
            f"{settings.kafka_security_protocol} needs one of them"
        )
    if file is None:
        return given
    text = _read(file, "kafka_password_file").removesuffix(b"\n").removesuffix(b"\r")
    try:
        password = text.decode()
    except UnicodeDecodeError:
        password = ""
    if not password:
        raise ConfigurationError(
            "PLUMBLINE_KAFKA_PASSWORD_FILE names a file that is empty or not UTF-8: write the password into it"
        )
    return SecretStr(password)


def _read(file: Path, name: str) -> bytes:
    """What the file holds; the error does not name the file, where somebody may have put the secret itself."""
    try:
        return file.read_bytes()
    except OSError as error:
        why = error.strerror or type(error).__name__
    raise ConfigurationError(
        f"{_variable(name)} names a file that cannot be read ({why}): mount it where this process may read it"
    )


def _tls(settings: KafkaSettings) -> ssl.SSLContext:
    """Certificates and the host's name are always verified; there is no setting against that."""
    context = _trusting(settings.kafka_ca_file)
    certificate, key = settings.kafka_certificate_file, settings.kafka_key_file
    if certificate is None and key is None:
        return context
    if certificate is None or key is None:
        missing = "kafka_key_file" if key is None else "kafka_certificate_file"
        raise ConfigurationError(
            f"set {_variable(missing)}, or unset its counterpart: a certificate is used with its key only"
        )
    _read(certificate, "kafka_certificate_file")
    _read(key, "kafka_key_file")
    try:
        context.load_cert_chain(certificate, key, password=_refuse_encrypted)
    except ssl.SSLError:
        raise ConfigurationError(
            "PLUMBLINE_KAFKA_CERTIFICATE_FILE and PLUMBLINE_KAFKA_KEY_FILE do not belong together, "
            "or are not PEM: give the certificate with its chain, and its own key"
        ) from None
    return context


def _trusting(authorities: Path | None) -> ssl.SSLContext:
    if authorities is None:
        return ssl.create_default_context()
    _read(authorities, "kafka_ca_file")
    try:
        return ssl.create_default_context(cafile=authorities)
    except ssl.SSLError:
        raise ConfigurationError(
            "PLUMBLINE_KAFKA_CA_FILE holds no certificate in PEM form: "
            "give that of the authority which signed the broker's"
        ) from None


def _refuse_encrypted() -> str:
    raise ConfigurationError(
        "PLUMBLINE_KAFKA_KEY_FILE is encrypted, and nobody is here to unlock it: give the key unencrypted"
    )
