"""Honest short messages, as phones report them and as the operator's centre records them."""

import numpy as np

from replay.simulate.feeds.writing import Feed, Record
from replay.simulate.world import World

#: Senders with the share of all texts, and how many templates each has. Personal senders are
#: pseudonyms, one for each text.
SENDERS = (
    ("10086", 0.16, 6),
    ("10010", 0.10, 6),
    ("95588", 0.12, 8),
    ("95533", 0.10, 8),
    ("95555", 0.06, 8),
    ("106575258", 0.18, 12),
    ("106980095", 0.16, 12),
)
URL_SHARE = 0.08
REFERENCE_SHARE = 0.75  # of the texts that both sides number alike
CENTRE_DELAY_S = 4.0
SMSC = "+8613800100500"


def near_hash(rng: np.random.Generator, base: int) -> str:
    """A 64-bit similarity hash a few bits from ``base``, as 16 hex digits."""
    value = base
    for bit in rng.integers(0, 64, int(rng.integers(0, 4))).tolist():
        value ^= 1 << bit
    return f"{value:016x}"


def text_honestly(world: World, feed: Feed) -> None:
    """All honest texts, into ``feed``: the centre's records, and the phones' where they report."""
    rng = world.random("messages")
    feeds, phones = world.scenario.feeds, world.phones
    hours = world.scenario.duration_s / 3600.0
    phone = np.repeat(
        np.arange(len(phones)), rng.poisson(feeds.sms_per_phone_hour * hours, len(phones))
    )
    time_s = rng.uniform(0.0, world.scenario.duration_s, len(phone))
    free = ~world.captures.held(phone, time_s) & world.reachable(phone, time_s)
    free &= phones.operator[phone] < len(world.scenario.operators)
    phone, time_s = phone[free], time_s[free]
    shares = np.cumsum([share for _, share, _ in SENDERS])
    sender = np.searchsorted(shares, rng.random(len(phone)), side="right")
    templates = [rng.integers(0, 2**63, count).tolist() for _, _, count in SENDERS]
    reported = phones.reporting[phone] & (rng.random(len(phone)) < feeds.sms_reporting_share)
    recorded = rng.random(len(phone)) < feeds.smsc_completeness
    serving = world.serving(phone, time_s)
    # The centre's record is made when it hands over, or when the receipt comes back.
    centre_s = time_s + rng.uniform(-CENTRE_DELAY_S, 0.25 * CENTRE_DELAY_S, len(phone))
    ts_ms, centre_ms = world.ms(time_s), world.ms(centre_s)
    rx_ms = world.ms(time_s + world.delays_s(rng, len(phone)))
    centre_rx_ms = world.ms(centre_s + rng.exponential(CENTRE_DELAY_S, len(phone)))
    fixes = world.fixes(rng, phone, time_s)
    for row, who in enumerate(phone.tolist()):
        body = _body(world, rng, who, int(sender[row]), templates)
        body["sent_ts"] = centre_ms[row] - 1000 * int(rng.integers(0, 3))
        if rng.random() < REFERENCE_SHARE:
            body["message_ref"] = f"m-{int(rng.integers(0, 2**48)):012x}"
        if recorded[row]:
            feed.add(centre_ms[row], centre_rx_ms[row], {"source": "smsc", **body})
        if reported[row]:
            where = {**world.network.cell_fields(int(serving[row])), **fixes[row]}
            feed.add(ts_ms[row], rx_ms[row], {"source": "device", **body, **where})


def _body(
    world: World, rng: np.random.Generator, phone: int, sender: int, templates: list[list[int]]
) -> Record:
    """What both sides know of one text."""
    operator = world.scenario.operators[int(world.phones.operator[phone])]
    personal = sender == len(SENDERS)
    base = int(rng.integers(0, 2**63)) if personal else int(rng.choice(templates[sender]))
    length = int(rng.integers(4, 140))
    has_url = not personal and bool(rng.random() < URL_SHARE)
    return {
        "device": world.phones.device[phone],
        "subscription_mcc": operator.mcc,
        "subscription_mnc": operator.mnc,
        "sender": f"p-{int(rng.integers(0, 2**40)):010x}" if personal else SENDERS[sender][0],
        "smsc": SMSC,
        "length": length,
        "parts": 1 if length <= 70 else 1 + (length - 1) // 67,
        "content_hash": near_hash(rng, base),
        "has_url": has_url,
        "url_domain": "service.example" if has_url else None,
    }
