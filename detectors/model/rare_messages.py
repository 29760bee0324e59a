"""The rare messages: what the operator announces, what a field team found, and what is known of
numbers and subscribers.

A few a day, so they are plain records, not columns. Everything in them may be missing: ``None``, or
an empty tuple. Times are milliseconds since the Unix epoch, UTC; positions WGS84 degrees.
"""

from typing import Annotated, Any, Final

import msgspec

from detectors.model.described import means
from detectors.model.finding import Source


class AreaName(msgspec.Struct, frozen=True, order=True):
    """An area code in its network; the network may be left out."""

    mcc: int | None = None
    mnc: int | None = None
    area: int | None = None


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """`network.changes`: what the operator announces for the span ``from_ts`` to ``to_ts``.

    ``cells`` are register keys (``rat-mcc-mnc-area-cell``); ``polygon`` is a GeoJSON Polygon or
    MultiPolygon; ``old_to_new`` comes apart into pairs of register keys and pairs of areas.
    """

    rx_ts: int
    source: Source
    from_ts: int | None = None
    to_ts: int | None = None
    kind: str | None = None
    cells: tuple[str, ...] = ()
    areas: tuple[AreaName, ...] = ()
    polygon: dict[str, Any] | None = None
    old_to_new_cells: tuple[tuple[str, str], ...] = ()
    old_to_new_areas: tuple[tuple[AreaName, AreaName], ...] = ()
    note: str | None = None


class Feedback(msgspec.Struct, frozen=True, kw_only=True):
    """`field.feedback`: what a field team found. ``by`` is the team.

    ``mute_until_ts`` and ``mute_radius_m`` are how long and how far an honest identity is muted.
    ``withdrawn`` takes the verdict back. ``role`` is that of the account which gave it, where a
    console that is believed vouches for it; ``None`` for all others, which count as a field team's.
    """

    rx_ts: int
    source: Source
    ts: int | None = None
    alert_id: str | None = None
    verdict: str | None = None
    lat: float | None = None
    lon: float | None = None
    note: str | None = None
    by: str | None = None
    mute_until_ts: int | None = None
    mute_radius_m: float | None = None
    withdrawn: bool | None = None
    role: str | None = None


class RuledOut(msgspec.Struct, frozen=True):
    """An honest verdict on an identity of an alert, given near by on another alert."""

    alert_id: Annotated[str, means("The alert that was ruled out.")]
    verdict: Annotated[str, means("`false_alarm` or `legitimate_cell`.")]
    ts: Annotated[int, means("When the verdict arrived.", "ms")]
    distance_m: Annotated[
        float | None,
        means("From `position` to where it was ruled out; null without a place.", "m"),
    ] = None
    outweighed: Annotated[
        bool,
        means("Whether more phones were harmed since than it explains: its mute is over then."),
    ] = False


class NumberRow(msgspec.Struct, frozen=True, kw_only=True):
    """`number.register`: what is known of a range of numbers, or of one number.

    One of ``prefix`` (at most seven digits of the international form) and ``number`` (a hash) is
    given. ``length`` is how many digits the numbers of a range have, ``rights`` the trunks on which
    they may call. ``deleted``: the row of that key is no more.
    """

    rx_ts: int
    source: Source
    ts: int | None = None
    prefix: str | None = None
    number: str | None = None
    length: int | None = None
    number_class: str | None = None
    carrier: str | None = None
    region: str | None = None
    rights: tuple[str, ...] = ()
    protected: bool | None = None
    trusted: bool | None = None
    do_not_originate: bool | None = None
    valid_from: int | None = None
    valid_to: int | None = None
    deleted: bool = False


class SubscriberChange(msgspec.Struct, frozen=True, kw_only=True):
    """`subscriber.changes`: what was changed about a subscriber, such as the SIM; ``outlet`` is
    where. ``number`` is the hash by which calls name the subscriber, where that was named by a
    number: as a device, in texts, it has another one, which is ``subscriber``."""

    rx_ts: int
    source: Source
    ts: int
    subscriber: str
    kind: str
    number: str | None = None
    region: str | None = None
    outlet: str | None = None


class PublicReport(msgspec.Struct, frozen=True, kw_only=True):
    """`public.reports`: what somebody complained of. ``by`` is through whom; ``number`` is a hash,
    ``prefix`` and ``length`` are of it as far as they are known, ``content_hash`` is of a text."""

    rx_ts: int
    source: Source
    ts: int
    by: str
    about: str
    number: str | None = None
    prefix: str | None = None
    length: int | None = None
    url_domain: str | None = None
    content_hash: str | None = None
    category: str | None = None
    reporter: str | None = None
    case_ref: str | None = None


#: The source of our own marks.
OURS: Final = "cellhound"


class Reputation(msgspec.Struct, frozen=True, kw_only=True):
    """`number.reputation`: how a number is marked, and by whom. ``number`` is a hash. ``deleted``:
    the mark of that number is no more."""

    rx_ts: int
    source: Source
    number: str
    ts: int | None = None
    prefix: str | None = None
    length: int | None = None
    mark: str | None = None
    by: str | None = None
    count: int | None = None
    valid_until: int | None = None
    appealed: bool | None = None
    deleted: bool = False
