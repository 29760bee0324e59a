"""What can be set about saying in words where an alert is."""

from typing import Literal

import msgspec

Datum = Literal["wgs84", "gcj02", "bd09"]


class PlacesSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The operator's files of named roads, places and districts; ``datum`` is that of all of them:
    maps of Amap and Tencent are in GCJ-02, Baidu's in BD-09."""

    files: tuple[str, ...] = ()
    datum: Datum = "wgs84"
