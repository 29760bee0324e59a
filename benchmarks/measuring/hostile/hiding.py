"""What liars say to hide a transmitter that is on the air: its accomplices, who know beforehand all
that it will claim and send. Each lie is what one of them sends at a second since the start; some
begin twenty minutes before it does, so that what it brings looks like what has always been.
"""

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.measuring.hostile.town import TOWN, Messages, Script, Town, here, town_of

#: When the transmitter is on the air (s since the start), and where (m from the middle).
ON_S, OFF_S = 1200, 1800
EAST_M, NORTH_M = 150.0, -120.0
DURATION_S = 2100
#: Share of the phones in its reach that it takes: some thirty of them, or ten.
BLASTERS = {"thirty victims": 0.25, "ten victims": 0.08}
#: The default text of a simulated transmitter comes in this bank's name, with this domain.
_SENDER, _DOMAIN = "95588", "icbc-vip.example"
_SENDERS = ("10086", "10010", "95588", "95533", "95555", "106575258", "106980095")
_UPDATE = {"source": "core", "procedure": "location_update", "outcome": "accept"}
_SIM = {"subscription_mcc": 460, "subscription_mnc": 0}


class Scene(msgspec.Struct, frozen=True):
    """What the liars know: the town, the identity that is claimed, and the text."""

    town: Town
    claimed: dict[str, Any]
    text: dict[str, Any]

    @property
    def area(self) -> dict[str, int]:
        """Its area, as the old one of an update."""
        return {"old_mcc": 460, "old_mnc": 0, "old_area": self.claimed["area"]}


Lie = Callable[[Scene, int, int], Messages]


def scenario_of(share: float) -> dict[str, Any]:
    """The town with a parked transmitter that takes such a share of the phones in its reach."""
    rogue = {
        "id": "van",
        "place": {"mode": "parked", "at_m": [EAST_M, NORTH_M]},
        "active_s": [[ON_S, OFF_S]],
        "claims": [0],
        "identity": {"mode": "fixed"},
        "captured_share": share,
    }
    return {**TOWN, "duration_s": DURATION_S, "rogues": [rogue]}


def served(scene: Scene, at_s: int, liar: int) -> Messages:
    """The core served me on that cell: since it is on the air."""
    return served_before(scene, at_s, liar) if at_s >= ON_S else []


def served_before(scene: Scene, at_s: int, liar: int) -> Messages:
    """The core has always served me on that cell."""
    usual = {"update_type": "normal", "old_mcc": 460, "old_mnc": 0, "old_area": 0xFFFE}
    return [("signalling", {**scene.claimed, **_UPDATE, **usual})]


def ordinary(scene: Scene, at_s: int, liar: int) -> Messages:
    """That cell has always been here: a row that the register lacks."""
    report = {**scene.claimed, **here(EAST_M, NORTH_M + 40.0 * liar)}
    return [("measurements", {**report, "signal_dbm": -75.0, "arfcn": 37, "pci": 17})]


def elsewhere(scene: Scene, at_s: int, liar: int) -> Messages:
    """That cell and its area are met in the next town as well, and always were."""
    lat, lon = scene.town.far_place
    report = {**scene.claimed, **here(), "lat": lat + 0.0004 * liar, "lon": lon}
    back = {**scene.town.far, **_UPDATE, "update_type": "normal", **scene.area}
    return [("measurements", {**report, "signal_dbm": -75.0}), ("signalling", back)]


def beside(scene: Scene, at_s: int, liar: int) -> Messages:
    """That cell stands two and a half kilometres off, right beside me."""
    report = {**scene.claimed, **here(-1900.0, 1600.0 + 20.0 * liar), "signal_dbm": -50.0}
    return [("measurements", {**report, "timing_advance": 0})] if at_s >= ON_S else []


def habit(scene: Scene, at_s: int, liar: int) -> Messages:
    """I have always named that area here, or had lost mine."""
    back = {**scene.town.near, **_UPDATE, "update_type": "normal"}
    lost = {"procedure": "attach", "old_mcc": 460, "old_mnc": 0, "old_area": 0xFFFE}
    return [("signalling", {**back, **scene.area}), ("signalling", {**back, **lost})]


def strays(scene: Scene, at_s: int, liar: int) -> Messages:
    """Here phones name areas of all kinds that nobody has."""
    area = 60_000 + _drawn(at_s, liar) % 5000
    cell = scene.town.all_near[_drawn(at_s, liar) % len(scene.town.all_near)]
    old = {"old_mcc": 460, "old_mnc": 0, "old_area": area, "update_type": "normal"}
    return [("signalling", {**cell, **_UPDATE, **old})]


def arrivals(scene: Scene, at_s: int, liar: int) -> Messages:
    """My phone was off in that area, which is far away, and is switched on in this town."""
    cell = scene.town.all_near[_drawn(at_s, liar) % len(scene.town.all_near)]
    on = {"procedure": "attach", "update_type": "attach"}
    return [("signalling", {**cell, **_UPDATE, **on, **scene.area})] if at_s >= ON_S else []


def replan(scene: Scene, at_s: int, liar: int) -> Messages:
    """That area was renumbered: I name it far away."""
    cell = (scene.town.far, scene.town.crossing)[_drawn(at_s, liar) % 2]
    update = {**cell, **_UPDATE, "update_type": "normal"}
    return [("signalling", {**update, **scene.area})] if at_s >= ON_S else []


