"""What is reported of connections on honest cells: by diagnostic ports, and by base stations.

Networks differ in what is normal: some run GSM without a cipher, most ask for the IMEISV in the
security mode command, all ask for the IMSI now and then (docs/science.md, F14, F26). Every change
of an LTE or NR cell in a connection is a handover (TS 36.300 10.1.2.1, TS 38.300 9.2.3.2), of which
one or two in a hundred fail; the target is the cell that the phone then camps on, so codes and
places hold together.
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
RAN_DELAY_S = 1.5
PREPARATION_SHARE = 0.5  # of the failures: refused by the target; the others break on the air
KNOWN_TARGET_SHARE = 0.7  # where the neighbour relation holds the target's identity


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
    cell = world.free_cell(who, time_s)
    if cell < 0:
        return
    rat = int(world.network.rat[cell])
    where = {
        "subscriber": world.phones.subscriber[who],
        "source": "device",
        **world.network.cell_fields(cell),
        **world.fix(rng, who, time_s),
    }
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


def hand_over(world: World, feed: Feed) -> None:
    """All handovers of a scenario, into ``feed``; none unless it asks for them."""
    feeds, network, phones = world.scenario.feeds, world.network, world.phones
    if not feeds.connected_share:
        return
    rng = world.random("handovers")
    before, after = world.camping.cell[:-1], world.camping.cell[1:]
    moved = (before != after) & (before >= 0) & (after >= 0)
    moved &= (network.rat[before] != GSM) & (network.rat[before] == network.rat[after])
    moved &= network.in_core[before] & network.in_core[after]
    step, phone = np.nonzero(moved & (rng.random(moved.shape) < feeds.connected_share))
    time_s = (step + rng.random(len(step))) * phones.step_s
    free = ~world.captures.held(phone, time_s, 5.0) & phones.reachable(phone, time_s)
    for at, who, when in zip(step[free].tolist(), phone[free].tolist(), time_s[free], strict=True):
        source, target = int(before[at, who]), int(after[at, who])
        known = rng.random() < KNOWN_TARGET_SHARE
        outcome = "accept"
        if rng.random() < feeds.handover_failure_share:
            outcome = "reject" if rng.random() < PREPARATION_SHARE else "abort"
        at_ms, delayed_ms = world.ms(np.array([when, when + rng.exponential(RAN_DELAY_S)]))
        cell = int(network.cell[target]) if known else None
        record = handover_record(world, who, source, outcome, int(network.pci[target]), cell)
        feed.add(at_ms, delayed_ms, record)


def handover_record(
    world: World, who: int, source: int, outcome: str, target_pci: int, target_cell: int | None
) -> Record:
    """A base station's message of a handover from a cell to one of the same RAT."""
    serving = world.network.cell_fields(source)
    return {
        "subscriber": world.phones.subscriber[who],
        "source": "ran",
        **serving,
        "procedure": "handover",
        "outcome": outcome,
        "target_pci": target_pci,
        "target_cell": target_cell,
        "target_rat": serving["rat"],
    }
