"""What can be set about TLS and SASL, what is refused, and what is read when a client is made."""

import ssl
from pathlib import Path

import msgspec
import pytest
from aiokafka.abc import AbstractTokenProvider
from faust.auth import SASLCredentials

from streams.config.settings import ConfigError, load_settings
from streams.kafka.security.for_aiokafka import aiokafka_options
from streams.kafka.security.for_faust import faust_credentials
from streams.kafka.security.for_kafka_python import kafka_python_options
from streams.kafka.security.loading import check, password_of, tls_context, token_of
from streams.kafka.security.settings import SecuritySettings
from streams.kafka.settings import KafkaSettings
from streams.privacy.masking import masked
from tests.integration.security.certificates import Authority

SCRAM = {"protocol": "SASL_SSL", "username": "anna", "password_env": "BROKER_PASSWORD"}


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority") / "files", "an authority")


@pytest.mark.parametrize(
    ("security", "sentence"),
    [
        ("{protocol: TLS}", "kafka.security.protocol: must be one of PLAINTEXT, SSL, SASL_SSL"),
        (
            "{mechanism: GSSAPI}",
            "kafka.security.mechanism: must be one of SCRAM-SHA-512, SCRAM-SHA-256, PLAIN,"
            " OAUTHBEARER",
        ),
        (
            "{ca_file: ca.pem, username: anna}",
            "protocol PLAINTEXT takes no ca_file, username: set protocol to SSL or SASL_SSL",
        ),
        ("{protocol: SSL, username: anna}", "takes no username: set protocol to SASL_SSL"),
        ("{protocol: SSL, cert_file: c.pem}", "key_file is missing: cert_file and key_file"),
        ("{protocol: SSL, key_file: k.pem}", "cert_file is missing: cert_file and key_file"),
        ("{protocol: SSL, key_password_env: K}", "key_file is missing: there is a password for it"),
        ("{protocol: SASL_SSL}", "username is missing: mechanism SCRAM-SHA-512 needs one"),
        ("{protocol: SASL_SSL, username: a}", "password_env or password_file is missing"),
        (
            "{protocol: SASL_SSL, username: a, password_env: A, password_file: b}",
            "give password_env or password_file, not both",
        ),
        (
            "{protocol: SASL_SSL, username: a, password_env: A, token_file: t}",
            "mechanism SCRAM-SHA-512 takes no token_file; OAUTHBEARER does",
        ),
        ("{protocol: SASL_SSL, mechanism: OAUTHBEARER}", "token_file is missing"),
        (
            "{protocol: SASL_SSL, mechanism: OAUTHBEARER, token_file: t, username: a}",
            "mechanism OAUTHBEARER takes no username, but token_file",
        ),
        (
            "{password: open-sesame}",
            "kafka.security.password: no such key; known keys are protocol",
        ),
    ],
)
def test_what_does_not_fit_together_is_one_sentence(
    security: str, sentence: str, tmp_path: Path
) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(f"kafka: {{security: {security}}}")
    with pytest.raises(ConfigError) as refused:
        load_settings(path, env={})
    assert sentence in str(refused.value)
    assert len(str(refused.value).splitlines()) == 2
    assert "open-sesame" not in str(refused.value)


@pytest.mark.parametrize(
    ("security", "sentence"),
    [
        (
            {"protocol": "SSL", "ca_file": "{folder}/none.pem"},
            "kafka.security.ca_file: {folder}/none.pem can't be read (No such file or directory)",
        ),
        ({"protocol": "SSL", "ca_file": "{folder}/text"}, "ca_file: {folder}/text holds no cert"),
        ({"protocol": "SSL", "ca_file": "{folder}"}, "{folder} can't be read (Is a directory)"),
        ({"protocol": "SSL", "ca_file": "{folder}/binary"}, "{folder}/binary is not text"),
        (
            {
                "protocol": "SSL",
                "cert_file": "{folder}/text",
                "key_file": "{folder}/none.key",
                "key_password_env": "NOT_SET",
            },
            "key_password_env: the variable NOT_SET is not set\n"
            "kafka.security.key_file: {folder}/none.key can't be read",
        ),
        (SCRAM | {"password_env": "NOT_SET"}, "password_env: the variable NOT_SET is not set"),
        (
            {"protocol": "SASL_SSL", "username": "a", "password_file": "{folder}/empty"},
            "kafka.security.password_file: {folder}/empty is empty",
        ),
        (
            {
                "protocol": "SASL_SSL",
                "mechanism": "OAUTHBEARER",
                "token_file": "{folder}/lines",
            },
            "kafka.security.token_file: {folder}/lines holds no token of one line",
        ),
    ],
)
def test_what_cannot_be_read_is_a_sentence_with_the_key(
    security: dict[str, str], sentence: str, tmp_path: Path
) -> None:
    (tmp_path / "text").write_text("no certificate")
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "empty").write_text("\n")
    (tmp_path / "lines").write_text("one\ntwo\n")
    placed = {key: value.format(folder=tmp_path) for key, value in security.items()}
    with pytest.raises(ConfigError) as refused:
        check(SecuritySettings(**placed))
    assert sentence.format(folder=tmp_path) in str(refused.value)


