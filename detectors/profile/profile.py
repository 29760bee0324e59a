"""An installation's memory: what is long-lived of what the second stage has learned.

Plain data, bounded, with a version. Counts and places only: no pseudonym of a device or subscriber,
and no number made of one, is in it. docs/design.md says what is kept, what isn't, and why.
"""

from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta

from detectors.profile.age import Age
from detectors.profile.base_rate import BaseRate
from detectors.sites.learned_sites import MOST_SITES, LearnedSite

#: The form of the structures below and of all that rules keep.
VERSION: Final = 1
#: Zones of an installation, and identities that its core network attests.
MOST_ZONES, MOST_ATTESTED = 4_096, 20_000

Name = Annotated[str, Meta(min_length=1, max_length=60)]


class ZoneProfile(msgspec.Struct, frozen=True, kw_only=True):
    """What one zone has learned. ``rules`` holds by rule what it keeps, as plain data of its
    ``learned_type``; what isn't of that type any more is passed over. ``rate`` is how many
    transmitters there were."""

    zone: Name
    age: Age
    sites: Annotated[tuple[LearnedSite, ...], Meta(max_length=MOST_SITES)] = ()
    rules: Annotated[dict[Name, Any], Meta(max_length=64)] = {}
    rate: BaseRate = msgspec.field(default_factory=BaseRate)


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """All zones, and the identities on which the core network has served subscribers (keys as
    ``cell:`` and ``area:`` ones of the register)."""

    format: Literal["cellhound-profile"] = "cellhound-profile"
    version: Literal[1] = VERSION
    zones: Annotated[tuple[ZoneProfile, ...], Meta(max_length=MOST_ZONES)] = ()
    attested: Annotated[
        tuple[Annotated[str, Meta(max_length=80)], ...], Meta(max_length=MOST_ATTESTED)
    ] = ()
