"""Alerts of all provinces that have a suspect in common are one campaign.

Only numbers that alerts accuse, or that their texts call back, tie them, by national names. A
number that very many alerts have ties nothing together (`detectors.calls.links.MOST_OF_A_LINK`).
"""

from collections.abc import Iterable
from hashlib import blake2b
from typing import Final

import msgspec

from detectors.calls.links import MOST_OF_A_LINK
from detectors.rollup.records import Campaign, NationalCampaign

Key = tuple[str, str]
_MOST_SHARED: Final = 100
#: A record must fit into a megabyte.
_MOST_ALERTS: Final = 5_000


def merged(
    campaigns: Iterable[Campaign], hubs: frozenset[str] = frozenset()
) -> list[NationalCampaign]:
    """The national campaigns, each as its first version; ``campaigns`` has the newest revision of
    each alert. Numbers that tie nothing together are those of very many of them, and ``hubs``."""
    parts = {(one.province, one.alert_id): one for one in campaigns}
    bearers: dict[str, list[Key]] = {}
    for key, one in sorted(parts.items()):
        for number in {suspect.number for suspect in one.numbers}:
            bearers.setdefault(number, []).append(key)
    ties = {
        number: keys
        for number, keys in bearers.items()
        if len(keys) <= MOST_OF_A_LINK and number not in hubs
    }
    groups = _components(sorted(parts), ties.values())
    return [_national([parts[key] for key in group], ties) for group in groups]


def published(
    now: Iterable[NationalCampaign], before: dict[str, NationalCampaign]
) -> list[NationalCampaign]:
    """What is news beside what was written ``before``: new versions, and campaigns that turned out
    to be others. Brings ``before`` up to date."""
    news: list[NationalCampaign] = []
    by_alert: dict[Key, str] = {}
    for one in now:
        by_alert |= dict.fromkeys(one.alerts, one.campaign)
        old = before.get(one.campaign)
        if old is None or msgspec.structs.replace(one, version=old.version) != old:
            version = 1 if old is None else old.version + 1
            news.append(msgspec.structs.replace(one, version=version))
    alive = set(by_alert.values())
    for name, old in before.items():
        if name in alive or old.status == "merged":
            continue
        into = next((by_alert[alert] for alert in old.alerts if alert in by_alert), None)
        if into is not None:
            replaced = {"status": "merged", "merged_into": into, "version": old.version + 1}
            news.append(msgspec.structs.replace(old, **replaced))
    before |= {one.campaign: one for one in news}
    return news


def _components(keys: Iterable[Key], ties: Iterable[list[Key]]) -> list[list[Key]]:
    above = {key: key for key in keys}

    def root(key: Key) -> Key:
        while above[key] != key:
            above[key] = above[above[key]]
            key = above[key]
        return key

    for first, *others in ties:
        for other in others:
            above[root(other)] = root(first)
    groups: dict[Key, list[Key]] = {}
    for key in above:
        groups.setdefault(root(key), []).append(key)
    return list(groups.values())


def _national(parts: list[Campaign], ties: dict[str, list[Key]]) -> NationalCampaign:
    if len(parts) == 1:
        return _alone(parts[0])
    numbers = {suspect.number for one in parts for suspect in one.numbers}
    counted = [one for one in parts if not one.honest] or parts
    biggest = max(counted, key=lambda one: (one.calls, one.province, one.alert_id))
    shared = sorted(number for number in numbers if len(ties.get(number, ())) > 1)
    return NationalCampaign(
        campaign=_id(min(parts, key=lambda one: (one.first_seen, one.province, one.alert_id))),
        version=1,
        status=_status(parts),
        kind=biggest.kind,
        probability=max(one.probability for one in counted),
        first_seen=min(one.first_seen for one in parts),
        last_seen=max(one.last_seen for one in parts),
        calls=sum(one.calls for one in parts),
        people=sum(one.people for one in parts),
        numbers=len(numbers),
        shared=shared[:_MOST_SHARED],
        alerts=sorted(
            (one.province, one.alert_id)
            for one in sorted(parts, key=lambda one: one.last_seen)[-_MOST_ALERTS:]
        ),
        provinces=sorted({one.province for one in parts}),
    )


def _alone(one: Campaign) -> NationalCampaign:
    """As `_national`, of one alert, as most are."""
    return NationalCampaign(
        campaign=_id(one),
        version=1,
        status=_status([one]),
        kind=one.kind,
        probability=one.probability,
        first_seen=one.first_seen,
        last_seen=one.last_seen,
        calls=one.calls,
        people=one.people,
        numbers=len({suspect.number for suspect in one.numbers}),
        shared=[],
        alerts=[(one.province, one.alert_id)],
        provinces=[one.province],
    )


def _status(parts: list[Campaign]) -> str:
    if all(one.honest for one in parts):
        return "withdrawn"
    return "closed" if all(one.status == "closed" for one in parts) else "open"


def _id(earliest: Campaign) -> str:
    name = f"{earliest.province}|{earliest.alert_id}".encode()
    return blake2b(name, digest_size=16, person=b"national").hexdigest()
