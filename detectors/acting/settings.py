"""What can be set about what is proposed, and about figures of complaints."""

from typing import Annotated

import msgspec
from msgspec import Meta

from detectors.acting.record import Deed

Seconds = Annotated[float, Meta(gt=0.0)]


class Users(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many subscribers a carrier has in a class of numbers."""

    number_class: str
    carrier: str
    users: Annotated[int, Meta(ge=1)]


class CaseSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How complaints and cases are summed up. ``users`` is what complaints are held against;
    months begin where clocks are ``utc_offset_h`` hours ahead of UTC."""

    users: tuple[Users, ...] = ()
    utc_offset_h: Annotated[float, Meta(ge=-12.0, le=14.0)] = 8.0


class When(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """When something is proposed: from this probability, of the alert and of the number, and with
    so many families of evidence in the alert that count. It expires after ``lasts_s``."""

    at_least: Annotated[float, Meta(ge=0.5, le=1.0)] = 0.5
    families: Annotated[int, Meta(ge=1, le=7)] = 2
    lasts_s: Seconds = 604_800.0


class ActingSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is proposed, and when. Times are seconds of arrival time.

    ``automatic`` names what the operator has decided to carry out without a person: such proposals
    say so in `FraudAction.by`, and no program here does more than that. ``appeal`` is where those
    concerned can appeal. ``home_code`` is the country's code, in settings that of ``numbers``: only
    numbers at home can be verified again by the operator. ``stop_payment_s`` and ``restore_s`` are
    how long such a proposal holds.
    """

    label: When = When()
    block: When = When(at_least=0.95, lasts_s=86_400.0)
    reverify: When = When(at_least=0.7)
    trace: When = When()
    stop_payment_s: Seconds = 172_800.0
    restore_s: Seconds = 604_800.0
    automatic: tuple[Deed, ...] = ()
    appeal: Annotated[str, Meta(min_length=1, max_length=200)] = "the operator's customer service"
    home_code: str = "86"
