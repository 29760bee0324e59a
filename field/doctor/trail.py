"""The audit trail: whether it is whole, and whose verdicts workers take."""

from field.console.live.cluster import Cluster
from field.console.trail_check import examined_trail
from field.doctor.check import Check, found
from field.trail.examining import Examined
from streams.config.settings import ConfigError, Settings
from streams.decode.topic_reader import Topics
from streams.kafka.security.reaching import beyond_here


def whole(topics: Topics, settings: Settings, cluster: str) -> Check:
    """What the trail of this cluster shows of itself."""
    source = Cluster(cluster, {}, {}).source(settings.kafka.prefix)
    try:
        return of_trail(examined_trail(topics, settings, source))
    except ConfigError as error:
        return found("trail", "no_keys", error=error)


def of_trail(looked: Examined) -> Check:
    """What an examined trail means."""
    if not looked.records:
        return found("trail", "empty")
    if not looked.ok:
        return found("trail", "broken", seen=looked.summary(), problems="; ".join(looked.problems))
    return found("trail", "ok" if looked.signed else "unsigned", seen=looked.summary())


def verdicts(settings: Settings) -> Check:
    """Whether anybody who may write to `field.feedback` gives verdicts."""
    if settings.trust.only_signed:
        return found("verdicts", "ok")
    return found("verdicts", "open" if beyond_here(settings.kafka) else "local")
