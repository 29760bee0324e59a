"""The container's settings and the laptop broker's are the same."""

from pathlib import Path

import yaml

_ROOT = Path(__file__).parents[2]
#: What must differ: addresses and folders, which are the container's own.
_OWN = {"controller.quorum.voters", "listeners", "advertised.listeners", "log.dirs"}


def test_compose_has_the_settings_of_the_template() -> None:
    lines = (_ROOT / "configs" / "kafka" / "server.properties.tmpl").read_text().splitlines()
    pairs = [line.split("=", 1) for line in lines if line and not line.startswith("#")]
    expected = {key: value for key, value in pairs if key not in _OWN}
    compose = yaml.safe_load((_ROOT / "compose.yaml").read_text())
    environment = compose["services"]["kafka"]["environment"]
    found = {
        key.removeprefix("KAFKA_").lower().replace("_", "."): value
        for key, value in environment.items()
        if not key.endswith("_OPTS")
    }
    assert {key: found.get(key) for key in expected} == expected
    assert found.keys() - expected.keys() == _OWN


def test_compose_listens_on_loopback_only() -> None:
    compose = yaml.safe_load((_ROOT / "compose.yaml").read_text())
    assert compose["services"]["kafka"]["ports"] == ["127.0.0.1:9092:9092"]
