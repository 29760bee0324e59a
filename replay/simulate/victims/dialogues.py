"""What the diagnostic port of a victim's phone reports of its dialogue with a rogue.

A rogue has no keys: it never authenticates and asks for identities before anything else. On GSM it
may order no cipher at all; on LTE and NR only what may be sent without integrity protection works:
identity requests, rejects, and a release with a redirect (TS 24.301 4.4.4.2).
"""

import numpy as np

from detectors.model.codes import GSM, LTE, NR, RATS, code_of
from replay.simulate.feeds.signalling import ATTACH, UPDATE, old_area_of
from replay.simulate.feeds.writing import Feed, Record
from replay.simulate.rogue.identities import Identity
from replay.simulate.victims.captivity import Captivity
from replay.simulate.world import World

STEP_S = 0.2
IMEI_SHARE, LURE_IMSI_SHARE = 0.5, 0.6
NO_CIPHER_SHARE = 0.4  # of the GSM rogues' dialogues: in the others no cipher is ever ordered
NULL_CIPHER_SHARE = 0.15  # of the LTE phones: those that take EEA0 with EIA0 outside emergencies
NO_N1_MODE = 27  # 5GMM cause "N1 mode not allowed" (TS 24.501 9.11.3.2): the phone turns to LTE


def report_dialogue(world: World, feed: Feed, captivity: Captivity, sent_s: float) -> None:
    """The dialogue of one captivity, uploaded at ``sent_s``, if its phone has a diagnostic port."""
    share = world.scenario.feeds.diagnostic_share
    # The same draw as for the honest connections, so that these are the same phones.
    if not share or world.random("diagnostics").random(len(world.phones))[captivity.phone] >= share:
        return
    rng = world.random(f"dialogue {captivity.phone} {captivity.start_s:.3f}")
    before = world.serving_cell(captivity.phone, captivity.start_s)
    old = old_area_of(world, before) if before >= 0 else {}
    parts = [(each, _led_down(rng, each, old)) for each in captivity.lures]
    parts.append((captivity.identity, _final(rng, captivity, old)))
    begins_s = np.linspace(captivity.start_s, captivity.below_s, len(parts))
    for (identity, messages), begin_s in zip(parts, begins_s.tolist(), strict=True):
        for number, message in enumerate(messages):
            _add(
                world,
                rng,
                feed,
                captivity,
                identity,
                begin_s + STEP_S * number,
                sent_s,
                message,
            )


def _led_down(rng: np.random.Generator, identity: Identity, old: Record) -> list[Record]:
    """Messages on an NR or LTE cell that only leads to a lower technology."""
    messages: list[Record] = []
    if rng.random() < LURE_IMSI_SHARE:
        kind = "suci" if identity.rat == "nr" else "imsi"
        messages.append({"procedure": "identity_request", "identity_type": kind})
    if identity.rat == "nr":
        rejected: Record = {"procedure": UPDATE[NR], "outcome": "reject", "cause": NO_N1_MODE}
        return [*messages, {**rejected, **old}]
    return [*messages, {"procedure": "redirect", "target_rat": "gsm"}]


def _final(rng: np.random.Generator, captivity: Captivity, old: Record) -> list[Record]:
    """Messages on the transmitter itself."""
    rat = code_of(captivity.identity.rat, RATS)
    messages: list[Record] = [{"procedure": "identity_request", "identity_type": "imsi"}]
    if captivity.cause:
        procedure = ATTACH[rat]
        rejected: Record = {"procedure": procedure, "outcome": "reject"}
        return [*messages, {**rejected, "cause": captivity.cause, **old}]
    if rat == LTE:
        if rng.random() < NULL_CIPHER_SHARE:
            null: Record = {"procedure": "security_mode", "cipher": "EEA0", "integrity": "EIA0"}
            messages.append(null)
        return [*messages, {"procedure": UPDATE[rat], "outcome": "abort", **old}]
    if rng.random() < IMEI_SHARE:
        messages.append({"procedure": "identity_request", "identity_type": "imei"})
    messages.append({"procedure": UPDATE[GSM], "outcome": "accept", **old})
    if rng.random() < NO_CIPHER_SHARE:
        messages.append({"procedure": "security_mode", "cipher": "A5/0"})
    return messages


def _add(
    world: World,
    rng: np.random.Generator,
    feed: Feed,
    captivity: Captivity,
    identity: Identity,
    time_s: float,
    sent_s: float,
    message: Record,
) -> None:
    at = np.array([time_s])
    lat, lon, accuracy_m = world.fixes(rng, np.array([captivity.phone]), at)
    where: Record = {
        "subscriber": world.phones.subscriber[captivity.phone],
        "source": "device",
        **identity.cell_fields(),
    }
    where.update(lat=lat[0], lon=lon[0], accuracy_m=accuracy_m[0])
    feed.add(world.ms(at)[0], world.ms_at(sent_s), {**where, **message})
