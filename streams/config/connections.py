"""What can be set about the connections that a program with a port takes."""

from typing import Annotated

import msgspec
from msgspec import Meta


class ConnectionLimits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many connections there may be, and how long is waited for what (s).

    ``reserved_files`` of the files that the process may have open are no connection's: some 30 are
    those of Kafka's connections, in the console 120 those of SQLite in 24 threads, the rest is for
    channels.
    """

    connections: Annotated[int, Meta(ge=16, le=100_000)] = 1000
    connections_per_address: Annotated[int, Meta(ge=4, le=100_000)] = 256
    header_s: Annotated[float, Meta(gt=0.0, le=600.0)] = 10.0
    body_s: Annotated[float, Meta(gt=0.0, le=3600.0)] = 60.0
    idle_s: Annotated[float, Meta(gt=0.0, le=3600.0)] = 15.0
    unread_s: Annotated[float, Meta(gt=0.0, le=3600.0)] = 60.0
    reserved_files: Annotated[int, Meta(ge=64, le=100_000)] = 256
