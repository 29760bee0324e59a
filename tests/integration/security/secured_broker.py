"""A real broker that takes nobody unknown: by TLS with client certificates, and by SASL over TLS.

It also has the plain listener of all test brokers, where whoever comes is its administrator: there
a test looks at what happened, and lays down who may do what.
"""

import base64
import shlex
from dataclasses import dataclass, field
from pathlib import Path

from kafka import KafkaAdminClient
from kafka.admin import (
    ACL,
    ACLOperation,
    ACLPermissionType,
    ACLResourcePatternType,
    ResourcePattern,
    ResourceType,
    UserScramCredentialUpsertion,
)

from streams.kafka.local_broker import Broker
from streams.kafka.security.acls import ROLES, commands
from streams.kafka.security.settings import Mechanism
from streams.kafka.settings import KafkaSettings
from tests.conftest import free_port
from tests.integration.security.certificates import Authority

#: The password of each user, who is called as their role.
PASSWORD = "open-sesame-{role}"
KEY_PASSWORD = "key-sesame"
#: A user of PLAIN, whom Kafka keeps in its settings.
PLAIN_USER, PLAIN_PASSWORD = "plain-worker", "plain-sesame"

#: A token that Kafka takes while it is set up for tests: not signed, and good for long.
TOKEN = ".".join(
    base64.urlsafe_b64encode(part).decode().rstrip("=")
    for part in (b'{"alg":"none"}', b'{"sub":"worker","iat":1748916000,"exp":4102444800}', b"")
)

#: Operations as `kafka-acls.sh` spells them.
_OPERATIONS = {
    "Read": ACLOperation.READ,
    "Write": ACLOperation.WRITE,
    "Create": ACLOperation.CREATE,
    "Describe": ACLOperation.DESCRIBE,
    "DescribeConfigs": ACLOperation.DESCRIBE_CONFIGS,
}

_PROPERTIES = """
listeners=BROKER://{host}:{port},CERT://{host}:{cert_port},LOGIN://{host}:{login_port},\
CONTROLLER://127.0.0.1:{controller_port}
advertised.listeners=BROKER://{host}:{port},CERT://{host}:{cert_port},LOGIN://{host}:{login_port}
listener.security.protocol.map=BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT,CERT:SSL,LOGIN:SASL_SSL
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ANONYMOUS
ssl.keystore.type=PEM
ssl.keystore.location={keystore}
ssl.truststore.type=PEM
ssl.truststore.location={truststore}
listener.name.cert.ssl.client.auth=required
listener.name.cert.ssl.principal.mapping.rules=RULE:^CN=([^,]+).*$/$1/
listener.name.login.sasl.enabled.mechanisms=SCRAM-SHA-512,SCRAM-SHA-256,PLAIN,OAUTHBEARER
listener.name.login.scram-sha-512.sasl.jaas.config={jaas}.scram.ScramLoginModule required;
listener.name.login.scram-sha-256.sasl.jaas.config={jaas}.scram.ScramLoginModule required;
listener.name.login.plain.sasl.jaas.config={jaas}.plain.PlainLoginModule required \
user_{plain_user}="{plain_password}";
listener.name.login.oauthbearer.sasl.jaas.config={jaas}.oauthbearer.OAuthBearerLoginModule required\
 unsecuredLoginStringClaim_sub="nobody";
"""


