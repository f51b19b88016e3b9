"""A broker with listeners that ask who connects, and an authorizer that allows what `plumbline topics acls` prints."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Collection, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from authority import Authority

from plumbline.runtime.topics import apply
from plumbline_local.kafka import Kafka
from plumbline_local.kafka_config import Ports, broker_settings
from plumbline_local.ports import free_port
from plumbline_local.testing import run_apart

# It may do anything, as whoever runs the platform may.
PLATFORM = "platform"
# Its public names are not declared as such, so nothing can check them.
kafka: Any = import_module("confluent_kafka.admin")


@dataclass(frozen=True, kw_only=True)
class Guarded:
    """Where the broker's listeners are: ours asks for nothing, the others for an account."""

    ours: str
    passwords: str
    scram: str
    certificates: str
    authority: Authority

    def password(self, account: str) -> dict[str, str]:
        """The settings of an account that sends its password, unencrypted."""
        return _told(
            kafka=self.passwords,
            kafka_security_protocol="SASL_PLAINTEXT",
            kafka_sasl_mechanism="PLAIN",
            kafka_username=account,
            kafka_password=password_of(account),
        )

    def scram_over_tls(self, account: str) -> dict[str, str]:
        """The settings of an account whose password is in a file, over TLS."""
        file = self.authority.folder / f"{account}.password"
        file.write_text(password_of(account) + "\n")
        return _told(
            kafka=self.scram,
            kafka_security_protocol="SASL_SSL",
            kafka_sasl_mechanism="SCRAM-SHA-512",
            kafka_username=account,
            kafka_password_file=str(file),
            kafka_ca_file=str(self.authority.certificate),
        )

    def certificate(self, account: str) -> dict[str, str]:
        """The settings of an account that is the name in its certificate."""
        certificate, key = self.authority.issue(account)
        return _told(
            kafka=self.certificates,
            kafka_security_protocol="SSL",
            kafka_ca_file=str(self.authority.certificate),
            kafka_certificate_file=str(certificate),
            kafka_key_file=str(key),
        )


def _told(**settings: str) -> dict[str, str]:
    return {f"PLUMBLINE_{name.upper()}": value for name, value in settings.items()}


def password_of(account: str) -> str:
    return f"{account}-secret"


@contextmanager
def guarded_broker(folder: Path, *, accounts: Collection[str]) -> Generator[Guarded]:
    """A broker that these accounts can sign in to, with every declared topic, enforcing the printed grants."""
    authority = Authority.create(folder / "authority")
    ports = (free_port(), free_port(), free_port())

    def guard(own: Ports) -> dict[str, str]:
        return _guard(own, ports, accounts, authority)

    broker = Kafka(folder=folder / "kafka", more_settings=guard)
    try:
        broker.start()
        run_apart(_admit(broker.bootstrap, accounts))
        passwords, scram, certificates = (f"127.0.0.1:{port}" for port in ports)
        yield Guarded(
            ours=broker.bootstrap,
            passwords=passwords,
            scram=scram,
            certificates=certificates,
            authority=authority,
        )
    finally:
        broker.stop()


def _guard(
    own: Ports, ports: tuple[int, int, int], accounts: Collection[str], authority: Authority
) -> dict[str, str]:
    ours = broker_settings(logs=Path("unused"), ports=own)
    listeners = {"PASSWORDS": "SASL_PLAINTEXT", "SCRAM": "SASL_SSL", "CERTIFICATES": "SSL"}
    places = [f"{name}://127.0.0.1:{port}" for name, port in zip(listeners, ports, strict=True)]
    protocols = [f"{name}:{protocol}" for name, protocol in listeners.items()]
    users = " ".join(f'user_{each}="{password_of(each)}"' for each in (*accounts, PLATFORM))
    login = "org.apache.kafka.common.security"
    return {
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "super.users": f"User:ANONYMOUS;User:{PLATFORM}",
        "listeners": ",".join([ours["listeners"], *places]),
        "listener.security.protocol.map": ",".join([ours["listener.security.protocol.map"], *protocols]),
        "listener.name.passwords.sasl.enabled.mechanisms": "PLAIN",
        "listener.name.passwords.plain.sasl.jaas.config": f"{login}.plain.PlainLoginModule required {users};",
        "listener.name.scram.sasl.enabled.mechanisms": "SCRAM-SHA-512",
        "listener.name.scram.scram-sha-512.sasl.jaas.config": f"{login}.scram.ScramLoginModule required;",
        **_tls("scram", authority),
        **_tls("certificates", authority),
        "listener.name.certificates.ssl.client.auth": "required",
        "ssl.principal.mapping.rules": "RULE:^CN=([^,]+).*$/$1/",
    }


def _tls(listener: str, authority: Authority) -> Mapping[str, str]:
    settings = {
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(authority.issue_server()),
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": str(authority.certificate),
    }
    return {f"listener.name.{listener}.{name}": value for name, value in settings.items()}


async def _admit(bootstrap: str, accounts: Collection[str]) -> None:
    """Declare the topics, make the accounts and grant what the command prints."""
    await apply(bootstrap)
    admin = kafka.AdminClient({"bootstrap.servers": bootstrap})
    await _make_accounts(admin, accounts)
    bindings = await asyncio.to_thread(_printed_bindings)
    for done in admin.create_acls(bindings).values():
        await asyncio.to_thread(done.result, 30)
    await _enforced(admin, len(bindings))


async def _make_accounts(admin: Any, accounts: Collection[str]) -> None:
    mechanism = kafka.ScramCredentialInfo(kafka.ScramMechanism.SCRAM_SHA_512, 4096)
    wanted = [
        kafka.UserScramCredentialUpsertion(each, mechanism, password_of(each).encode()) for each in accounts
    ]
    for done in admin.alter_user_scram_credentials(wanted).values():
        await asyncio.to_thread(done.result, 30)


def _printed_bindings() -> list[Any]:
    rows = json.loads(plumbline("topics", "acls", "--json"))["grants"]
    return [
        kafka.AclBinding(
            kafka.ResourceType[row["resource"].replace("-", "_").upper()],
            row["name"],
            kafka.ResourcePatternType.PREFIXED if row["prefixed"] else kafka.ResourcePatternType.LITERAL,
            row["principal"],
            "*",
            kafka.AclOperation[operation.upper()],
            kafka.AclPermissionType.ALLOW,
        )
        for row in rows
        for operation in row["operations"]
    ]


async def _enforced(admin: Any, count: int) -> None:
    """Until the broker itself has so many bindings, and with them the accounts, which were made before.

    The controller answers when it has committed them; the broker applies them behind whatever else is new to it,
    here the topics of a moment ago, and refuses everybody until then.
    """
    every = kafka.AclBindingFilter(
        kafka.ResourceType.ANY,
        None,
        kafka.ResourcePatternType.ANY,
        None,
        None,
        kafka.AclOperation.ANY,
        kafka.AclPermissionType.ANY,
    )
    async with asyncio.timeout(60):
        while len(await asyncio.to_thread(admin.describe_acls(every).result, 30)) < count:  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.01)


def plumbline(*arguments: str, told: Mapping[str, str] | None = None) -> str:
    """What the command prints, told so by its environment."""
    command = [str(Path(sys.executable).with_name("plumbline")), *arguments]
    environment = {**os.environ, **(told or {})}
    return subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout
