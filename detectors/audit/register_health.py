"""What a zone's reports show of the register: `detectors.audit.register_audit`, zone by zone.

An audit takes seconds in a large city, so it works on a copy of what the zone knows, beside the
correlator. It decides nothing about alerts.
"""

from collections.abc import Iterable
from typing import Annotated, Final

import msgspec

from detectors.audit.register_audit import wrong_rows
from detectors.audit.wrong_row import WrongRow
from detectors.context.core_attestation import ENOUGH, Attested
from detectors.context.zone_context import ZoneContext
from detectors.incident.incident import Incident
from detectors.model.columns import RegisterRows
from detectors.model.described import means
from detectors.register.identity_keys import cell_key
from detectors.sites.site_places import SitePlaces
from detectors.sites.traffic.cell_traffic import CellTraffic
from geo.earth.zones import zone_of, zones_of

#: Rows of one zone that are listed at most: the likeliest to be wrong.
MOST_ROWS: Final = 2000


class ZoneEvidence(msgspec.Struct):
    """What an audit of one zone rests on: see `detectors.audit.register_audit.wrong_rows`."""

    zone: str
    sites: SitePlaces = msgspec.field(default_factory=SitePlaces)
    traffic: CellTraffic = msgspec.field(default_factory=CellTraffic)
    served: list[str] = []
    suspected: list[str] = []


class RegisterHealth(msgspec.Struct, frozen=True, kw_only=True):
    """A zone's rows of the register that are likely wrong, and what was looked at.

    ``left_out`` counts rows beyond those that are listed.
    """

    zone: Annotated[str, means("H3 cell, resolution 3.")]
    first_ms: Annotated[int, means("Beginning of the reports that were counted.", "ms")]
    last_ms: Annotated[int, means("Their end, in half-minutes.", "ms")]
    sites: Annotated[int, means("Registered places whose cells were reported.")]
    cells: Annotated[int, means("Cells that were reported, with a row or without.")]
    rows: Annotated[list[WrongRow], means("Rows that are likely wrong.")]
    left_out: Annotated[int, means("Further rows that are likely wrong.")] = 0


def evidence_of(
    zone: str, context: ZoneContext, attested: Attested, incidents: Iterable[Incident]
) -> ZoneEvidence:
    """A copy of what a zone knows, which goes on changing."""
    claims = (
        claimed
        for incident in incidents
        if incident.alert_id is not None and not incident.closed
        for claimed in incident.identities()
    )
    unlisted = [cell_key(each.identity) for each in context.traffic.unlisted().values()]
    evidence = ZoneEvidence(
        zone,
        # Not what was weighed for alerts, and when: that is the correlator's own.
        msgspec.structs.replace(context.sites, given={}),
        context.traffic,
        [key for key in unlisted if len(attested.by_key.get(key, ())) >= ENOUGH],
        sorted({cell_key(claimed) for claimed in claims}),
    )
    return msgspec.msgpack.decode(msgspec.msgpack.encode(evidence), type=ZoneEvidence)


def health_of(evidence: ZoneEvidence, register: RegisterRows) -> RegisterHealth:
    """The zone's own rows that are likely wrong; what lies in the margin is its neighbour's."""
    traffic = evidence.traffic
    found = wrong_rows(register, evidence.sites, traffic, evidence.served, evidence.suspected)
    ours = [row for row in found if _zone_of(row) == evidence.zone]
    likeliest = sorted(ours, key=lambda row: -row.probability)[:MOST_ROWS]
    listed = {row.key for row in likeliest}
    return RegisterHealth(
        zone=evidence.zone,
        first_ms=traffic.first_ms,
        last_ms=traffic.last_ms,
        sites=_ours(evidence.sites.places(), evidence.zone),
        cells=_ours(traffic.places(), evidence.zone),
        rows=[row for row in ours if row.key in listed],
        left_out=len(ours) - len(likeliest),
    )


def _ours(places: list[tuple[float, float]], zone: str) -> int:
    return int((zones_of(*zip(*places, strict=True)) == zone).sum()) if places else 0


def _zone_of(row: WrongRow) -> str:
    """Of its registered place; of a missing row, of the cell's."""
    if row.lat is not None and row.lon is not None:
        return zone_of(row.lat, row.lon)
    assert row.learned_lat is not None
    assert row.learned_lon is not None
    return zone_of(row.learned_lat, row.learned_lon)
