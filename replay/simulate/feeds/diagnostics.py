"""What the diagnostic ports of some phones report of ordinary procedures on honest cells.

Networks differ in what is normal: some run GSM without a cipher, most ask for the IMEISV in the
security mode command, all ask for the IMSI now and then (docs/science.md, F14, F26).
"""

import numpy as np

from detectors.model.codes import GSM, LTE, NR
from replay.simulate.feeds.writing import Feed, Record
from replay.simulate.world import World

EVERY_S = (60.0, 240.0)
UPLOAD_DELAY_S = 3.0
IMSI_SHARE, FAILURE_SHARE, REDIRECT_SHARE = 0.04, 0.005, 0.03
SYNCH_FAILURE = 21  # EMM and MM cause (TS 24.301 9.9.3.9): the counters differ, honest and rare
CIPHERS = {LTE: ("EEA2", "EIA2"), NR: ("NEA2", "NIA2")}


def diagnose(world: World, feed: Feed) -> None:
    """All messages of phones with a diagnostic client, into ``feed``; none unless asked for."""
    share = world.scenario.feeds.diagnostic_share
    if not share:
        return
    rng = world.random("diagnostics")
    for who in np.flatnonzero(rng.random(len(world.phones)) < share).tolist():
        time_s = float(rng.uniform(0.0, EVERY_S[1]))
        while time_s < world.scenario.duration_s:
            _connection(world, rng, feed, who, time_s)
            time_s += float(rng.uniform(*EVERY_S))


def _connection(
    world: World, rng: np.random.Generator, feed: Feed, who: int, time_s: float
) -> None:
    """One connection from the request to the cipher, a tenth of a second between messages."""
    phone, at = np.array([who]), np.array([time_s])
    if world.captures.held(phone, at, 5.0)[0] or not world.reachable(phone, at)[0]:
        return
    network, cell = world.network, int(world.serving(phone, at)[0])
    rat = int(network.rat[cell])
    where: Record = {
        "subscriber": world.phones.subscriber[who],
        "source": "device",
        **network.cell_fields(cell),
    }
    lat, lon, accuracy_m = world.fixes(rng, phone, at)
    where.update(lat=lat[0], lon=lon[0], accuracy_m=accuracy_m[0])
    sent_s = time_s + float(rng.exponential(UPLOAD_DELAY_S))
    for number, message in enumerate(_messages(world, rng, who, rat)):
        ts_ms, rx_ms = world.ms(np.array([time_s + 0.1 * number, sent_s + 0.1 * number]))
        feed.add(ts_ms, rx_ms, {**where, **message})


def _messages(world: World, rng: np.random.Generator, who: int, rat: int) -> list[Record]:
    """What passes between a phone and an honest network in one connection."""
    operators = world.scenario.operators
    messages: list[Record] = [{"procedure": "service_request", "outcome": "accept"}]
    if rng.random() < IMSI_SHARE:
        kind = "suci" if rat == NR else "imsi"
        messages.append({"procedure": "identity_request", "identity_type": kind})
    messages.append({"procedure": "authentication_request"})
    if rng.random() < FAILURE_SHARE:
        messages.append({"procedure": "authentication_failure", "cause": SYNCH_FAILURE})
        messages.append({"procedure": "authentication_request"})
    if rat == GSM:
        operator = operators[min(int(world.phones.operator[who]), len(operators) - 1)]
        messages.append({"procedure": "security_mode", "cipher": operator.gsm_cipher})
    else:
        cipher, integrity = CIPHERS[rat]
        messages.append({"procedure": "security_mode", "cipher": cipher, "integrity": integrity})
        messages.append({"procedure": "identity_request", "identity_type": "imeisv"})
    if rat == LTE and rng.random() < REDIRECT_SHARE:
        messages.append({"procedure": "redirect", "target_rat": "gsm", "csfb": True})
    return messages
