"""Innocent explanations of a whole incident, weighed against the transmitter.

Most innocent causes show in a single message or in one rule's own observations, and are explained
there. Some show only in the incident as a whole, or are reported by others: those stand here.
An cause takes a share off what certain findings weigh; what it does not explain keeps its weight,
so that a transmitter which hides behind an announced change is still found by its SMS or signal.
"""

from collections.abc import Iterable, Mapping, Set
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from detectors.benign.several_cells import BY_EACH, Span, are_of_a_site
from detectors.context.announcements import Announced
from detectors.features.witnesses import explains
from detectors.incident.incident import Incident
from detectors.incident.tally import Tally
from detectors.model.finding import Family, Identity
from detectors.rules import ROOMS
from geo.earth.sphere import great_circle_m

#: Families of evidence that an announced change of the network may bring about.
_OF_CHANGES: Final[frozenset[Family]] = frozenset({"signalling", "identity"})
#: Detectors whose findings contradict the core, which knows the cells that the register lacks.
_AGAINST_CORE: Final = frozenset(name for name, room in ROOMS.items() if room.rule.against_core)
_NOT_SMS: Final[frozenset[Family]] = frozenset({"signalling", "identity", "radio", "protocol"})


class BenignCause(msgspec.Struct, frozen=True, order=True):
    """One explanation that holds: its row in docs/science.md, its name, and how much of which
    tallies (places in `Incident.tallies`) it explains."""

    code: str
    name: str
    share: float
    tallies: tuple[int, ...]
    text: str