@dataclass(frozen=True)
class SecuredBroker(Broker):
    """``bootstrap`` is the administrator's; others sign in at ``login`` or show a certificate at
    ``cert``."""

    cert_port: int = field(default_factory=free_port)
    login_port: int = field(default_factory=free_port)

    @property
    def login(self) -> str:
        return f"{self.host}:{self.login_port}"

    @property
    def cert(self) -> str:
        return f"{self.host}:{self.cert_port}"

    def _properties(self) -> str:
        authority = Authority(self.home / "certificates", "the test's authority")
        certificate, key = authority.issue("broker")
        keystore = self.home / "broker.pem"
        keystore.write_text(key.read_text() + certificate.read_text())
        for role in ("worker", "phones"):
            authority.issue(role, KEY_PASSWORD)
        own = _PROPERTIES.format(
            host=self.host,
            port=self.port,
            cert_port=self.cert_port,
            login_port=self.login_port,
            controller_port=self.controller_port,
            keystore=keystore,
            truststore=authority.ca_file,
            jaas="org.apache.kafka.common.security",
            plain_user=PLAIN_USER,
            plain_password=PLAIN_PASSWORD,
        )
        return super()._properties() + own

    def file(self, name: str) -> Path:
        """A file of the authority: ``ca.pem``, ``worker.pem``, ``worker.key`` .."""
        return self.home / "certificates" / name

    def enrol(self) -> None:
        """Users for all roles, by SCRAM-SHA-512; `record` by SCRAM-SHA-256."""
        admin = KafkaAdminClient(bootstrap_servers=self.bootstrap)
        try:
            failed = admin.alter_user_scram_credentials(
                [
                    UserScramCredentialUpsertion(
                        role.name,
                        mechanism_of(role.name),
                        PASSWORD.format(role=role.name),
                    )
                    for role in ROLES
                ]
            )
        finally:
            admin.close()
        assert not any(failed.values()), failed

    def allow(self, prefix: str, **users: str) -> None:
        """What `cellhound broker acls` prints for a prefix, and no more.

        Each user has the role that they are called as; ``users`` are others, with their roles.
        """
        kafka = KafkaSettings(prefix=prefix)
        lines = commands(kafka, "User:{role}")
        for user, role in users.items():
            lines += commands(kafka, f"User:{user}", [role])
        wanted = [acl for line in lines if not line.startswith("#") for acl in granted(line)]
        admin = KafkaAdminClient(bootstrap_servers=self.bootstrap)
        try:
            made = admin.create_acls(wanted)
        finally:
            admin.close()
        assert not made["failed"], made["failed"]

    def as_role(self, role: str) -> dict[str, str]:
        """The environment of a program that signs in by SCRAM, with that role's ACLs."""
        return environment(
            self.login,
            protocol="SASL_SSL",
            ca_file=str(self.file("ca.pem")),
            mechanism=mechanism_of(role),
            username=role,
            password_env="BROKER_PASSWORD",
        ) | {"BROKER_PASSWORD": PASSWORD.format(role=role)}

    def by_certificate(self, role: str, folder: Path) -> dict[str, str]:
        """The environment of a program with a certificate for that role, and no name."""
        return environment(
            self.cert,
            protocol="SSL",
            ca_file=str(self.file("ca.pem")),
            cert_file=str(self.file(f"{role}.pem")),
            key_file=str(self.file(f"{role}.key")),
            key_password_file=_kept(folder / "key-password", KEY_PASSWORD),
        )

    def by_plain(self, folder: Path) -> dict[str, str]:
        """The environment of a worker that signs in by PLAIN."""
        return environment(
            self.login,
            protocol="SASL_SSL",
            ca_file=str(self.file("ca.pem")),
            mechanism="PLAIN",
            username=PLAIN_USER,
            password_file=_kept(folder / "password", PLAIN_PASSWORD),
        )

    def by_token(self, folder: Path) -> dict[str, str]:
        """The environment of a worker that signs in by OAUTHBEARER."""
        return environment(
            self.login,
            protocol="SASL_SSL",
            ca_file=str(self.file("ca.pem")),
            mechanism="OAUTHBEARER",
            token_file=_kept(folder / "token", TOKEN),
        )


def _kept(path: Path, secret: str) -> str:
    path.write_text(f"{secret}\n")
    return str(path)


def mechanism_of(role: str) -> Mechanism:
    return "SCRAM-SHA-256" if role == "record" else "SCRAM-SHA-512"


def environment(bootstrap: str, **security: str) -> dict[str, str]:
    """Settings of `kafka.security` as environment variables."""
    names = {f"CELLHOUND__KAFKA__SECURITY__{key.upper()}": value for key, value in security.items()}
    return {"KAFKA_BOOTSTRAP": bootstrap} | names


def granted(line: str) -> list[ACL]:
    """What a line for Kafka's own `kafka-acls.sh` grants.

    That program is in no jar that the broker needs, so its options are read here, strictly.
    """
    words = shlex.split(line)
    head = ["kafka-acls.sh", "--bootstrap-server", words[2]]
    head += ["--command-config", "admin.properties", "--add"]
    assert words[: len(head)] == head, line
    options: dict[str, list[str]] = {}
    rest = words[len(head) :]
    for key, value in zip(rest[::2], rest[1::2], strict=True):
        options.setdefault(key.removeprefix("--"), []).append(value)
    pattern = options.pop("resource-pattern-type", ["literal"])[0]
    ((principal,), (operation,)) = options.pop("allow-principal"), options.pop("operation")
    ((resource, names),) = options.items()
    return [
        ACL(
            principal=principal,
            host="*",
            operation=_OPERATIONS[operation],
            permission_type=ACLPermissionType.ALLOW,
            resource_pattern=ResourcePattern(
                ResourceType[resource.upper()], name, ACLResourcePatternType[pattern.upper()]
            ),
        )
        for name in names
    ]
