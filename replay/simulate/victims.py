"""What captured phones leave behind: reports, a text that no centre sent, and their return.

All that a phone notes in captivity reaches the platform only when it is back on an honest cell;
there it names the rogue's area as the one it comes from, or none where it had been rejected.
"""

import numpy as np

from detectors.vocabulary import GSM, LTE
from replay.simulate.identities import Identity
from replay.simulate.messages import near_hash
from replay.simulate.radio import quantised, timing_steps
from replay.simulate.reports import FADING_DB, cell_records, neighbours_of
from replay.simulate.signalling import NO_AREA, UPDATE, Update, write_update
from replay.simulate.transmitter import Transmitter
from replay.simulate.world import World
from replay.simulate.writing import Feed, Record

TIMED_SHARE = 0.3
PLACED_SMS_SHARE = 0.6
UPLOAD_DELAY_S = 1.5


def tell_victims(world: World, measurements: Feed, signalling: Feed, sms: Feed) -> None:
    """The traces of all captivities, into the three feeds."""
    rng = world.random("victims")
    named, bare = cell_records(world.network)
    texts = {each.spec.id: int(rng.integers(0, 2**63)) for each in world.transmitters}
    captures = world.captures
    for row in range(len(captures)):
        phone = int(captures.phone[row])
        each = world.transmitters[int(captures.transmitter[row])]
        identity = each.identities[int(captures.identity[row])]
        start_s, end_s = float(captures.start_s[row]), float(captures.end_s[row])
        back_s = end_s + float(rng.exponential(UPLOAD_DELAY_S))
        _return(world, rng, signalling, each, identity, phone, end_s)
        if not world.phones.reporting[phone]:
            continue
        for time_s in rng.uniform(start_s, end_s, int(rng.integers(1, 3))).tolist():
            record = _report(world, rng, each, identity, phone, time_s)
            serving = np.array([-1])
            heard = neighbours_of(
                world, rng, np.array([phone]), np.array([time_s]), serving, named, bare
            )
            measurements.add(
                world.ms(np.array([time_s]))[0],
                world.ms(np.array([back_s]))[0],
                {**record, "neighbours": heard[0]},
            )
        if each.spec.sms is not None and rng.random() < world.scenario.feeds.sms_reporting_share:
            received_s = float(rng.uniform(start_s, end_s))
            text = near_hash(rng, texts[each.spec.id])
            _text(world, rng, sms, each, identity, phone, received_s, back_s, text)


def _return(
    world: World,
    rng: np.random.Generator,
    feed: Feed,
    transmitter: Transmitter,
    identity: Identity,
    phone: int,
    time_s: float,
) -> None:
    """Back on its own cell the phone tells the core which area it was in."""
    cell = int(world.serving(np.array([phone]), np.array([time_s]))[0])
    rat = int(world.network.rat[cell])
    old: Record = {
        "old_mcc": identity.mcc,
        "old_mnc": identity.mnc,
        "old_area": identity.area,
        "old_rat": identity.rat if rat != transmitter.rat or rng.random() < 0.5 else None,
    }
    if rng.random() < transmitter.spec.rejecting_share:
        old["old_area"] = NO_AREA[GSM if transmitter.rat == GSM else LTE][1]
    update = Update(phone, time_s, cell, UPDATE[rat], "normal", old)
    write_update(world, rng, feed, update, {"outcome": "accept"})


def _report(
    world: World,
    rng: np.random.Generator,
    transmitter: Transmitter,
    identity: Identity,
    phone: int,
    time_s: float,
) -> Record:
    """What the phone measures while captive: the rogue as its serving cell."""
    who, at = np.array([phone]), np.array([time_s])
    x, y = world.phones.place(who, at)
    own_x, own_y = transmitter.place(at)
    rat = np.array([transmitter.rat])
    level = transmitter.level_dbm(x, y, at) + world.phones.gain_db[phone]
    level += rng.normal(0.0, FADING_DB, 1)
    steps = timing_steps(rng, rat, np.hypot(x - own_x, y - own_y))
    lat, lon, accuracy_m = world.fixes(rng, who, at)
    return {
        "device": world.phones.device[phone],
        "lat": lat[0],
        "lon": lon[0],
        "position_source": "wifi" if world.phones.indoor[phone] else "gnss",
        "accuracy_m": accuracy_m[0],
        "speed_mps": round(float(world.phones.speed_mps(who, at)[0]), 1),
        "rat": identity.rat,
        "mcc": identity.mcc,
        "mnc": identity.mnc,
        "area": identity.area,
        "cell": identity.cell,
        "arfcn": identity.arfcn,
        "pci": identity.pci,
        "signal_dbm": float(quantised(rat, level)[0]),
        "timing_advance": int(steps[0]) if rng.random() < TIMED_SHARE else None,
    }


def _text(
    world: World,
    rng: np.random.Generator,
    feed: Feed,
    transmitter: Transmitter,
    identity: Identity,
    phone: int,
    time_s: float,
    back_s: float,
    content_hash: str,
) -> None:
    """The text that the rogue sent; now and then its receiver complains about it later."""
    campaign = transmitter.spec.sms
    if campaign is None:
        return
    operator = world.scenario.operators[int(world.phones.operator[phone])]
    seen = _report(world, rng, transmitter, identity, phone, time_s)
    place = ("lat", "lon", "accuracy_m") if rng.random() < PLACED_SMS_SHARE else ()
    message: Record = {
        "device": world.phones.device[phone],
        "source": "device",
        "subscription_mcc": operator.mcc,
        "subscription_mnc": operator.mnc,
        "sender": campaign.sender,
        "length": campaign.length,
        "parts": 1 + (campaign.length - 1) // 67 if campaign.length > 70 else 1,
        "content_hash": content_hash,
        "has_url": campaign.url_domain is not None,
        "url_domain": campaign.url_domain,
        **{key: seen[key] for key in ("rat", "mcc", "mnc", "area", "cell", "signal_dbm", *place)},
    }
    feed.add(world.ms(np.array([time_s]))[0], world.ms(np.array([back_s]))[0], message)
    if rng.random() >= world.scenario.feeds.complaint_share:
        return
    # A person remembers the time to five minutes and the place to some hundred metres.
    remembered_ms = 300_000 * round(world.ms(np.array([time_s]))[0] / 300_000)
    told_s = np.array([time_s + rng.uniform(300.0, 1500.0)])
    keys = ("device", "subscription_mcc", "subscription_mnc", "sender", "content_hash", "has_url")
    complaint: Record = {"source": "complaint", **{key: message[key] for key in keys}}
    complaint.update(lat=seen["lat"], lon=seen["lon"], accuracy_m=500.0)
    feed.add(remembered_ms, world.ms(told_s)[0], complaint)
