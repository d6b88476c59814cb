"""Certificates that are refused, said as what they are, with the setting that helps.
Knows nothing about requests."""

from __future__ import annotations

import asyncio
import datetime
import ipaddress
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.protocol_server import ProtocolServer
from workbench.errors import ProviderError
from workbench.providers import http_client
from workbench.providers.connection_test import test_connection as check_connection
from workbench.providers.rate_limits import PERMANENT_KINDS
from workbench.space.model import Model

NOW = datetime.datetime.now(datetime.UTC)
DAY = datetime.timedelta(days=1)


@dataclass
class Issued:
    """A certificate with its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    def write(self, path: Path) -> Path:
        key = self.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        )
        path.write_bytes(self.certificate.public_bytes(serialization.Encoding.PEM) + key)
        return path


def issue(
    *, issuer: Issued | None = None, host: str = "127.0.0.1", begin: datetime.datetime = NOW - DAY,
    end: datetime.datetime = NOW + DAY, authority: bool = False,
) -> Issued:  # fmt: skip
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "authority" if authority else "server")])
    address: x509.GeneralName = (
        x509.IPAddress(ipaddress.ip_address(host)) if host[0].isdigit() else x509.DNSName(host)
    )
    signer = issuer or Issued(None, key)  # type: ignore[arg-type]
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer.certificate.subject if issuer else name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(end)
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .sign(signer.key, hashes.SHA256())
    )
    return Issued(built, key)


def serve(issued: Issued, folder: Path) -> ProtocolServer:
    """A server that speaks TLS with this certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(issued.write(folder / "server.pem"))
    return ProtocolServer(reply=lambda messages: "Yes.", tls=context)


@pytest.fixture(autouse=True)
def fresh_certificates(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The list of authorities is read once a process."""
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
    http_client.shared_ssl_context.cache_clear()
    yield
    http_client.shared_ssl_context.cache_clear()


def check(base_url: str) -> tuple[bool, str]:
    """(whether the model can be used, what its test says)."""
    model = Model.model_validate({"name": "m", "base_url": base_url, "model": "test-chat"})
    report = asyncio.run(check_connection(model))
    assert report.ok or report.kind in PERMANENT_KINDS
    return report.ok, " ".join(report.messages)


AUTHORITY = issue(authority=True)


@pytest.mark.parametrize(
    ("issued", "words"),
    [
        (issue(), "is self-signed"),
        (issue(issuer=AUTHORITY), "was issued by an unknown authority"),
    ],
    ids=["self-signed", "unknown authority"],
)
def test_a_certificate_that_nobody_known_has_signed_names_the_setting_that_helps(
    tmp_path: Path, issued: Issued, words: str
) -> None:
    with serve(issued, tmp_path) as server:
        ok, said = check(server.base_url)
    assert not ok and words in said and "SSL_CERT_FILE" in said


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"begin": NOW - 3 * DAY, "end": NOW - DAY}, "has expired"),
        ({"begin": NOW + DAY, "end": NOW + 3 * DAY}, "is not valid yet"),
        ({"host": "127.0.0.9"}, "is for another address"),
        ({"host": "api.example.com"}, "is for another address"),
    ],
)
def test_a_certificate_that_does_not_fit_is_said_as_what_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changes: dict[str, object], words: str
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(AUTHORITY.write(tmp_path / "authority.pem")))
    with serve(issue(issuer=AUTHORITY, **changes), tmp_path) as server:  # type: ignore[arg-type]
        ok, said = check(server.base_url)
    assert not ok and words in said and "SSL_CERT_FILE" not in said


def test_the_setting_helps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(AUTHORITY.write(tmp_path / "authority.pem")))
    with serve(issue(issuer=AUTHORITY), tmp_path) as server:
        ok, said = check(server.base_url)
    assert ok, said


def test_a_certificate_for_another_host_name_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(AUTHORITY.write(tmp_path / "authority.pem")))
    with serve(issue(issuer=AUTHORITY, host="api.example.com"), tmp_path) as server:
        ok, said = check(server.base_url.replace("127.0.0.1", "localhost"))
    assert not ok and "is for another host name" in said and "base_url" in said


def test_https_to_a_server_without_tls_says_so() -> None:
    with ProtocolServer() as server:
        ok, said = check(server.base_url.replace("http:", "https:"))
    assert not ok and "does not speak TLS" in said and "http://" in said


def test_a_file_of_certificates_that_cannot_be_read_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bad.pem").write_text("no certificate")
    for path in (tmp_path / "none.pem", tmp_path / "bad.pem"):
        monkeypatch.setenv("SSL_CERT_FILE", str(path))
        http_client.shared_ssl_context.cache_clear()
        with pytest.raises(ProviderError, match="SSL_CERT_FILE") as raised:
            http_client.shared_ssl_context()
        assert raised.value.kind == "unreachable"
