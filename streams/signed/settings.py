"""The settings under ``trust``: who is believed."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta


class TrustSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``producers`` is one of `streams.config.trust.PRODUCERS`, or empty where nothing was decided;
    ``instruments`` are the names (`device`) of the teams and sensors whose measurements count.

    ``consoles`` are files with public keys (PEM). With ``only_signed``, workers take only verdicts
    that one of these signed; else an unsigned one counts as a field team's.
    """

    producers: Literal["", "apart", "trusted"] = ""
    instruments: tuple[Annotated[str, Meta(min_length=1, max_length=100)], ...] = ()
    consoles: tuple[str, ...] = ()
    only_signed: bool = False
