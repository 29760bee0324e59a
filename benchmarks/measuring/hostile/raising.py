"""What liars say to raise a false alert: each lie is what one of them sends at a time."""

from collections.abc import Callable
from pathlib import Path

import msgspec

from benchmarks.measuring.hostile.town import (
    EVERY_S,
    Messages,
    Town,
    detected,
    here,
    town_of,
    with_liars,
)
from streams.config.settings import Settings

FROM_S, TO_S = 900, 1500
MADE_UP = {"rat": "gsm", "mcc": 460, "mnc": 0, "area": 61001, "cell": 777}

Lie = Callable[[Town], Messages]


def unknown_cell(town: Town) -> Messages:
    return [("measurements", {**MADE_UP, **here(), "signal_dbm": -55.0, "timing_advance": 0})]


def far_clone(town: Town) -> Messages:
    return [("measurements", {**town.far, **here(), "signal_dbm": -55.0, "timing_advance": 0})]


def near_clone(town: Town) -> Messages:
    report = {**town.crossing, **here(), "signal_dbm": -48.0, "timing_advance": 0}
    return [("measurements", {**report, "neighbours": [{**town.near, "signal_dbm": -80.0}]})]


def broadcast(town: Town) -> Messages:
    information = {"t3212_min": 1, "cell_reselect_offset_db": 60.0, "neighbours_advertised": 0}
    return [("measurements", {**MADE_UP, **here(), "signal_dbm": -55.0, "broadcast": information})]


def other_channel(town: Town) -> Messages:
    report = {**town.near, **here(), "arfcn": 3, "pci": 63, "signal_dbm": -60.0}
    return [("measurements", report)]


def bare_code(town: Town) -> Messages:
    neighbours = [{"rat": "lte", "arfcn": 38400, "pci": 503, "signal_dbm": -60.0}]
    return [
        ("measurements", {**town.near, **here(), "signal_dbm": -80.0, "neighbours": neighbours})
    ]


def old_area(town: Town) -> Messages:
    update = {**town.near, "source": "core", "procedure": "location_update", "outcome": "accept"}
    old = {"old_mcc": 460, "old_mnc": 0, "old_area": 61001, "update_type": "normal"}
    return [("signalling", {**update, **old})]


def lost_area(town: Town) -> Messages:
    update = {**town.near, "source": "core", "procedure": "attach", "outcome": "accept"}
    return [("signalling", {**update, "old_mcc": 460, "old_mnc": 0, "old_area": 0xFFFE})]


def handover(town: Town) -> Messages:
    failed = {**town.near, "source": "ran", "procedure": "handover", "outcome": "abort"}
    return [("signalling", {**failed, "target_pci": 503})]


def diagnostics(town: Town) -> Messages:
    port = {**MADE_UP, **here(), "source": "device"}
    return [
        ("signalling", {**port, "procedure": "identity_request", "identity_type": "imsi"}),
        ("signalling", {**port, "procedure": "location_update", "outcome": "reject", "cause": 15}),
        ("signalling", {**port, "procedure": "security_mode", "cipher": "A5/0"}),
    ]


def phantom(town: Town) -> Messages:
    text = {"sender": "95588", "content_hash": "00ff00ff00ff00ff", "has_url": True}
    sim = {"subscription_mcc": 460, "subscription_mnc": 0}
    return [("sms", {**MADE_UP, **here(), "source": "device", **text, **sim})]


LIES: dict[str, tuple[Lie, ...]] = {
    lie.__name__: (lie,)
    for lie in (
        unknown_cell,
        far_clone,
        near_clone,
        broadcast,
        other_channel,
        bare_code,
        old_area,
        lost_area,
        handover,
        diagnostics,
        phantom,
    )
}
LIES["everything"] = tuple(lie for (lie,) in LIES.values())


def with_false_alert(
    honest: Path, out: Path, lies: tuple[Lie, ...], liars: int, every_s: int = EVERY_S
) -> None:
    """The honest trace with liars who say some lies for ten minutes."""
    messages = [message for lie in lies for message in lie(town_of(honest))]
    with_liars(honest, out, lambda at_s, liar: messages, liars, range(FROM_S, TO_S, every_s))


def highest(trace: Path, out: Path, settings: Settings) -> float:
    """The highest probability of any alert of a run; 0 without any."""
    lines = detected(trace, out, settings).read_bytes().splitlines()
    return max((msgspec.json.decode(line)["probability"] for line in lines), default=0.0)
