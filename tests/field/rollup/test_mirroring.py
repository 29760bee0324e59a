"""MirrorMaker's settings."""

import pytest

from field.rollup.mirroring import properties
from streams.config_error import ConfigError
from streams.kafka.settings import KafkaSettings


def test_mirrormaker_gets_three_topics_up_and_one_down() -> None:
    kafka = KafkaSettings(prefix="t-")
    lines = properties(kafka, ("national", "n:1"), {"a": "a:1", "b": "b:1,b:2"}, 2)
    assert (
        r"a->national.topics = t-rollup\\.windows|t-rollup\\.campaigns|t-rollup\\.reputation"
        in lines
    )
    assert r"national->b.topics = t-national\\.reputation" in lines
    assert "a->b.enabled = false" in lines
    assert "b.bootstrap.servers = b:1,b:2" in lines
    assert "replication.factor = 2" in lines


@pytest.mark.parametrize("brokers", ["", "n", "n:1 m:2", "n:1\nclusters = x", "n:1,", "::1:9092"])
def test_brokers_that_are_none_are_refused(brokers: str) -> None:
    for national, east in ((brokers, "a:1"), ("n:1", brokers)):
        with pytest.raises(ConfigError, match="are no brokers"):
            properties(KafkaSettings(), ("national", national), {"east": east}, 1)
    assert properties(KafkaSettings(), ("national", "[::1]:9092"), {"east": "e-1.x:9,e-2.x:9"}, 1)
