"""What can be set about the console."""

import re
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from streams.config.connections import ConnectionLimits
from streams.config.places import Datum

#: How addresses of a PostgreSQL database begin; what begins otherwise is the path of a file.
_DATABASE = ("postgresql:", "postgres:", "postgresql+psycopg:")


class BasemapSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The operator's own base map: a PMTiles file or an XYZ address; without one, land outlines.

    ``datum`` is that of the tiles: those of Amap and Tencent are GCJ-02, Baidu's BD-09.
    """

    source: str = ""
    datum: Datum = "wgs84"
    attribution: str = ""
    min_zoom: Annotated[int, Meta(ge=0, le=24)] = 0
    max_zoom: Annotated[int, Meta(ge=0, le=24)] = 19


class ConsoleLimits(ConnectionLimits, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Also how many open pages of one account get news."""

    streams_per_account: Annotated[int, Meta(ge=1, le=100_000)] = 20


class ConsoleSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the console keeps what it read, who it trusts, and what it shows.

    ``guardians`` are the accounts that may see victims (who may be being defrauded), whatever their
    role; nobody else may, admins neither, and without one nothing of victims is read.
    ``store`` and ``accounts`` are paths of SQLite files or ``postgresql://`` addresses; empty means
    files in the user's state folder (``CELLHOUND_HOME``). ``order_pattern`` is what the number of
    the order that a search for people is made by must look like, all of it: by default at least two
    digits, and something else beside digits. ``four_eyes`` says whether such a search needs another
    admin's approval: where others than this computer's users reach the console
    (``beyond_loopback``), ``always``, or ``never``. ``require_mfa`` is the least role whose
    accounts must have a second factor; empty: nobody's. ``feeds`` is the least role whose accounts
    may hand on addresses by which others read alerts; empty: nobody may, and there are none.
    ``home`` is what the map looks at first: west, south, east and north in degrees; empty: where
    the register's cells are.
    """

    listen: str = "127.0.0.1:8340"
    store: str = ""
    accounts: str = ""
    public_url: str = ""
    tls_cert: str = ""
    tls_key: str = ""
    proxy_user_header: str = ""
    proxy_addresses: tuple[str, ...] = ()
    allow_plain: bool = False
    channels: bool = True
    session_hours: Annotated[float, Meta(gt=0.0)] = 12.0
    session_idle_minutes: Annotated[float, Meta(ge=1.0)] = 60.0
    guardians: tuple[Annotated[str, Meta(min_length=1)], ...] = ()
    require_mfa: Literal["", "viewer", "field", "dispatcher", "admin"] = ""
    feeds: Literal["", "viewer", "field", "dispatcher", "admin"] = "field"
    logins_per_minute: Annotated[int, Meta(ge=1)] = 10
    address_days: Annotated[float, Meta(ge=0.0)] = 30.0
    feed_silent_s: Annotated[float, Meta(gt=0.0)] = 60.0
    replay_behind_s: Annotated[float, Meta(gt=0.0)] = 600.0
    findings_days: Annotated[float, Meta(gt=0.0)] = 30.0
    mute_hours: Annotated[float, Meta(gt=0.0)] = 24.0
    mute_honest_days: Annotated[float, Meta(gt=0.0)] = 30.0
    mute_field_hours: Annotated[float, Meta(gt=0.0)] = 24.0
    mute_radius_m: Annotated[float, Meta(gt=0.0)] = 1000.0
    four_eyes: Literal["beyond_loopback", "always", "never"] = "beyond_loopback"
    order_pattern: str = r"(?=.*\d.*\d)(?=.*[^\s\d]).{6,64}"
    home: tuple[float, ...] = ()
    basemap: BasemapSettings = BasemapSettings()
    limits: ConsoleLimits = ConsoleLimits()

    def __post_init__(self) -> None:
        if self.home and not _is_box(self.home):
            raise ValueError(
                "home must be [west, south, east, north] in degrees: longitudes from -180 to 180,"
                " latitudes from -90 to 90, south below north; or [] for the register's area"
            )
        try:
            re.compile(self.order_pattern)
        except re.error as error:
            raise ValueError(
                f"order_pattern {self.order_pattern!r} is no regular expression: {error}"
            ) from error


def _is_box(home: tuple[float, ...]) -> bool:
    if len(home) != 4:
        return False
    west, south, east, north = home
    return max(abs(west), abs(east)) <= 180.0 and -90.0 <= south < north <= 90.0 and west != east


def is_database_address(where: str) -> bool:
    """Whether ``console.store`` or ``console.accounts`` is an address, not the path of a file.

    >>> is_database_address("postgresql://db/x"), is_database_address("store.db")
    (True, False)
    """
    return where.startswith(_DATABASE)
