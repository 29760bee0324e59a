"""Whether the brokers of the settings answer, whatever protects them; what stands in the way.

These are quick looks for those who wait or watch: none signs in, so a wrong password shows only
once a client is made.
"""

import ipaddress

from streams.kafka.probe import addresses, cluster_id, is_listening, knock
from streams.kafka.security.loading import tls_context
from streams.kafka.security.refusals import tls_reason
from streams.kafka.settings import KafkaSettings


class TlsRefused(Exception):  # noqa: N818 - it names what is the matter
    """A broker is there, but there is no TLS with it; the text is a sentence on why."""


def is_there(kafka: KafkaSettings) -> bool:
    """Whether any broker answers at this moment. Raises TlsRefused, ConfigError."""
    if not kafka.security.encrypted:
        return any(cluster_id(*address) for address in addresses(kafka.bootstrap))
    return any(knocked(kafka, *address) for address in addresses(kafka.bootstrap))


def is_open(kafka: KafkaSettings) -> bool:
    """Whether anybody listens at one of the addresses, and takes our TLS where that is set.

    Raises TlsRefused, ConfigError.
    """
    if kafka.security.encrypted:
        return is_there(kafka)
    return any(is_listening(*address) for address in addresses(kafka.bootstrap))


def knocked(kafka: KafkaSettings, host: str, port: int) -> bool:
    """Whether a broker answers there behind TLS. Raises TlsRefused, ConfigError."""
    context = tls_context(kafka.security)
    assert context is not None, "only behind TLS"
    try:
        return knock(host, port, context)
    except OSError as error:
        why = tls_reason(error, host, bool(kafka.security.cert_file))
        raise TlsRefused(f"The Kafka at {host}:{port} can't be used: {why}.") from error


def beyond_here(kafka: KafkaSettings) -> list[str]:
    """The addresses that are beyond this computer.

    >>> beyond_here(KafkaSettings(bootstrap="localhost:9092,[::1]:9092,10.0.0.7:9092"))
    ['10.0.0.7:9092']
    """
    pairs = zip(kafka.servers, addresses(kafka.bootstrap), strict=True)
    return [server for server, (host, _) in pairs if not _is_loopback(host)]


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
