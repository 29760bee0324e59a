"""What can be set about TLS and SASL, under ``kafka.security``.

Secrets are never written there: a key that ends in ``_env`` names an environment variable that
holds one, a key that ends in ``_file`` a file. So settings can be shown, logged and kept anywhere.
"""

from typing import Final, Literal

import msgspec

Protocol = Literal["PLAINTEXT", "SSL", "SASL_SSL"]
Mechanism = Literal["SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN", "OAUTHBEARER"]

_TLS: Final = ("ca_file", "cert_file", "key_file", "key_password_env", "key_password_file")
_SASL: Final = ("username", "password_env", "password_file", "token_file")


class SecuritySettings(msgspec.Struct, frozen=True, kw_only=True):
    """``mechanism``, ``username``, password and token count with SASL_SSL only.

    Files are PEM. Whether they can be read is known once a client is made
    (`streams.kafka.security.loading`).
    """

    protocol: Protocol = "PLAINTEXT"
    ca_file: str = ""
    check_hostname: bool = True
    cert_file: str = ""
    key_file: str = ""
    key_password_env: str = ""
    key_password_file: str = ""
    mechanism: Mechanism = "SCRAM-SHA-512"
    username: str = ""
    password_env: str = ""
    password_file: str = ""
    token_file: str = ""

    def __post_init__(self) -> None:
        if problems := [*self._not_taken(), *self._incomplete()]:
            raise ValueError("; ".join(problems))

    @property
    def encrypted(self) -> bool:
        """Whether connections are TLS."""
        return self.protocol != "PLAINTEXT"

    @property
    def signs_in(self) -> bool:
        """Whether connections sign in by SASL."""
        return self.protocol == "SASL_SSL"

    @property
    def words(self) -> str:
        """What protects connections, for people; no secret is in it.

        >>> SecuritySettings(protocol="SSL", cert_file="c.pem", key_file="k.pem").words
        'SSL with a client certificate'
        """
        text = str(self.protocol)
        if self.signs_in:
            text += f" by {self.mechanism}"
            text += f" as {self.username}" if self.username else ""
        text += " with a client certificate" if self.cert_file else ""
        if self.encrypted and not self.check_hostname:
            text += ", host names unchecked"
        return text

    def _not_taken(self) -> list[str]:
        """Keys that the protocol or the mechanism has no use for: whoever set them thinks they
        protect something."""
        if not self.encrypted and (given := self._given(*_TLS, *_SASL)):
            return [f"protocol PLAINTEXT takes no {given}: set protocol to SSL or SASL_SSL"]
        if not self.signs_in and (given := self._given(*_SASL)):
            return [f"protocol SSL takes no {given}: set protocol to SASL_SSL"]
        if self.mechanism == "OAUTHBEARER":
            given = self._given("username", "password_env", "password_file")
            return [f"mechanism OAUTHBEARER takes no {given}, but token_file"] if given else []
        if self.token_file:
            return [f"mechanism {self.mechanism} takes no token_file; OAUTHBEARER does"]
        return []

    def _incomplete(self) -> list[str]:
        problems = []
        if bool(self.cert_file) != bool(self.key_file):
            missing = "key_file" if self.cert_file else "cert_file"
            problems.append(f"{missing} is missing: cert_file and key_file belong together")
        if self._given("key_password_env", "key_password_file") and not self.key_file:
            problems.append("key_file is missing: there is a password for it")
        for name in ("password", "key_password"):
            if self._given(f"{name}_env") and self._given(f"{name}_file"):
                problems.append(f"give {name}_env or {name}_file, not both")
        if not self.signs_in:
            return problems
        if self.mechanism == "OAUTHBEARER":
            if not self.token_file:
                problems.append("token_file is missing: mechanism OAUTHBEARER needs one")
            return problems
        if not self.username:
            problems.append(f"username is missing: mechanism {self.mechanism} needs one")
        if not self._given("password_env", "password_file"):
            problems.append(
                f"password_env or password_file is missing: mechanism {self.mechanism} needs one"
            )
        return problems

    def _given(self, *names: str) -> str:
        return ", ".join(name for name in names if getattr(self, name))
