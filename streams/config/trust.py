"""Whom a deployment trusts to be who they say they are.

That a message is the core's is but a field of it. Who could write it is known to the broker alone,
so beyond this computer a deployment says in its settings what it has seen to there.
"""

from typing import Final

from streams.config_error import ConfigError
from streams.kafka.security.reaching import beyond_here
from streams.kafka.settings import KafkaSettings
from streams.signed.settings import TrustSettings

#: What may be set for producers, with what it means.
PRODUCERS: Final = {
    "apart": "what phones upload comes on device.signalling and device.sms, and the broker lets"
    " only the operator's systems write to cell.signalling, sms.metadata and call.signalling",
    "trusted": "all who can write to cell.signalling, sms.metadata and call.signalling are trusted"
    " to name their source rightly",
}


def enrolled(trust: TrustSettings, kafka: KafkaSettings | None = None) -> frozenset[str] | None:
    """The instruments that are taken; ``None`` for all of them: where none is listed, and the
    brokers are on this computer or there are none (a trace). Beyond it nobody is then."""
    if not trust.instruments and (kafka is None or not beyond_here(kafka)):
        return None
    return frozenset(trust.instruments)


def check_producers(trust: TrustSettings, kafka: KafkaSettings) -> None:
    """Raises ConfigError where brokers lie beyond this computer and nothing is said of who writes:
    whoever may upload there could speak for the core."""
    if trust.producers or not (places := beyond_here(kafka)):
        return
    choices = "; or ".join(f"{name!r} where {what}" for name, what in PRODUCERS.items())
    raise ConfigError(
        f"trust.producers must be set for a broker beyond this computer ({', '.join(places)}):"
        f' {choices}. See docs/kafka-security.md, "Who may say what".'
    )
