"""Why a broker doesn't take us, in one sentence that names what to change."""

import ssl
from typing import Final

from streams.kafka.settings import KafkaSettings

_CREDENTIALS: Final = (
    "SaslAuthenticationFailedError",
    "SaslAuthenticationFailed",
    "AuthenticationFailedError",
)
_MECHANISM: Final = ("UnsupportedSaslMechanismError",)
_DENIED: Final = {
    "TopicAuthorizationFailedError": "a topic",
    "GroupAuthorizationFailedError": "a consumer group",
    "ClusterAuthorizationFailedError": "the cluster",
}
NO_TLS: Final = "it speaks no TLS there: name its port for TLS, or set protocol to PLAINTEXT"
#: Ends what is said of an ACL.
ACL_ADVICE: Final = "`cellhound broker acls` prints what each program needs"


def refusal(error: BaseException, kafka: KafkaSettings) -> str:
    """What an error of either client comes to, by its kind; its own text where that is plain."""
    names = {kind.__name__ for kind in type(error).__mro__}
    security = kafka.security
    if names & set(_CREDENTIALS):
        if security.mechanism == "OAUTHBEARER":
            return "the broker does not take the token in kafka.security.token_file"
        return (
            f"the broker does not take user {security.username} with this password by"
            f" {security.mechanism} (kafka.security.username, password_env or password_file)"
        )
    if names & set(_MECHANISM):
        return f"the broker has no {security.mechanism}: set kafka.security.mechanism ({error})"
    for name, what in _DENIED.items():
        if name in names:
            return f"the broker's ACL denies {who(kafka)} {what} ({error}); {ACL_ADVICE}"
    return str(error)


def who(kafka: KafkaSettings) -> str:
    """Whom the broker takes us for, as far as we know."""
    security = kafka.security
    if security.signs_in and security.username:
        return f"user {security.username}"
    if security.signs_in:
        return "the owner of the token"
    return "the owner of the client certificate" if security.cert_file else "nameless clients"


def tls_reason(error: OSError, host: str, has_certificate: bool) -> str:
    """Why TLS with a broker failed."""
    if isinstance(error, ssl.SSLCertVerificationError):
        if error.verify_code in (62, 64):  # X509_V_ERR_HOSTNAME_MISMATCH, _IP_ADDRESS_MISMATCH
            return (
                f"its certificate is not for {host} ({error.verify_message}): name the broker as"
                " its certificate does"
            )
        return (
            f"its certificate is not trusted ({error.verify_message}): name who issued it in"
            " kafka.security.ca_file"
        )
    text = str(getattr(error, "reason", None) or error)
    if "WRONG_VERSION_NUMBER" in text or "RECORD_LAYER" in text:
        return NO_TLS
    if "ALERT" in text and has_certificate:
        return f"it refuses the certificate in kafka.security.cert_file ({text})"
    if "ALERT" in text:
        return f"it wants a client certificate: set kafka.security.cert_file and key_file ({text})"
    if may_pass(error):
        return "it ends the connection before TLS is agreed on"
    return f"TLS fails ({text})"


def may_pass(error: BaseException | None) -> bool:
    """Whether TLS may have failed only because the broker is about to start or stop."""
    ended = ssl.SSLEOFError | ssl.SSLZeroReturnError  # Which of them, is up to Python's version.
    return isinstance(error, ConnectionError | TimeoutError | ended)
