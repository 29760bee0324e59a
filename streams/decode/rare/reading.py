"""`network.changes` and `field.feedback`: a few a day, read one by one into plain records."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from detectors.model.finding import Source
from detectors.model.rare_messages import Change, Feedback
from streams.decode.rare.tables import CHANGE_FIELDS, FEEDBACK_FIELDS, RareField
from streams.decode.rare.vouching import vouched_role
from streams.decode.raw_rows import Fault
from streams.decode.row_checks import DAY_MS, YEAR_2000_MS
from streams.privacy.hasher import Hasher
from streams.privacy.identifiers import is_alert_id
from streams.signed.seals import FIELD as SEAL
from streams.signed.trust import Trust

_FREE_TEXTS: Final = {"note", "by"}


def read_change(
    content: Mapping[str, Any],
    stand_in_ms: int,
    source: Source,
    hasher: Hasher,
    dropped: Counter[str],
    _trust: Trust,
) -> Change | Fault:
    """The announcement in a JSON object; never a `Fault`."""
    values = _read(CHANGE_FIELDS, content, dropped, hasher)
    pairs = values.pop("old_to_new")
    return Change(
        rx_ts=arrival_of(values, stand_in_ms),
        source=source,
        old_to_new_cells=tuple(pair for pair in pairs if isinstance(pair[0], str)),
        old_to_new_areas=tuple(pair for pair in pairs if not isinstance(pair[0], str)),
        **values,
    )


def read_feedback(
    content: Mapping[str, Any],
    stand_in_ms: int,
    source: Source,
    hasher: Hasher,
    dropped: Counter[str],
    trust: Trust,
) -> Feedback | Fault:
    """What a team found, in a JSON object, or why it can't be."""
    noted: Counter[str] = Counter()
    values = _read(FEEDBACK_FIELDS, content, noted, hasher)
    rx_ts = arrival_of(values, stand_in_ms)
    ts = values["ts"]
    if ts is not None and not YEAR_2000_MS <= ts <= rx_ts + DAY_MS:
        return Fault("time_out_of_range", f"'ts' is {ts}, its arrival is {rx_ts}")
    lat, lon = content.get("lat"), content.get("lon")
    if (lat is None) != (lon is None):
        return Fault("bad_position", "one of 'lat' and 'lon' is missing")
    if lat is not None and (values["lat"] is None or values["lon"] is None):
        return Fault("bad_position", "'lat' or 'lon' is no number in its range")
    role = vouched_role(content, values, trust)
    if isinstance(role, Fault):
        return role
    dropped.update(noted)
    del values[SEAL]
    return Feedback(rx_ts=rx_ts, source=source, **values | {"role": role})


def _read(
    fields: Sequence[RareField], content: Mapping[str, Any], dropped: Counter[str], hasher: Hasher
) -> dict[str, Any]:
    """The fields of one message; wrong ones read as ``None``, or are left out of lists, and are
    counted."""
    values = {field.name: field.taken(content.get(field.name), dropped) for field in fields}
    for name in _FREE_TEXTS & values.keys():
        if values[name] is not None:
            values[name] = hasher.scrub_text(values[name])
    about = values.get("alert_id")
    if about is not None and not is_alert_id(about):
        values["alert_id"] = hasher.scrub_text(about)
    return values


def arrival_of(values: dict[str, Any], stand_in_ms: int) -> int:
    """Takes out of a message's values when it says that it arrived, else the stand-in (ms)."""
    own = values.pop("rx_ts")
    return stand_in_ms if own is None else int(own)
