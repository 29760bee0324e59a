"""What captured phones leave in the feeds: reports, a text that no centre sent, and their return.

What a phone measures in captivity reaches the platform only when it is back on an honest cell;
some phones report much later, some never.
"""

import numpy as np
from msgspec import structs

from detectors.model.codes import RATS, code_of
from replay.simulate.feeds.messages import near_hash
from replay.simulate.feeds.probes import probing
from replay.simulate.feeds.reports import FADING_DB, cell_records, neighbours_of
from replay.simulate.feeds.writing import Feed, Record
from replay.simulate.network.radio import quantised, timing_steps
from replay.simulate.rogue.identities import Identity
from replay.simulate.rogue.transmitter import Transmitter
from replay.simulate.scenario.rogue import Rogue
from replay.simulate.victims.captivity import Captivity, captivity_of
from replay.simulate.victims.complaints import complain_unreported, complain_with
from replay.simulate.victims.dialogues import report_dialogue
from replay.simulate.victims.returns import signal_return
from replay.simulate.world import World

TIMED_SHARE = 0.3
PLACED_SMS_SHARE = 0.6
LATE_S = (120.0, 1500.0)
LURE_NOTED_SHARE = 0.4


def report_victims(world: World, measurements: Feed, signalling: Feed, sms: Feed) -> None:
    """The messages about all captivities, into the three feeds."""
    rng, aside = world.random("victims"), world.random("victims aside")
    named, bare = cell_records(world.network)
    texts = {each.spec.id: int(rng.integers(0, 2**63)) for each in world.transmitters}
    probes = probing(world)
    for row in range(len(world.captures)):
        served_s = float(world.captures.back_s[row])
        each = captivity_of(world, rng, aside, row)
        spec, phone = each.transmitter.spec, each.phone
        signal_return(world, rng, aside, signalling, row)
        late_s = _late_s(aside, spec)
        lost = late_s is None or served_s >= world.scenario.duration_s > each.end_s
        reported_s = each.reported_s + (late_s or 0.0)
        if not lost:
            report_dialogue(world, signalling, each, reported_s)
        reported = False
        if world.phones.reporting[phone] and not lost:
            for identity, time_s in _noted(rng, aside, each):
                record = report(world, rng, each.transmitter, identity, phone, time_s)
                if identity.rat != "gsm":
                    record["quality_db"] = round(float(-8.0 - aside.gamma(2.0, 1.5)), 1)
                if probes[phone]:
                    record["broadcast"] = spec.broadcast
                serving = np.array([-1])
                neighbours = neighbours_of(
                    world, rng, np.array([phone]), np.array([time_s]), serving, named, bare
                )
                measurements.add(
                    world.ms_at(time_s),
                    world.ms_at(reported_s),
                    {**record, "neighbours": neighbours[0]},
                )
            share = world.scenario.feeds.sms_reporting_share
            if spec.sms is not None and rng.random() < share:
                reported = True
                received_s = float(rng.uniform(each.below_s, each.end_s))
                text = near_hash(rng, texts[spec.id])
                _text(world, rng, sms, each, received_s, reported_s, text)
        if not reported:
            complain_unreported(world, aside, sms, each, texts[spec.id])


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
    rat = np.array([code_of(identity.rat, RATS)])
    level = transmitter.level_dbm(x, y, at) + world.phones.gain_db[phone]
    if identity in transmitter.lures:
        level += transmitter.lure_above_db()
    level += rng.normal(0.0, FADING_DB, 1)
    steps = timing_steps(rng, rat, np.hypot(x - own_x, y - own_y))
    lat, lon, accuracy_m = world.fixes(rng, who, at)
    source = "wifi" if world.phones.indoor[phone] else "gnss"
    return {
        "device": world.phones.device[phone],
        "lat": lat[0],
        "lon": lon[0],
        "position_source": None if lat[0] is None else source,
        "accuracy_m": accuracy_m[0],
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
    time_s: float,
    reported_s: float,
    content_hash: str,
) -> None:
    """The text that the rogue sent; now and then its receiver complains about it later."""
    each, phone = captivity.transmitter, captivity.phone
    campaign = each.spec.sms
    if campaign is None:
        return
    operator = world.scenario.operators[int(world.phones.operator[phone])]
    seen = report(world, rng, each, captivity.identity, phone, time_s)
    place = ("lat", "lon", "accuracy_m") if rng.random() < PLACED_SMS_SHARE else ()
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
        **{key: seen[key] for key in ("rat", "mcc", "mnc", "area", "cell", "signal_dbm", *place)},
    }
    feed.add(world.ms_at(time_s), world.ms_at(reported_s), message)
    complain_with(world, rng, feed, message, seen, time_s)
