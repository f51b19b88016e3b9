"""A certificate authority of the tests' own, and what it signs, as PEM files."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

Key = ec.EllipticCurvePrivateKey


@dataclass(frozen=True, kw_only=True)
class Authority:
    """An authority that nobody trusts by itself; it writes what it signs into its folder."""

    folder: Path
    certificate: Path
    key: Key

    @classmethod
    def create(cls, folder: Path) -> "Authority":
        """A new one, with its own certificate in the folder."""
        folder.mkdir(parents=True)
        key, name = ec.generate_private_key(ec.SECP256R1()), _name("the tests' authority")
        signed = _begin(name, key).issuer_name(name).add_extension(_AUTHORITY, critical=True)
        place = folder / "authority.pem"
        place.write_bytes(signed.sign(key, SHA256()).public_bytes(Encoding.PEM))
        return cls(folder=folder, certificate=place, key=key)

    def issue(self, name: str) -> tuple[Path, Path]:
        """A certificate of that name for 127.0.0.1, and its key."""
        key = ec.generate_private_key(ec.SECP256R1())
        signed = (
            _begin(_name(name), key)
            .issuer_name(_name("the tests' authority"))
            .add_extension(
                x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False
            )
            .sign(self.key, SHA256())
        )
        certificate, place = self.folder / f"{name}.pem", self.folder / f"{name}.key"
        certificate.write_bytes(signed.public_bytes(Encoding.PEM))
        place.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        return certificate, place

    def issue_server(self) -> Path:
        """A broker's key and certificate in one file, as Kafka reads them."""
        certificate, key = self.issue("broker")
        both = self.folder / "broker.both.pem"
        both.write_bytes(key.read_bytes() + certificate.read_bytes())
        return both


_AUTHORITY = x509.BasicConstraints(ca=True, path_length=0)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _begin(name: x509.Name, key: Key) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
    )
