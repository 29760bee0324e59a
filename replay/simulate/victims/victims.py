"""What captured phones leave in the feeds: reports, a text that no centre sent, and complaints.

What a phone measures in captivity reaches the platform only when it is back on an honest cell;
some phones report much later, some never.
"""

import numpy as np
from msgspec import structs

from detectors.model.codes import RATS, code_of
from replay.simulate.feeds.messages import near_hash
from replay.simulate.feeds.probes import probing
from replay.simulate.feeds.reports import FADING_DB, neighbours_of
from replay.simulate.feeds.signalling import Core
from replay.simulate.feeds.writing import Feed, Record
from replay.simulate.network.radio import quantised, timing_steps
from replay.simulate.rogue.identities import Identity
from replay.simulate.scenario.rogue import Rogue
from replay.simulate.victims.captivity import (
    Captivity,
    captivity_of,
    report_dialogue,
    signal_return,
)
from replay.simulate.world import World

TIMED_SHARE = 0.3
PLACED_SMS_SHARE = 0.6
LATE_S = (120.0, 1500.0)
LURE_NOTED_SHARE = 0.4
REMEMBERED_MS = 300_000
COMPLAINS_AFTER_S = (300.0, 1500.0)
ROUGH_PLACE_M = 500.0


def report_victims(
    world: World, measurements: Feed, signalling: Feed, sms: Feed
) -> dict[str, set[int]]:
    """The messages about all captivities, into the three feeds.

    Returns, by the transmitter's id, the phones of which any message bears witness to it.
    """
    witnesses: dict[str, set[int]] = {each.spec.id: set() for each in world.transmitters}
    rng, aside = world.random("victims"), world.random("victims aside")
    core = Core(world, rng, signalling)
    texts = {each.spec.id: int(rng.integers(0, 2**63)) for each in world.transmitters}
    probes = probing(world)
    for row in range(len(world.captures)):
        served_s = float(world.captures.back_s[row])
        each = captivity_of(world, rng, aside, row)
        spec, phone = each.transmitter.spec, each.phone
        evident = signal_return(core, aside, row)
        before = len(measurements) + len(signalling) + len(sms)
        late_s = _late_s(aside, spec)
        lost = late_s is None or served_s >= world.scenario.duration_s > each.end_s
        reported_s = each.reported_s + (late_s or 0.0)
        if not lost:
            report_dialogue(world, signalling, each, reported_s)
        reported = False
        if world.phones.reporting[phone] and not lost:
            for identity, time_s in _noted(rng, aside, each):
                record = report(world, rng, each, identity, time_s)
                if identity.rat != "gsm":
                    record["quality_db"] = round(float(-8.0 - aside.gamma(2.0, 1.5)), 1)
                if probes[phone]:
                    record["broadcast"] = spec.broadcast
                who, at, serving = np.array([phone]), np.array([time_s]), np.array([-1])
                record["neighbours"] = neighbours_of(world, rng, who, at, serving)[0]
                measurements.add(world.ms_at(time_s), world.ms_at(reported_s), record)
            share = world.scenario.feeds.sms_reporting_share
            if spec.sms is not None and rng.random() < share:
                reported = True
                _text(world, rng, sms, each, texts[spec.id], reported_s)
        if not reported:
            _complain_unreported(world, aside, sms, each, texts[spec.id])
        if evident or len(measurements) + len(signalling) + len(sms) > before:
            witnesses[spec.id].add(phone)
    return witnesses


def _late_s(aside: np.random.Generator, spec: Rogue) -> float | None:
    """How much later than others a phone reports; None for never."""
    if spec.late_share + spec.never_share == 0.0:
        return 0.0
    luck = aside.random()
    if luck < spec.never_share:
        return None
    return float(aside.uniform(*LATE_S)) if luck < spec.never_share + spec.late_share else 0.0


def _noted(
    rng: np.random.Generator, aside: np.random.Generator, captivity: Captivity
) -> list[tuple[Identity, float]]:
    """Cells and times of a phone's measurements: the rogue's, and in a share of them the lure's."""
    times_s = rng.uniform(captivity.below_s, captivity.end_s, int(rng.integers(1, 3))).tolist()
    noted = [(captivity.identity, time_s) for time_s in times_s]
    if captivity.lures and aside.random() < LURE_NOTED_SHARE:
        lure_s = float(aside.uniform(captivity.start_s, captivity.below_s))
        noted.append((captivity.lures[-1], lure_s))
    return noted


