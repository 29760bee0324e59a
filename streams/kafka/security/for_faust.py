"""Arguments for Faust, whose own consumer and producer stand on aiokafka.

It hands credentials on as they are, SCRAM and contexts too, so nothing of it has to be changed.
"""

from faust.auth import Credentials, OAuthCredentials, SASLCredentials, SSLCredentials

from streams.kafka.security.for_aiokafka import TokenFile
from streams.kafka.security.loading import password_of, tls_context
from streams.kafka.settings import KafkaSettings


def faust_credentials(kafka: KafkaSettings) -> Credentials | None:
    """What `broker_credentials` takes. Raises ConfigError."""
    security = kafka.security
    context = tls_context(security)
    if context is None:
        return None
    if not security.signs_in:
        return SSLCredentials(context)
    if security.mechanism == "OAUTHBEARER":
        return OAuthCredentials(oauth_cb=TokenFile(security), ssl_context=context)
    return SASLCredentials(
        username=security.username,
        password=password_of(security),
        mechanism=security.mechanism,
        ssl_context=context,
    )
