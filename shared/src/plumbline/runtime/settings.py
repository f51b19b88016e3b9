"""What a process is told by its environment: every setting begins with ``PLUMBLINE_``."""

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

DEVELOPMENT_ISSUER = "urn:plumbline:development"
JWKS_FILE = "jwks.json"
Algorithm = Literal["RS256", "ES256"]
Protocol = Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]
Mechanism = Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]


class KafkaSettings(BaseSettings):
    """Where the broker is, and how one signs in; ``plumbline.runtime.kafka_security`` refuses what contradicts itself.

    They are judged by whoever connects: an api knows no broker. A variable that is set to nothing is not set.
    """

    model_config = SettingsConfigDict(
        env_prefix="PLUMBLINE_",
        env_ignore_empty=True,
        frozen=True,
        extra="ignore",
        hide_input_in_errors=True,
    )

    kafka: str = ""
    kafka_security_protocol: Protocol = "PLAINTEXT"
    kafka_sasl_mechanism: Mechanism | None = None
    kafka_username: str = ""
    # One of the two; the file's last line break is not part of the password.
    kafka_password: SecretStr = Field(default=SecretStr(""), repr=False)
    kafka_password_file: Path | None = Field(default=None, repr=False)
    # PEM. Without a file the machine's own authorities are trusted.
    kafka_ca_file: Path | None = None
    # Mutual TLS, PEM: this process's own certificate with the chain above it, and its key, unencrypted.
    kafka_certificate_file: Path | None = None
    kafka_key_file: Path | None = Field(default=None, repr=False)


class Settings(KafkaSettings):
    """Settings that every service shares; a service adds its own in a subclass.

    In local mode with a state folder and no ``oidc_issuer``, tokens of the development issuer are accepted.
    """

    local: bool = False
    state: Path | None = None
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    database_url: str = Field(default="", repr=False)
    api_database_url: str = Field(default="", repr=False)
    # What follows from a batch stores parts on connections of their own, beside the one that reads them.
    database_pool: int = Field(default=8, ge=3, le=100)
    # This process's name among its service's processes, the same after a restart (a stateful set's pod, say):
    # the restarted one gets its partitions and its lease back at once. Two processes never share one.
    instance: str = ""
    # How long the database may fail every retry before the worker ends itself, unready and unacknowledged.
    give_up_seconds: float = Field(default=60.0, gt=0)
    # How long a batch may neither succeed nor fail (a database that hangs) before the same.
    batch_seconds: float = Field(default=240.0, gt=0)
    # How long a batch may take to be durable before the worker says that it is unready. Large ones with all that
    # follows from them take seconds; a database that hangs takes for ever.
    unready_seconds: float = Field(default=10.0, gt=0)
    # A frozen worker's locks are free after this long (less than ``batch_seconds``, or those who wait for them
    # end first); a working one never thinks so long between two statements. 0: never.
    idle_transaction_seconds: int = Field(default=30, ge=0)

    http_host: str = "127.0.0.1"
    http_port: int = Field(default=0, ge=0, le=65535)
    probe_port: int = Field(default=0, ge=0, le=65535)
    cors_origins: tuple[str, ...] = ()
    max_body_bytes: int = Field(default=1_000_000, ge=1)

    oidc_issuer: str = ""
    oidc_audience: str = "plumbline"
    oidc_jwks_url: str = ""
    oidc_algorithms: tuple[Algorithm, ...] = ("RS256", "ES256")
    oidc_leeway_seconds: int = Field(default=30, ge=0, le=120)
    oidc_person_claim: str = "sub"

    otlp_endpoint: str = ""

    @model_validator(mode="after")
    def _refuse_the_development_issuer_outside_local_mode(self) -> Self:
        if self.oidc_issuer == DEVELOPMENT_ISSUER and not self.local:
            raise ValueError(
                "the development issuer is for local mode only; set PLUMBLINE_OIDC_ISSUER to yours"
            )
        if not self.oidc_algorithms:
            raise ValueError("PLUMBLINE_OIDC_ALGORITHMS names at least one of RS256 and ES256")
        if self.oidc_issuer and self.oidc_issuer != DEVELOPMENT_ISSUER and not self.oidc_jwks_url:
            raise ValueError("PLUMBLINE_OIDC_JWKS_URL says where the issuer's keys are")
        return self

    def database_for_api(self) -> str:
        """The database URL of the api's own role, which row-level security holds to its divisions.

        Raises:
            ConfigurationError: it is not set; the worker's role, which sees everybody, is never used instead.
        """
        if not self.api_database_url:
            raise ConfigurationError(
                "set PLUMBLINE_API_DATABASE_URL to the database as the api's own role (<service>_api); "
                "PLUMBLINE_DATABASE_URL is the worker's, which sees every division"
            )
        return self.api_database_url

    def trusted_issuer(self) -> str:
        """The only issuer whose tokens are accepted.

        Raises:
            ConfigurationError: none is configured, and this is not local mode with a state folder.
        """
        if self.oidc_issuer:
            return self.oidc_issuer
        if self.local and self.state is not None:
            return DEVELOPMENT_ISSUER
        raise ConfigurationError(
            "set PLUMBLINE_OIDC_ISSUER, PLUMBLINE_OIDC_JWKS_URL and PLUMBLINE_OIDC_AUDIENCE"
        )

    def key_location(self) -> str:
        """Where the trusted issuer's public keys are: an http(s) address, or a path of this machine.

        Raises:
            ConfigurationError: nothing says where they are.
        """
        if self.oidc_jwks_url:
            return self.oidc_jwks_url
        if self.trusted_issuer() == DEVELOPMENT_ISSUER and self.state is not None:
            return str(self.state / JWKS_FILE)
        raise ConfigurationError("set PLUMBLINE_OIDC_JWKS_URL")


class ConfigurationError(Exception):
    """A setting that this process cannot do without is missing or contradicts another."""


def explain(error: ConfigurationError | ValidationError) -> str:
    """What is wrong with which variable, without its value, for whoever started the process."""
    if isinstance(error, ConfigurationError):
        return str(error)
    return "; ".join(
        f"{'_'.join(('PLUMBLINE', *map(str, each['loc']))).upper()}: {each['msg']}"
        if each["loc"]
        else each["msg"]
        for each in error.errors(include_input=False, include_context=False, include_url=False)
    )
