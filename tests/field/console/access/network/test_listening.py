"""Where the console may listen, and the error where it may not."""

import datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from field.console.access import Access
from streams.config.console import ConsoleSettings
from streams.config.settings import ConfigError
from streams.listening import address
from tests.field.console.guarded_app import opened


def refusal(folder: Path, **settings: Any) -> str:
    with pytest.raises(ConfigError) as refused:
        open_and_close(folder, **settings)
    return str(refused.value)


def open_and_close(folder: Path, **settings: Any) -> None:
    given = {"accounts": str(folder / "accounts.db"), **settings}
    Access.open(msgspec.convert(given, ConsoleSettings)).close()


def certificate(folder: Path, password: bytes | None = None) -> tuple[str, str]:
    """A self-signed certificate and its key, as files."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "console")])
    begin = datetime.datetime(2020, 1, 1)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(begin)
        .not_valid_after(begin + datetime.timedelta(days=36_500))
        .sign(key, hashes.SHA256())
    )
    hidden = (
        serialization.BestAvailableEncryption(password)
        if password
        else serialization.NoEncryption()
    )
    form = serialization.Encoding.PEM
    (folder / "cert.pem").write_bytes(made.public_bytes(form))
    kind = serialization.PrivateFormat.PKCS8
    (folder / "key.pem").write_bytes(key.private_bytes(form, kind, hidden))
    return str(folder / "cert.pem"), str(folder / "key.pem")


@pytest.mark.parametrize("listen", ["0.0.0.0:8340", "[::]:8340", "192.0.2.1:1", "example.org:80"])
def test_beyond_loopback_accounts_are_needed(tmp_path: Path, listen: str) -> None:
    assert "cellhound accounts add NAME --role admin" in refusal(tmp_path, listen=listen)
    with opened(tmp_path):
        pass
    refused = refusal(tmp_path, listen=listen)
    for key in ("tls_cert", "proxy_addresses", "public_url", "allow_plain: true"):
        assert f"console.{key}" in refused
    assert "plain text" in refused
    assert "plain text" in refusal(tmp_path, listen=listen, public_url="http://console.example")
    cert, tls_key = certificate(tmp_path)
    protected = [
        {"tls_cert": cert, "tls_key": tls_key},
        {"proxy_addresses": ["10.0.0.5"]},
        {"public_url": "https://console.example"},
        {"allow_plain": True},
    ]
    for settings in protected:
        open_and_close(tmp_path, listen=listen, **settings)


@pytest.mark.parametrize("listen", ["127.0.0.1:8340", "[::1]:8340", "localhost:1", "127.9.9.9:80"])
def test_on_loopback_none_are_needed(tmp_path: Path, listen: str) -> None:
    open_and_close(tmp_path, listen=listen)


def test_beyond_loopback_nobody_is_let_in_once_the_last_account_is_gone(tmp_path: Path) -> None:
    with opened(tmp_path):
        pass
    with opened(tmp_path, people=False, listen="0.0.0.0:8340", allow_plain=True) as door:
        assert door.browser().get("/api/me").status_code == 401
        for name in door.access.accounts.roles():
            door.access.accounts.remove(name, even_last=True)
        assert door.browser().get("/api/me").status_code == 401


@pytest.mark.parametrize(
    "listen",
    ["", "8340", ":8340", "host", "host:", "host:x", "host:70000", "a@b:1", "b:1/x", "[:1"],
)
def test_what_is_no_address_is_reported(tmp_path: Path, listen: str) -> None:
    with pytest.raises(ConfigError, match=r"console\.listen: .* give HOST:PORT"):
        address(listen, "console.listen")
    assert "console.listen" in refusal(tmp_path, listen=listen)


def test_a_certificate_with_its_key_does(tmp_path: Path) -> None:
    cert, key = certificate(tmp_path)
    open_and_close(tmp_path, tls_cert=cert, tls_key=key)


def test_what_is_wrong_with_tls_is_reported(tmp_path: Path) -> None:
    cert, key = certificate(tmp_path)
    assert "console.tls_key is not" in refusal(tmp_path, tls_cert=cert)
    assert "console.tls_cert is not" in refusal(tmp_path, tls_key=key)
    missing = str(tmp_path / "missing.pem")
    assert f"console.tls_key: {missing} can't be read" in refusal(
        tmp_path, tls_cert=cert, tls_key=missing
    )
    assert "can't be read" in refusal(tmp_path, tls_cert=str(tmp_path), tls_key=key)
    assert "no PEM certificate" in refusal(tmp_path, tls_cert=key, tls_key=cert)
    certificate(tmp_path, password=b"a passphrase")
    assert "passphrase" in refusal(tmp_path, tls_cert=cert, tls_key=key)


def test_a_proxys_header_needs_its_addresses(tmp_path: Path) -> None:
    assert "proxy_addresses is empty" in refusal(tmp_path, proxy_user_header="X-User")
    assert "'10.0.0' is no address" in refusal(tmp_path, proxy_addresses=["10.0.0"])