class Authorised(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A transmitter that may be there (F30): managed access of a prison, police, a test range.

    A circle about a place, degrees and metres; a span of time (ms since the epoch) and identities
    where they are given. ``name`` is whose, for the audit.
    """

    name: Annotated[str, Meta(min_length=1)]
    lat: Annotated[float, Meta(ge=-90.0, le=90.0)]
    lon: Annotated[float, Meta(ge=-180.0, le=180.0)]
    radius_m: Annotated[float, Meta(gt=0.0, le=50_000.0)]
    from_ms: int | None = None
    to_ms: int | None = None
    identities: tuple[Identity, ...] = ()


class BenignCauses(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which explanations of whole incidents are considered, and what they need.

    ``attested`` (F5, F6, F31): the core has served subscribers on it
    (`detectors.context.core_attestation`). ``announced`` (F4, F6, F23, F33): the operator announced
    it. ``widespread`` (F4, F11, F32): the same identity is found at the same time farther away than
    ``widespread_m``, where one transmitter can't be. ``renumbered`` (F4): at least
    ``renumbered_cells`` cells of the register are received under one new area. ``several_cells``
    (F4, F5, F6): so many cells of one unknown area are on the air at the same time, for
    ``several_cells_s`` and received by so many devices: a site has several sectors, a transmitter
    one cell, or one after the other. ``authorised`` (F30) are those that may transmit. What phones
    themselves say for an explanation is weighed against what it is to explain
    (`detectors.features.witnesses`).
    """

    attested: bool = True
    announced: bool = True
    announced_share: float = 0.9
    widespread: bool = True
    widespread_share: float = 0.8
    widespread_m: float = 8000.0
    widespread_s: float = 180.0
    widespread_devices: int = 3
    renumbered: bool = True
    renumbered_share: float = 0.9
    renumbered_cells: int = 4
    several_cells: bool = True
    several_cells_share: float = 0.9
    several_cells_of_one_area: int = 3
    several_cells_devices: int = 4
    several_cells_s: float = 15.0
    authorised: tuple[Authorised, ...] = ()


def causes_of(
    incident: Incident, peers: Iterable[Incident], announced: Announced, settings: BenignCauses
) -> list[BenignCause]:
    """The explanations that hold for an incident, in order of their codes; ``peers`` are all
    incidents of its zone that claim any of its areas, and are gone through twice."""
    found = [
        *(_announced(incident, announced, settings) if settings.announced else ()),
        *(_widespread(incident, peers, settings) if settings.widespread else ()),
        *(_renumbered(incident, settings) if settings.renumbered else ()),
        *(_several_cells(incident, peers, settings) if settings.several_cells else ()),
    ]
    return sorted(found)


def authorised_by(incident: Incident, settings: BenignCauses) -> Authorised | None:
    """Whose transmitter it is where one is authorised there and then (F30)."""
    for one in settings.authorised:
        if incident.middle is None:
            break
        if one.from_ms is not None and incident.first_ts < one.from_ms:
            continue
        if one.to_ms is not None and incident.last_ts > one.to_ms:
            continue
        if great_circle_m(*incident.middle, one.lat, one.lon) > one.radius_m:
            continue
        claims = [tally.claimed for tally in incident.tallies if tally.claimed is not None]
        if not one.identities or all(any(i.agrees(c) for i in one.identities) for c in claims):
            return one
    return None


def kept_shares(incident: Incident, causes: Iterable[BenignCause]) -> list[float]:
    """How much of each tally's weight is left: the strongest cause of each counts."""
    kept = [1.0] * len(incident.tallies)
    for cause in causes:
        for at in cause.tallies:
            kept[at] = min(kept[at], 1.0 - cause.share)
    return kept


def _announced(
    incident: Incident, announced: Announced, settings: BenignCauses
) -> list[BenignCause]:
    if not announced.items:
        return []
    by_kind: dict[str, list[int]] = {}
    for at, tally in enumerate(incident.tallies):
        if tally.family in _OF_CHANGES:
            item = announced.explaining(tally.claimed, incident.middle, tally.last_ts)
            if item is not None:
                by_kind.setdefault(item.kind, []).append(at)
    return [
        BenignCause(
            "F4" if kind == "replan" else "F6",
            "announced",
            settings.announced_share,
            tuple(tallies),
            f"the operator announced it ({kind})",
        )
        for kind, tallies in by_kind.items()
    ]


def _widespread(
    incident: Incident, peers: Iterable[Incident], settings: BenignCauses
) -> list[BenignCause]:
    areas = {_area(tally) for tally in incident.tallies} - {None}
    if incident.middle is None or not areas:
        return []
    spread: dict[object, set[str]] = {}
    for peer in peers:
        if peer is incident or peer.middle is None:
            continue
        # A transmitter in a car covers five kilometres in these minutes, not eight.
        if not _at_once(incident, peer, settings.widespread_s * 1000):
            continue
        if great_circle_m(*incident.middle, *peer.middle) < settings.widespread_m:
            continue
        for tally in peer.tallies:
            if len(tally.votes) >= settings.widespread_devices:
                spread.setdefault((_area(tally), tally.detector), set()).update(tally.votes)
    met = {area for area in areas if _is_as_common_there(incident, area, spread)}
    text = f"the same area is met {settings.widespread_m / 1000:.0f} km away at the same time"
    share = settings.widespread_share
    return _explaining(incident, met, _NOT_SMS, "F11", "widespread", share, text)


def _is_as_common_there(incident: Incident, area: object, there: Mapping[object, Set[str]]) -> bool:
    """Whether so many phones find an area by the same detectors elsewhere as explain these."""
    here: dict[str, set[str]] = {}
    for tally in incident.tallies:
        if _area(tally) == area and (area, tally.detector) in there:
            here.setdefault(tally.detector, set()).update(tally.votes)
    return bool(here) and all(
        explains(len(there[area, detector]), len(phones), BY_EACH)
        for detector, phones in here.items()
    )


def _renumbered(incident: Incident, settings: BenignCauses) -> list[BenignCause]:
    """Several known cells under one new area: it was renumbered, not one cell faked."""
    moved: dict[object, set[int]] = {}
    witnesses: dict[object, set[str]] = {}
    others: dict[object, set[str]] = {}
    for tally in incident.tallies:
        claimed = tally.claimed
        if claimed is None or claimed.cell is None:
            continue
        if tally.values.get("grade") == "wrong_area" and tally.values.get("heard_only") != 1:
            moved.setdefault(_area(tally), set()).add(claimed.cell)
            witnesses.setdefault(_area(tally), set()).update(tally.votes)
        elif tally.detector == "unknown_cell":
            others.setdefault(_area(tally), set()).update(tally.votes)
    renumbered = {
        area
        for area, cells in moved.items()
        if len(cells) >= settings.renumbered_cells
        and explains(len(witnesses[area]), len(others.get(area, set()) - witnesses[area]), BY_EACH)
    }
    text = "several cells of the register are heard under the same new area"
    share = settings.renumbered_share
    return _explaining(incident, renumbered, _OF_CHANGES, "F4", "renumbered", share, text)


def _several_cells(
    incident: Incident, peers: Iterable[Incident], settings: BenignCauses
) -> list[BenignCause]:
    """Cells of the same area on the air together, wherever in the zone they were received."""
    areas = {_area(tally) for tally in incident.tallies if tally.family in _OF_CHANGES} - {None}
    spans: dict[tuple[object, str | None], dict[int, Span]] = {}
    for peer in peers:
        for tally in peer.tallies:
            claimed = tally.claimed
            if claimed is None or claimed.cell is None or _area(tally) not in areas:
                continue
            if tally.detector == "unknown_cell":
                of_area = spans.setdefault((_area(tally), claimed.rat), {})
                of_area.setdefault(claimed.cell, Span()).add(tally)
    honest = {
        area
        for (area, _), cells in spans.items()
        if are_of_a_site(
            cells.values(),
            settings.several_cells_of_one_area,
            settings.several_cells_s * 1000,
            settings.several_cells_devices,
        )
    }
    text = "several cells of the same area are on the air at the same time"
    share = settings.several_cells_share
    lacked = frozenset(cell for cells in spans.values() for cell in cells)
    return _explaining(incident, honest, _OF_CHANGES, "F5", "several_cells", share, text, lacked)


def _explaining(
    incident: Incident,
    areas: Set[object],
    families: frozenset[Family],
    code: str,
    name: str,
    share: float,
    text: str,
    cells: Set[int] | None = None,
) -> list[BenignCause]:
    """The cause, if the incident has tallies of such families about such areas; where ``cells``
    that the register lacks are given, about one of these, as far as they name one."""
    held = tuple(
        at
        for at, tally in enumerate(incident.tallies)
        if tally.family in families and _area(tally) in areas and _names(tally, cells)
    )
    return [BenignCause(code, name, share, held, text)] if held else []


def _names(tally: Tally, cells: Set[int] | None) -> bool:
    """Whether a tally is about one of some cells, or may be."""
    cell = None if tally.claimed is None else tally.claimed.cell
    if cells is None or cell in cells:
        return True
    return cell is None and tally.detector not in _AGAINST_CORE


def _area(tally: Tally) -> tuple[int | None, int | None, int] | None:
    claimed = tally.claimed
    if claimed is None or claimed.area is None:
        return None
    return claimed.mcc, claimed.mnc, claimed.area


def _at_once(one: Incident, other: Incident, within_ms: float) -> bool:
    return abs(one.last_ts - other.last_ts) <= within_ms
