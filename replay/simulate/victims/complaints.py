"""Complaints about a rogue's text: their time is given to five minutes, their place roughly."""

import numpy as np

from replay.simulate.feeds.messages import near_hash
from replay.simulate.feeds.writing import Feed, Record
from replay.simulate.victims.captivity import Captivity
from replay.simulate.world import World

REMEMBERED_MS = 300_000
COMPLAINS_AFTER_S = (300.0, 1500.0)
ROUGH_PLACE_M = 500.0


def complain_with(
    world: World,
    rng: np.random.Generator,
    feed: Feed,
    message: Record,
    seen: Record,
    time_s: float,
) -> None:
    """Now and then the complaint of somebody whose phone reported the text too."""
    if rng.random() >= world.scenario.feeds.complaint_share:
        return
    reported_s = time_s + rng.uniform(*COMPLAINS_AFTER_S)
    keys = ("device", "subscription_mcc", "subscription_mnc", "sender", "content_hash", "has_url")
    complaint: Record = {"source": "complaint", **{key: message[key] for key in keys}}
    if seen["lat"] is not None:
        complaint.update(lat=seen["lat"], lon=seen["lon"], accuracy_m=ROUGH_PLACE_M)
    _add(world, feed, complaint, time_s, reported_s)


def complain_unreported(
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
        "source": "complaint",
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
    _add(world, feed, complaint, time_s, reported_s)


def _add(world: World, feed: Feed, complaint: Record, time_s: float, reported_s: float) -> None:
    remembered_ms = REMEMBERED_MS * round(world.ms_at(time_s) / REMEMBERED_MS)
    feed.add(remembered_ms, world.ms_at(reported_s), complaint)
