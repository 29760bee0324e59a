"""The tables of a result and of scores: their columns, and how records become rows of them."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, Literal, TypeAlias

from replay.results.frames import Kind

Row: TypeAlias = dict[str, Any]
Table: TypeAlias = Literal["alerts", "revisions", "rules", "evidence"]

_IDENTITY: Final[dict[str, Kind]] = {
    "rat": "text",
    **dict.fromkeys(("mcc", "mnc", "area", "cell", "arfcn", "pci"), "int"),
}
_ALERT: Final[dict[str, Kind]] = {
    "alert_id": "text",
    "revision": "int",
    "status": "text",
    "ts": "time",
    "first_seen": "time",
    "last_seen": "time",
    "kind": "text",
    "severity": "text",
    "probability": "float",
    **dict.fromkeys(("lat", "lon", "radius_m", "speed_mps", "bearing_deg"), "float"),
    "devices": "int",
    "reports": "int",
    **_IDENTITY,
    "rules": "list",
    "campaign": "text",
    "headline": "text",
}
#: Columns by table. Identities of alerts are the first that they claim; distances in metres, speeds
#: in m/s, bearings in degrees from true north, weights in nats, levels in dBm.
COLUMNS: Final[dict[Table, dict[str, Kind]]] = {
    "alerts": _ALERT,
    "revisions": _ALERT,
    "rules": {
        "alert_id": "text",
        "revision": "int",
        "ts": "time",
        "rule": "text",
        "weight": "float",
        "count": "int",
        "devices": "int",
        "first_ts": "time",
        "last_ts": "time",
        "explanation": "text",
    },
    "evidence": {
        "rule": "text",
        "family": "text",
        "ts": "time",
        "rx_ts": "time",
        "weight": "float",
        "who": "text",
        **_IDENTITY,
        **dict.fromkeys(("lat", "lon", "accuracy_m", "signal_dbm"), "float"),
    },
}


def rows_of(table: Table, records: Iterable[Mapping[str, Any]]) -> Iterator[Row]:
    """Rows of a table, of alerts (``rules``: one for each rule's share) or of findings."""
    for record in records:
        if table == "rules":
            yield from _rules(record)
        elif table == "evidence":
            place = record.get("place") or {}
            yield {**record, **(record.get("claimed") or {}), **place, "rule": record["detector"]}
        else:
            first: Mapping[str, Any] = next(iter(record["identities"]), {})
            rules = [share["detector"] for share in record["evidence"]]
            yield {**first, **record, **(record["position"] or {}), "rules": rules}


def _rules(alert: Mapping[str, Any]) -> Iterator[Row]:
    for share in alert["evidence"]:
        of_alert = {name: alert[name] for name in ("alert_id", "revision", "ts")}
        yield {**share, **of_alert, "rule": share["detector"]}