def sent(scene: Scene, at_s: int, liar: int) -> Messages:
    """The operator's centre did send me that text, again and again."""
    if at_s < ON_S:
        return []
    text = {**scene.text, **_SIM, "message_ref": f"m-{at_s}-{liar}"}
    got = {**scene.town.near, **here(EAST_M, NORTH_M)}
    return [("sms", {"source": "smsc", **text}), ("sms", {"source": "device", **text, **got})]


def unsent(scene: Scene, at_s: int, liar: int) -> Messages:
    """The centre lacks many of my texts, of all senders, and always did."""
    drawn = _drawn(at_s, liar)
    text = {"sender": _SENDERS[drawn % len(_SENDERS)], "content_hash": f"{drawn:016x}"}
    unknown = {"sender": f"9{drawn % 9000 + 1000}", "content_hash": f"{7 * drawn:016x}"}
    got = {**scene.town.near, **here(EAST_M, NORTH_M), "source": "device", **_SIM}
    known = {**scene.text, "content_hash": None}
    return [("sms", {**got, **one}) for one in (text, unknown, known)]


def sectors(scene: Scene, at_s: int, liar: int) -> Messages:
    """Several cells of that area are on the air here: it is a site."""
    if at_s < ON_S:
        return []
    cells = [{**scene.claimed, "cell": scene.claimed["cell"] + n} for n in range(1, 6)]
    return [("measurements", {**c, **here(EAST_M, NORTH_M), "signal_dbm": -75.0}) for c in cells]


def renumbered(scene: Scene, at_s: int, liar: int) -> Messages:
    """The town's own cells are received under that area."""
    if at_s < ON_S:
        return []
    cells = [{**cell, "area": scene.claimed["area"]} for cell in scene.town.lte[:6]]
    return [("measurements", {**c, **here(EAST_M, NORTH_M), "signal_dbm": -85.0}) for c in cells]


def at_once(scene: Scene, at_s: int, liar: int) -> Messages:
    """What I measure on that cell I send at once, wherever I am about it: it serves me."""
    if at_s < ON_S:
        return []
    east_m, north_m = (90.0 * (n % 9 - 4) for n in (at_s // 10, at_s // 90 + liar))
    report = {**scene.claimed, **here(EAST_M + east_m, NORTH_M + north_m)}
    return [("measurements", {**report, "signal_dbm": -75.0, "arfcn": 37, "pci": 17})]


def look_alikes(scene: Scene, at_s: int, liar: int) -> Messages:
    """Elsewhere in town there are any number of such cells, returns and texts."""
    area = 50_000 + at_s // 20
    cell = {**scene.claimed, "area": area, "cell": area % 1000 + 1}
    place = here(-900.0 + 450.0 * (area % 5), 900.0)
    back = {**scene.town.crossing, **_UPDATE, "update_type": "normal"}
    text = {"sender": "95533", "content_hash": f"{_drawn(area, 0):016x}", **_SIM}
    return [
        ("measurements", {**cell, **place, "signal_dbm": -75.0}),
        ("signalling", {**back, "old_mcc": 460, "old_mnc": 0, "old_area": area}),
        ("sms", {"source": "device", **text, **place}),
    ]


def jammed(scene: Scene, at_s: int, liar: int) -> Messages:
    """Positions jump here, and honest cells list that one among their neighbours."""
    far_m = 3000.0 + _drawn(at_s, liar) % 30_000
    report = {**scene.town.near, **here(far_m, -far_m), "signal_dbm": -80.0}
    neighbour = {**scene.claimed, "signal_dbm": -95.0}
    return [("measurements", {**report, "neighbours": [neighbour]})]


LIES: dict[str, tuple[Lie, ...]] = {
    lie.__name__: (lie,)
    for lie in (
        served,
        served_before,
        ordinary,
        elsewhere,
        beside,
        habit,
        strays,
        arrivals,
        replan,
        sent,
        unsent,
        sectors,
        renumbered,
        at_once,
        look_alikes,
        jammed,
    )
}
LIES["everything"] = tuple(lie for (lie,) in LIES.values())


def scene_of(trace: Path) -> Scene:
    """What the liars know of a trace with a transmitter."""
    truth = msgspec.json.decode((trace / "truth.jsonl").read_bytes().splitlines()[0])
    text = {"sender": _SENDER, "content_hash": None, "url_domain": _DOMAIN}
    for line in gzip.decompress((trace / "sms.jsonl.gz").read_bytes()).splitlines():
        message = msgspec.json.decode(line)
        if message.get("url_domain") == _DOMAIN and message["source"] == "device":
            text["content_hash"] = message["content_hash"]
            break
    return Scene(town_of(trace), truth["identities"][0], text)


def script_of(scene: Scene, lies: tuple[Lie, ...]) -> Script:
    """All that each liar says."""
    return lambda at_s, liar: [message for lie in lies for message in lie(scene, at_s, liar)]


def _drawn(at_s: int, liar: int) -> int:
    """A number that looks drawn, the same in each run."""
    return (at_s * 2_654_435_761 + liar * 40_503_001 + 12_345) % 2_147_483_647
