"""What can be set about running it: figures for Prometheus, and the form of the log."""

from typing import Literal

import msgspec


class MetricsSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a worker, or ``cellhound notify run``, serves its metrics and probes.

    ``listen`` is HOST:PORT, empty for nowhere; a port of 0 is any that is free.
    """

    listen: str = ""
    beyond_loopback: bool = False


class LoggingSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How log lines look: ``text`` for people, ``json`` (an object a line) for programs."""

    format: Literal["text", "json"] = "text"