def report(
    world: World, rng: np.random.Generator, captivity: Captivity, identity: Identity, time_s: float
) -> Record:
    """What the phone measures while captive: the rogue as its serving cell."""
    phone, transmitter = captivity.phone, captivity.transmitter
    who, at = np.array([phone]), np.array([time_s])
    x, y = world.phones.place(who, at)
    own_x, own_y = transmitter.place(at)
    rat = np.array([code_of(identity.rat, RATS)])
    level = transmitter.level_dbm(x, y, at) + world.phones.gain_db[phone]
    if identity in transmitter.lures:
        level += transmitter.lure_above_db()
    level += rng.normal(0.0, FADING_DB, 1)
    steps = timing_steps(rng, rat, np.hypot(x - own_x, y - own_y))
    source = "wifi" if world.phones.indoor[phone] else "gnss"
    return {
        "device": world.phones.device[phone],
        **world.fix(rng, phone, time_s, source),
        "speed_mps": round(float(world.phones.speed_mps(who, at)[0]), 1),
        **structs.asdict(identity),
        "signal_dbm": float(quantised(rat, level)[0]),
        "timing_advance": int(steps[0]) if rng.random() < TIMED_SHARE else None,
    }


def _text(
    world: World,
    rng: np.random.Generator,
    feed: Feed,
    captivity: Captivity,
    text: int,
    reported_s: float,
) -> None:
    """The text that the rogue sent; now and then its receiver complains about it later."""
    campaign, phone = captivity.transmitter.spec.sms, captivity.phone
    if campaign is None:
        return
    time_s = float(rng.uniform(captivity.below_s, captivity.end_s))
    content_hash = near_hash(rng, text)
    operator = world.scenario.operators[int(world.phones.operator[phone])]
    seen = report(world, rng, captivity, captivity.identity, time_s)
    keys = ["rat", "mcc", "mnc", "area", "cell", "signal_dbm"]
    keys += ["lat", "lon", "accuracy_m"] if rng.random() < PLACED_SMS_SHARE else []
    message: Record = {
        "device": world.phones.device[phone],
        "source": "device",
        "subscription_mcc": operator.mcc,
        "subscription_mnc": operator.mnc,
        "sender": campaign.sender,
        "smsc": campaign.smsc,
        "sent_ts": world.ms_at(np.floor(time_s)) if campaign.smsc else None,
        "length": campaign.length,
        "parts": 1 + (campaign.length - 1) // 67 if campaign.length > 70 else 1,
        "content_hash": content_hash,
        "has_url": campaign.url_domain is not None,
        "url_domain": campaign.url_domain,
        "callback": campaign.callback,
        **{key: seen[key] for key in keys if key in seen},
    }
    feed.add(world.ms_at(time_s), world.ms_at(reported_s), message)
    if rng.random() < world.scenario.feeds.complaint_share:
        reported_s = time_s + rng.uniform(*COMPLAINS_AFTER_S)
        kept = ["device", "subscription_mcc", "subscription_mnc"]
        kept += ["sender", "content_hash", "has_url"]
        complaint: Record = {key: message[key] for key in kept}
        if "lat" in seen:
            complaint.update(lat=seen["lat"], lon=seen["lon"], accuracy_m=ROUGH_PLACE_M)
        _complain(world, feed, complaint, time_s, reported_s)


def _complain_unreported(
    world: World, rng: np.random.Generator, feed: Feed, captivity: Captivity, text: int
) -> None:
    """The complaint of somebody whose phone reported nothing, where the campaign has any."""
    campaign = captivity.transmitter.spec.sms
    if campaign is None or not campaign.unreported_complaint_share:
        return
    if rng.random() >= campaign.unreported_complaint_share:
        return
    phone = captivity.phone
    time_s = float(rng.uniform(captivity.below_s, captivity.end_s))
    reported_s = time_s + float(rng.uniform(*COMPLAINS_AFTER_S))
    operator = world.scenario.operators[int(world.phones.operator[phone])]
    x, y = world.phones.place(np.array([phone]), np.array([time_s]))
    error_m = rng.normal(0.0, ROUGH_PLACE_M / 1.51, 2)
    lat, lon = world.place.latlon(x + error_m[0], y + error_m[1])
    complaint: Record = {
        "device": world.phones.device[phone],
        "subscription_mcc": operator.mcc,
        "subscription_mnc": operator.mnc,
        "sender": campaign.sender,
        "content_hash": near_hash(rng, text),
        "has_url": campaign.url_domain is not None,
        "lat": float(lat[0]),
        "lon": float(lon[0]),
        "accuracy_m": ROUGH_PLACE_M,
    }
    _complain(world, feed, complaint, time_s, reported_s)


def _complain(world: World, feed: Feed, what: Record, time_s: float, reported_s: float) -> None:
    """A complaint: people give the time of the text to five minutes."""
    remembered_ms = REMEMBERED_MS * round(world.ms_at(time_s) / REMEMBERED_MS)
    feed.add(remembered_ms, world.ms_at(reported_s), {"source": "complaint", **what})
