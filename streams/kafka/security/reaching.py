"""Whether the brokers of the settings answer and take us, whatever protects them.

The clients themselves can't be asked: where TLS fails or a password is wrong, they try for as long
as they may and name no reason.
"""

from collections.abc import Callable

from streams.kafka.probe import addresses, cluster_id, is_listening, knock
from streams.kafka.security.loading import tls_context
from streams.kafka.security.refusals import NO_TLS, may_pass, refusal, tls_reason
from streams.kafka.settings import KafkaSettings
from streams.listening import is_loopback


class Refused(Exception):  # noqa: N818 - it names what is the matter
    """A broker is there, but does not take us; the text is a sentence on why.

    ``may_pass`` is true where it may only be starting or stopping.
    """

    def __init__(self, host: str, port: int, why: str, may_pass: bool = False) -> None:
        super().__init__(f"The Kafka at {host}:{port} can't be used: {why}.")
        self.may_pass = may_pass


def is_there(kafka: KafkaSettings) -> bool:
    """Whether any broker answers at this moment, for who looks often: nobody signs in.

    Raises Refused where TLS fails, ConfigError.
    """
    if not kafka.security.encrypted:
        return any(cluster_id(*address) for address in addresses(kafka.bootstrap))
    return _any(kafka, knocked)


def is_open(kafka: KafkaSettings) -> bool:
    """Whether anybody listens at one of the addresses; with TLS or SASL, whether a broker there
    takes us.

    Raises Refused, ConfigError.
    """
    if not kafka.security.encrypted:
        return any(is_listening(*address) for address in addresses(kafka.bootstrap))
    return _any(kafka, takes_us)


def takes_us(kafka: KafkaSettings, host: str, port: int) -> bool:
    """Whether a broker answers there behind TLS and, with SASL, has let us sign in.

    Raises Refused, ConfigError.
    """
    if not knocked(kafka, host, port):
        return False
    if kafka.security.signs_in:
        # Only here, since the library needs a moment to be imported.
        from aiokafka.errors import KafkaError

        from streams.kafka.security.signing_in import sign_in

        try:
            sign_in(kafka, host, port)
        except KafkaError as error:
            raise Refused(host, port, refusal(error, kafka), bool(error.retriable)) from error
        except (OSError, TimeoutError) as error:
            raise Refused(host, port, str(error), may_pass=True) from error
    return True


def knocked(kafka: KafkaSettings, host: str, port: int) -> bool:
    """Whether a broker answers there behind TLS. Raises Refused, ConfigError."""
    context = tls_context(kafka.security)
    assert context is not None, "only behind TLS"
    try:
        return knock(host, port, context)
    except OSError as error:
        passing = may_pass(error)
        if passing and cluster_id(host, port):
            raise Refused(host, port, NO_TLS) from error
        why = tls_reason(error, host, bool(kafka.security.cert_file))
        raise Refused(host, port, why, passing) from error


def _any(kafka: KafkaSettings, look: Callable[[KafkaSettings, str, int], bool]) -> bool:
    """Whether one broker is enough; what the first has against us counts where none is."""
    refused = None
    for address in addresses(kafka.bootstrap):
        try:
            if look(kafka, *address):
                return True
        except Refused as error:
            refused = refused or error
    if refused is not None:
        raise refused
    return False


def beyond_here(kafka: KafkaSettings) -> list[str]:
    """The addresses that are beyond this computer.

    >>> beyond_here(KafkaSettings(bootstrap="localhost:9092,[::1]:9092,10.0.0.7:9092"))
    ['10.0.0.7:9092']
    """
    pairs = zip(kafka.servers, addresses(kafka.bootstrap), strict=True)
    return [server for server, (host, _) in pairs if not is_loopback(host)]
