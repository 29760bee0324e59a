"""What a rogue transmitter claims to be and sends out, as a scenario says it."""

from typing import Annotated

from msgspec import Meta

from replay.simulate.scenario.scenario_types import NotNegative, Positive, Share, Span, Strict

#: After these reject causes a phone may look for another area at once; after all others that a
#: scenario may name it is barred until T3247 runs out (TS 24.301 5.3.7b, TS 24.008 4.1.1.6A).
AREA_CAUSES = frozenset((12, 13, 15))


class Fixed(Strict, frozen=True, tag_field="mode", tag="fixed"):
    """One identity all along; an area or cell not named is drawn outside the network's plan."""

    area: Annotated[int, Meta(ge=1, le=65533)] | None = None
    cell: Annotated[int, Meta(ge=1, le=268435454)] | None = None


class Hop(Strict, frozen=True, tag_field="mode", tag="hop"):
    """A new area, unknown to the network, every so often."""

    every_s: Positive = 180.0


class Turns(Strict, frozen=True, tag_field="mode", tag="turns"):
    """One identity for each claimed operator, of which only one is on the air at a time."""

    every_s: Positive = 120.0


class Carriers(Strict, frozen=True, tag_field="mode", tag="carriers"):
    """Several carriers at once, each with an area of its own, unknown to the network."""

    count: Annotated[int, Meta(ge=2, le=4)] = 2


class Clone(Strict, frozen=True, tag_field="mode", tag="clone"):
    """The identity of a registered cell whose mast stands at least so far from the city centre."""

    at_least_m: NotNegative = 20000.0


class NearClone(Strict, frozen=True, tag_field="mode", tag="near_clone"):
    """The identity, channel and code of a registered cell so far from where it starts."""

    between_m: tuple[NotNegative, Positive] = (1000.0, 3000.0)


class ValidArea(Strict, frozen=True, tag_field="mode", tag="valid_area"):
    """A real area of the operator that begins near by, with a cell number that nobody uses."""


class Campaign(Strict, frozen=True):
    """The text message that victims get; the sender is a service number it pretends to be.

    With ``smsc`` it carries that service-centre address and a time stamp, as a real text must (TS
    23.040 9.2.2.1); without, the phone reports neither.
    ``unreported_complaint_share`` of those whose phones don't report the text complain of it.
    """

    sender: str = "95588"
    length: Annotated[int, Meta(ge=1)] = 68
    url_domain: str | None = "icbc-vip.example"
    smsc: str | None = None
    unreported_complaint_share: Share = 0.0


class Reject(Strict, frozen=True):
    """Turning phones away: a share of them, with one of the causes, and how long they stay away.

    ``search_s`` holds for causes that bar one area only (12, 13, 15); ``away_s``, T3247, for those
    that bar the network or the service.
    """

    share: Share = 1.0
    causes: Annotated[tuple[Annotated[int, Meta(ge=2, le=255)], ...], Meta(min_length=1)] = (15,)
    away_s: Span = (1500.0, 2100.0)
    search_s: Span = (5.0, 60.0)


class Lure(Strict, frozen=True):
    """An LTE cell at the same place that sends phones down to the GSM transmitter.

    ``from_nr`` adds an NR cell that rejects phones (5GMM cause 27), so that they come to LTE.
    """

    power_at_100m_dbm: Annotated[float, Meta(ge=-120.0, le=-20.0)] = -64.0
    attraction_db: float = 18.0
    hold_s: Span = (0.8, 2.5)
    from_nr: bool = False


class Broadcast(Strict, frozen=True):
    """System information, as in `cell.measurements`; what is left out is not sent."""

    t3212_min: Annotated[int, Meta(ge=0, le=1530)] | None = None
    cell_reselect_offset_db: float | None = None
    reselect_hysteresis_db: float | None = None
    neighbours_advertised: Annotated[int, Meta(ge=0)] | None = None
    cell_barred: bool | None = None
    gprs: bool | None = None
    sib_count: Annotated[int, Meta(ge=0)] | None = None
    reselect_priority: Annotated[int, Meta(ge=0, le=7)] | None = None