def test_a_key_opens_only_with_its_password(authority: Authority, tmp_path: Path) -> None:
    cert_file, key_file = authority.issue("anna", "key-sesame")
    password = tmp_path / "password"
    given = SecuritySettings(
        protocol="SSL",
        ca_file=str(authority.ca_file),
        cert_file=str(cert_file),
        key_file=str(key_file),
        key_password_file=str(password),
    )
    password.write_text("key-sesame\n")
    assert tls_context(given) is not None
    password.write_text("another")
    with pytest.raises(ConfigError, match="the key's password is wrong or missing") as wrong:
        tls_context(given)
    # Without one OpenSSL would ask at the terminal.
    with pytest.raises(ConfigError, match="the key's password is wrong or missing"):
        tls_context(msgspec.structs.replace(given, key_password_file=""))
    assert "another" not in str(wrong.value)


def test_only_the_authority_that_is_named_vouches(authority: Authority) -> None:
    named = tls_context(SecuritySettings(protocol="SSL", ca_file=str(authority.ca_file)))
    assert named is not None
    assert [one["subject"] for one in named.get_ca_certs()] == [
        ((("commonName", "an authority"),),)
    ]
    assert named.verify_mode is ssl.CERT_REQUIRED
    assert named.check_hostname
    assert named.minimum_version >= ssl.TLSVersion.TLSv1_2
    unchecked = tls_context(SecuritySettings(protocol="SSL", check_hostname=False))
    assert unchecked is not None
    assert not unchecked.check_hostname
    assert unchecked.verify_mode is ssl.CERT_REQUIRED
    assert tls_context(SecuritySettings()) is None


def test_clients_are_given_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BROKER_PASSWORD", "open-sesame\n")
    kafka = KafkaSettings(bootstrap="a:1, b:2", security=SecuritySettings(**SCRAM))
    expected = {
        "bootstrap_servers": ["a:1", "b:2"],
        "security_protocol": "SASL_SSL",
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": "anna",
        "sasl_plain_password": "open-sesame",
    }
    for options in (aiokafka_options(kafka), kafka_python_options(kafka)):
        assert isinstance(options.pop("ssl_context"), ssl.SSLContext)
        assert options == expected
    credentials = faust_credentials(kafka)
    assert isinstance(credentials, SASLCredentials)
    assert (credentials.protocol.value, credentials.mechanism.value) == (
        "SASL_SSL",
        "SCRAM-SHA-512",
    )
    shown = f"{kafka!r} {credentials!r} {masked(msgspec.to_builtins(kafka))}"
    assert "anna" in shown
    assert "open-sesame" not in shown
    assert faust_credentials(KafkaSettings()) is None
    plain = {"security_protocol": "PLAINTEXT", "ssl_context": None}
    assert aiokafka_options(KafkaSettings()) == plain | {"bootstrap_servers": ["127.0.0.1:9092"]}


def test_what_was_renewed_counts_from_the_next_connection(tmp_path: Path) -> None:
    token, password = tmp_path / "token", tmp_path / "password"
    token.write_text("first\n")
    bearer = SecuritySettings(protocol="SASL_SSL", mechanism="OAUTHBEARER", token_file=str(token))
    provider = kafka_python_options(KafkaSettings(security=bearer))["sasl_oauth_token_provider"]
    other = aiokafka_options(KafkaSettings(security=bearer))["sasl_oauth_token_provider"]
    assert isinstance(other, AbstractTokenProvider)
    assert provider.token() == token_of(bearer) == "first"
    token.write_text("second\n")
    assert provider.token() == token_of(bearer) == "second"
    user = SecuritySettings(protocol="SASL_SSL", username="a", password_file=str(password))
    for secret in ("one", "two words "):
        password.write_text(f"{secret}\n")
        assert password_of(user) == secret
