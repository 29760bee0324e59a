"""The outcome of a run as one page to look at: alerts on a map, and why they were raised.

The page is a single file that loads nothing from anywhere, so that it can be opened from a disk,
sent to a colleague and kept with the case. Style, script and data lie inside it. A content security
policy allows only that style and that script, named by their SHA-256 digests, and no fetching; text
that a message smuggled into an alert stays text.
"""

import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from hashlib import sha256
from html import escape
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np

from detectors.alert.record import Alert
from detectors.model.columns import F8
from detectors.model.words import Language
from field.formats.areas import way_of
from replay.alert_files import newest_of
from replay.map_words import MARKUP, map_words
from replay.traces.truth import CALL_KINDS, Transmitter

_PARTS: Final = Path(__file__).resolve().parent / "map"
#: One script in the page; each file uses what those before it define.
_SCRIPTS: Final = (
    "words.js",
    "camera.js",
    "gestures.js",
    "sheet.js",
    "drawing.js",
    "markers.js",
    "panel.js",
    "map.js",
)
#: What could end a script element, or a line where JavaScript and JSON disagree about it.
_UNSAFE: Final = str.maketrans({char: f"\\u{ord(char):04x}" for char in "<>&\u2028\u2029"})

#: Bounds of a page that a browser opens at once: some 10 kB a revision.
_MOST_REVISIONS: Final = 1500
_MOST_CELLS: Final = 5000
_MOST_PLACES: Final = 200
#: Some four kilometres.
_ABOUT_DEG: Final = 0.04


def shown_on_map(alerts: Sequence[Alert]) -> Sequence[Alert]:
    """The revisions that a map holds: all, or of very many alerts the newest of each, the surest
    first, so that a browser can open it."""
    if len(alerts) <= _MOST_REVISIONS:
        return alerts
    return sorted(newest_of(alerts), key=lambda one: -one.probability)[:_MOST_REVISIONS]


def cells_about(alerts: Sequence[Alert], lat: F8, lon: F8) -> list[tuple[float, float]]:
    """Of masts (WGS84 degrees) those within some kilometres of an alert, once each."""
    near = np.zeros(len(lat), dtype=np.bool_)
    for alert in newest_of(alerts)[:_MOST_PLACES]:
        if alert.position is not None:
            north = np.abs(lat - alert.position["lat"])
            east = np.abs((lon - alert.position["lon"] + 180.0) % 360.0 - 180.0)
            wide = np.cos(np.radians(alert.position["lat"]))
            near |= (north < _ABOUT_DEG) & (east * wide < _ABOUT_DEG)
    places = zip(lat[near].round(5).tolist(), lon[near].round(5).tolist(), strict=True)
    in_order = sorted(set(places))
    # Of very many those that are left lie everywhere.
    return in_order[:: len(in_order) // _MOST_CELLS + 1]


def write_map(
    path: Path,
    alerts: Sequence[Alert],
    cells: Sequence[tuple[float, float]] = (),
    truth: Sequence[Mapping[str, Any]] = (),
    title: str = "cellhound",
    language: Language = "en",
) -> None:
    """Writes the page in a language: all revisions of all alerts, honest cells and, where known,
    the truth.

    ``alerts`` may come in any order. ``cells`` are (latitude, longitude) in WGS84 degrees; give
    those around the alerts, since each is drawn. ``truth`` holds lines of `truth.jsonl`, of which
    those about calls have no place; raises
    `msgspec.ValidationError` where one is no transmitter, and `OSError` where ``path`` cannot be
    written.
    """
    style = _read("map.css")
    script = "\n".join(_read(name) for name in _SCRIPTS)
    shown = {
        "alerts": [msgspec.structs.replace(one, track=way_of(one) or None) for one in alerts],
        # Cells of one mast become one dot.
        "cells": list(dict.fromkeys((round(lat, 5), round(lon, 5)) for lat, lon in cells)),
        "truth": [_transmitter(line) for line in truth if line.get("kind") not in CALL_KINDS],
        **map_words(alerts, language),
    }
    parts = {
        **MARKUP[language],
        "policy": policy(style, script),
        "title": escape(title),
        "style": style,
        "script": script,
        "data": embedded_json(shown),
    }
    # In one pass, so that no part can name another.
    page = re.sub(r"\{\{(\w+)\}\}", lambda found: parts[found[1]], _read("map.html"))
    path.write_bytes(page.encode("utf-8", "replace"))


def policy(style: str, script: str) -> str:
    """The content security policy (W3C CSP 3) that allows one inline style and one script."""
    return (
        f"default-src 'none'; script-src '{_digest(script)}'; style-src '{_digest(style)}'; "
        "base-uri 'none'; form-action 'none'"
    )


def embedded_json(value: object) -> str:
    """JSON that means the same and can stand inside a script element.

    >>> embedded_json("</script>")
    '"\\\\u003c/script\\\\u003e"'
    """
    return msgspec.json.encode(value).decode().translate(_UNSAFE)


def _transmitter(line: Mapping[str, Any]) -> dict[str, object]:
    """What the page shows of a transmitter, its track in order of time."""
    transmitter = msgspec.convert(dict(line), Transmitter)
    track = sorted(transmitter.track)
    return {"id": transmitter.id, "active": transmitter.active, "track": track}


def _digest(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"


def _read(name: str) -> str:
    return (_PARTS / name).read_text(encoding="utf-8")
