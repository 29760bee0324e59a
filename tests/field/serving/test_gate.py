"""The gate: who is taken, who gives way, who is refused, how long one may do nothing."""

import msgspec
import pytest

from field.serving.gate import Gate, Held
from field.serving.open_files import allowed
from streams.config.console import ConsoleLimits
from streams.config.settings import ConfigError
from tests.field.console.guarded_app import Clock


def limits(**more: object) -> ConsoleLimits:
    return msgspec.convert(more, ConsoleLimits)


class Street:
    """A gate, and whose connections it has ended."""

    def __init__(self, most: int = 16, **more: object) -> None:
        self.clock = Clock()
        self.ended: list[str] = []
        self.gate = Gate(limits(**more), most, self.clock, lambda peer: peer == "10.0.0.5")

    def comes(self, peer: str, name: str = "") -> Held | None:
        return self.gate.admit(peer, lambda: self.ended.append(name or peer))

    def works(self, peer: str) -> Held:
        """Comes, and has a request under way."""
        held = self.comes(peer)
        assert held is not None
        self.gate.works(held, None)
        return held


def test_of_an_address_that_is_full_the_oldest_that_waits_gives_way() -> None:
    street = Street(connections_per_address=4)
    street.works("192.0.2.1")
    for name in ("a", "b", "c", "d"):
        assert street.comes("192.0.2.1", name) is not None
    assert street.ended == ["a"]
    assert len(street.gate.all()) == 4
    assert street.comes("192.0.2.2") is not None
    assert street.ended == ["a"]


def test_where_all_of_an_address_are_at_work_the_next_is_refused() -> None:
    street = Street(connections_per_address=4)
    first, *_ = [street.works("192.0.2.1") for _ in range(4)]
    assert street.gate.trouble() is None
    assert street.comes("192.0.2.1") is None
    assert "console.limits" in str(street.gate.trouble())
    assert street.comes("192.0.2.2") is not None
    street.gate.leave(first)
    street.gate.leave(first)
    assert street.comes("192.0.2.1") is not None
    street.clock.now += 61
    assert street.gate.trouble() is None


def test_an_attackers_ipv6_network_is_one_address() -> None:
    street = Street(connections_per_address=4)
    for number in range(4):
        street.works(f"2001:db8::{number:x}")
    assert street.comes("2001:db8::ffff") is None
    assert street.comes("2001:db8:1::1") is not None


def test_when_it_is_full_who_has_most_waiting_gives_way() -> None:
    street = Street(most=16)
    for _ in range(10):
        street.works("192.0.2.1")
    for name in ("192.0.2.1", "192.0.2.2", "192.0.2.2", "192.0.2.3", "192.0.2.3", "192.0.2.3"):
        street.comes(name)
    for _ in range(2):
        assert street.comes("192.0.2.4") is not None
    assert street.ended == ["192.0.2.3", "192.0.2.2"]
    full = Street(most=16)
    for number in range(16):
        full.works(f"192.0.2.{number}")
    assert full.comes("192.0.2.99") is None
    assert full.gate.shown() == {
        "connections": 16,
        "most": 16,
        "refused": 1,
        "gave_way": 0,
        "timed_out": 0,
    }


def test_a_trusted_proxy_has_the_connections_of_many() -> None:
    street = Street(most=100, connections_per_address=4)
    for _ in range(50):
        street.works("10.0.0.5")
    assert len(street.gate.all()) == 50


def test_who_does_nothing_in_its_time_is_ended() -> None:
    street = Street(header_s=10.0)
    street.comes("192.0.2.1", "half open")
    reads_not = street.works("192.0.2.2")
    street.works("192.0.2.3")
    street.clock.now += 9.0
    street.comes("192.0.2.4", "later")
    street.gate.sweep()
    assert street.ended == []
    street.clock.now += 1.0
    street.gate.sweep()
    assert street.ended == ["half open"]
    reads_not.unread_until_s = street.clock.now + 5.0
    street.clock.now += 5.0
    street.gate.sweep()
    assert street.ended == ["half open", "192.0.2.2"]
    assert street.gate.shown()["timed_out"] == 2


def test_files_are_kept_for_kafka_and_the_database() -> None:
    given = limits(connections=1000, reserved_files=256)
    assert allowed(given, 1024, 4096) == (1000, 1256)
    assert allowed(given, 4096, 4096) == (1000, 4096)
    assert allowed(given, 512, 1024) == (768, 1024)
    assert allowed(given, None, None) == (1000, None)
    with pytest.raises(ConfigError, match=r"console\.limits\.reserved_files: .* leaves 0 for"):
        allowed(given, 256, 256)
