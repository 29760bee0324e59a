"""What can be set about how findings of calls become alerts."""

from typing import Annotated, Final

import msgspec
from msgspec import Meta

from detectors.acting.settings import ActingSettings
from detectors.alert.rights import MOST_MUTE_S
from detectors.calls.incident import MOST_CALLS
from detectors.model.finding import MOST_NAMED

Chance = Annotated[float, Meta(gt=0.0, lt=1.0)]
Seconds = Annotated[float, Meta(gt=0.0)]
#: One finding more than brings a revision may name `MOST_NAMED` calls more: all of them have to be
#: among the `MOST_CALLS` that the revision lists.
_MOST_UPDATE_CALLS: Final = MOST_CALLS - MOST_NAMED + 1


class CallSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How findings about calls, numbers and texts become alerts. Times are seconds of arrival time.

    ``prior_nats`` are the log-odds, before any evidence, that what a finding brings up is a fraud:
    an honest number that rules find at all is so many times as frequent; a line of home that comes
    in from abroad and rings many, as a firm's centre there does whose row the list lacks, must not
    be enough. ``most_pace_nats`` is what all rules of pace together give at most: who rings many is
    a seller as often as a fraud; and ``most_selling_pace_nats`` where all else that is found fits a
    seller too, more by as much as other families give. ``most_rung_nats`` is what people who ring a
    number take off at most, and ``most_unrung_nats`` what findings about calls that callees end, or
    about far callees, weigh more at most where nobody does; ``most_lasting_nats`` is what is taken
    off at most for going on by one number; 0 each for nothing. ``turn_nats`` is what it weighs that
    one number began when another of the same manner had stopped, less what that one's having gone
    on takes off: firms' numbers change too, at the end of a shift.
    ``least_family_nats`` is how much a family of evidence must give to count as one; fewer than
    ``least_families`` of them never reach ``open_probability``. Findings join a campaign with which
    they share links of at least ``join_chance`` together (`detectors.calls.links`). No alert is
    surer than ``most_log_odds``: more was never measured.

    An alert is updated at most every ``update_every_s``, after its first ``calm_after_s`` every
    ``calm_update_every_s`` where it accuses nobody anew, but as soon as ``update_calls`` calls are
    new, so that all that come while it is open are in some revision. It closes ``close_after_s``
    after its newest evidence; what never became an alert is then forgotten. ``mute_s`` is for how
    long numbers stay quiet after a verdict that they are honest, ``mute_field_s`` for how long at
    most where a field account, or somebody whom nobody vouches for, gave it; nobody mutes beyond
    `detectors.alert.rights.MOST_MUTE_S`. ``acting`` is what is proposed because of them.
    """

    prior_nats: float = -4.33
    most_pace_nats: Annotated[float, Meta(ge=0.0)] = 3.0
    most_selling_pace_nats: Annotated[float, Meta(ge=0.0)] = 1.0
    most_rung_nats: Annotated[float, Meta(ge=0.0)] = 4.0
    most_unrung_nats: Annotated[float, Meta(ge=0.0)] = 1.5
    most_lasting_nats: Annotated[float, Meta(ge=0.0)] = 2.0
    turn_nats: Annotated[float, Meta(ge=0.0)] = 2.0
    most_log_odds: float = 3.5
    least_family_nats: Annotated[float, Meta(ge=0.0)] = 1.3
    least_families: Annotated[int, Meta(ge=1)] = 2
    open_probability: Chance = 0.5
    join_chance: Chance = 0.5
    update_every_s: Seconds = 10.0
    calm_after_s: Seconds = 300.0
    calm_update_every_s: Seconds = 60.0
    update_calls: Annotated[int, Meta(ge=1, le=_MOST_UPDATE_CALLS)] = 100
    close_after_s: Seconds = 14_400.0
    mute_s: Annotated[float, Meta(ge=0.0, le=MOST_MUTE_S)] = 2_592_000.0
    mute_field_s: Annotated[float, Meta(ge=0.0, le=MOST_MUTE_S)] = 86_400.0
    acting: ActingSettings = ActingSettings()
