"""Devices are remembered for the horizon of arrival time, and no longer."""

import pickle

import msgspec

from detectors.features.memory.device_states import Devices

HORIZON_MS = 900_000


class Memory(msgspec.Struct):
    rx: int = 0


class Some(Devices[Memory]):
    """A screening state of the simplest kind."""


def test_one_that_was_silent_beyond_the_horizon_is_not_known() -> None:
    devices = Some({"a": Memory(1000)})
    assert devices.known("a", 1000 + HORIZON_MS, HORIZON_MS) is devices.by_name["a"]
    assert devices.known("a", 1001 + HORIZON_MS, HORIZON_MS) is None
    assert devices.known("b", 1000, HORIZON_MS) is None
    # What arrives out of order is of a device that is known all the more.
    assert devices.known("a", 0, HORIZON_MS) is not None


def test_the_silent_are_forgotten_once_a_minute() -> None:
    devices = Some({f"d{n}": Memory(n * 1000) for n in range(10)})
    devices.sweep(HORIZON_MS + 4000, HORIZON_MS)
    assert set(devices.by_name) == {f"d{n}" for n in range(4, 10)}
    devices.sweep(HORIZON_MS + 63_999, HORIZON_MS)
    assert len(devices.by_name) == 6
    devices.sweep(HORIZON_MS + 64_000, HORIZON_MS)
    assert devices.by_name == {}


def test_states_do_not_share_what_they_remember() -> None:
    one, other = Some(), Some()
    one.by_name["a"] = Memory(1)
    assert other.by_name == {}
    assert pickle.loads(pickle.dumps(one)) == one
