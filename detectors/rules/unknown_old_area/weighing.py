"""What is left of an unknown old area's weight after what place and time explain.

`detectors.rules.unknown_old_area.rule` says which innocent causes there are; here each is looked
for among what a zone remembers. Times are arrival, ms.
"""

from math import log, log1p
from statistics import median
from typing import Final

from msgspec.structs import replace

from detectors.features.baselines.acquaintance import have_arrived
from detectors.features.baselines.unknown_area_history import (
    Naming,
    StrangeAreas,
    one_place,
    shares,
    width_m,
)
from detectors.model.finding import Observation
from detectors.rules.unknown_old_area.parameters import Parameters
from detectors.rules.unknown_old_area.riders import rides_along
from geo.earth.sphere import great_circle_m

_HOUR_MS: Final = 3_600_000
#: Phones that must attach from an area before they speak for others.
_SOME = 2
#: Share of them that the core knows from which on residents are known by it.
_LIVE_HERE = 0.1
#: What a phone says within such a time (ms) of the last is of one move.
_MOVE_MS = 60_000
#: Phones that came back as usual, before it says anything how many of them are known.
_ENOUGH = 10


def naming_of(observation: Observation) -> Naming:
    """What a zone remembers of an observation."""
    claimed, place = observation.claimed, observation.place
    assert claimed is not None
    # Without the RAT, which some phones name and others don't.
    area = f"{claimed.mcc}-{claimed.mnc}-{claimed.area}"
    lat, lon = (place.lat, place.lon) if place else (float("nan"), float("nan"))
    fresh, known = bool(observation.values["fresh"]), bool(observation.values["known"])
    way = str(observation.values.get("way") or "")
    return Naming(
        observation.rx_ts,
        observation.who,
        area,
        str(observation.values["seen_on"]),
        lat,
        lon,
        fresh,
        known,
        way,
    )


def weigh(rule: Parameters, state: StrangeAreas, naming: Naming, now_ms: int) -> float:
    """The weight that is left after what place and time explain; 0 where all is."""
    recent = state.of_area(naming.area, now_ms - 24 * _HOUR_MS)
    naming = replace(naming, known=naming.known and naming.who in _known(recent))
    others = {n.who for n in recent} - {naming.who}
    if rule.excuse_repeats and not others and len(recent) > rule.most_repeats:
        return 0.0
    if rule.excuse_arrivals:
        since = now_ms - int((rule.arrival_s + rule.hold_s) * 1000)
        areas, most = shares(state.on_cell(naming.cell, since))
        if areas >= rule.arrival_areas and most <= rule.arrival_share:
            return 0.0
        if rides_along(naming, recent, int(rule.together_s * 1000)):
            return 0.0
    if rule.excuse_replan:
        at_once = state.of_area(naming.area, now_ms - int(rule.replan_s * 1000))
        enough = len({n.who for n in at_once}) >= rule.replan_phones
        if enough and width_m(at_once) > rule.replan_m and _is_everywhere(at_once, rule.replan_m):
            return 0.0
    residents = phones, known = state.usually_known(now_ms - _HOUR_MS, rule.horizon_ms)
    if rule.excuse_arrivals:
        lately_ms = now_ms - _HOUR_MS // 4
        beside = state.on_cell(naming.cell, lately_ms)
        at_site = state.at_site(naming, lately_ms)
        if _arrives(rule, naming, recent, beside, at_site, residents):
            return 0.0
    weight = rule.weight
    if rule.excuse_arrivals and not naming.known and phones >= _ENOUGH:
        weight = max(weight + log((phones - known + 1) / (phones + 2)), 0.4 * weight)
    if rule.excuse_arrivals and naming.fresh and not naming.known:
        weight *= rule.fresh_share
    if rule.excuse_arrivals and one_place(recent):
        weight *= rule.one_place_share
    if not rule.excuse_habit:
        return weight
    usual = float(state.quiet_hours(naming.area, now_ms - 24 * _HOUR_MS))
    if not others:
        before = state.on_cell(naming.cell, now_ms - 3 * _HOUR_MS)
        lone = {n.area for n in before if n.area != naming.area and n.who != naming.who}
        usual = max(usual, float(len(lone)))
    return max(0.0, weight - log1p(usual))


def _is_everywhere(namings: list[Naming], reach_m: float) -> bool:
    """Whether at least as many phones name an area beyond a reach about the phones' middle as
    within it: a few far off don't explain a crowd."""
    placed = [n for n in namings if n.lat == n.lat]
    near, far = set[str](), set[str]()
    lat, lon = median(n.lat for n in placed), median(n.lon for n in placed)
    for n in placed:
        is_near = great_circle_m(lat, lon, n.lat, n.lon) <= reach_m
        (near if is_near else far).add(n.who)
    return len(far) >= len(near)


def _arrives(
    rule: Parameters,
    naming: Naming,
    recent: list[Naming],
    beside: list[Naming],
    at_site: list[Naming],
    usual: tuple[int, int],
) -> bool:
    """Whether the phone was off in that area, or phones are that name it (``recent``) or come
    to that cell (``beside``) from strange areas, this one among them; or hardly any of them
    was in town before."""
    enough = usual[0] >= _ENOUGH
    if naming.fresh and not naming.known and enough and usual[1] >= _LIVE_HERE * usual[0]:
        return True
    for namings in (recent, at_site):
        phones, at_home = {n.who for n in namings}, _known(namings)
        if enough and have_arrived(len(at_home), len(phones), *usual, rule.arrival_chance):
            return True
    # Whom the core has dealt with here just now didn't have its phone off in that area.
    if naming.known or not any(n.fresh and not n.known for n in recent):
        return False
    for namings in (recent, beside):
        phones = {n.who for n in namings}
        off = {n.who for n in namings if n.fresh and not n.known}
        if len(off) >= max(_SOME, rule.attach_share * len(phones)):
            return True
    return False


def _known(namings: list[Naming]) -> set[str]:
    """The phones that the core knew when they named an area: who says so again within the same
    move, for packets after calls, is known by the first time."""
    newest: dict[str, tuple[int, bool]] = {}
    found = set()
    for naming in namings:
        then_ms, was_known = newest.get(naming.who, (naming.rx - 2 * _MOVE_MS, False))
        known = was_known if naming.rx - then_ms <= _MOVE_MS else naming.known
        newest[naming.who] = naming.rx, known
        if known:
            found.add(naming.who)
    return found
