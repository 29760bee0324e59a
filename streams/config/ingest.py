"""What can be set about the gateway."""

from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from streams.config.connections import ConnectionLimits

Topic = Literal[
    "cell.measurements",
    "device.signalling",
    "device.sms",
    "cell.signalling",
    "sms.metadata",
    "call.signalling",
]
#: Made for what phones upload: nobody's word but a phone's is taken there.
PHONES: Final[tuple[Topic, ...]] = ("cell.measurements", "device.signalling", "device.sms")


class IngestSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the gateway listens, whom it takes what from, and how it joins messages.

    A message waits for others for ``wait_s`` at most, and for no more than ``messages`` or
    ``bytes`` of them. ``body_bytes`` is the most that a request may hold, unpacked;
    ``waiting_bytes`` the most that all requests together hold until Kafka has them: whoever comes
    then is asked to come again. ``answer_s`` is how long (s) Kafka may take.
    """

    listen: str = "127.0.0.1:8341"
    topics: Annotated[tuple[Topic, ...], Meta(min_length=1)] = PHONES
    tokens: str = ""
    tls_cert: str = ""
    tls_key: str = ""
    allow_plain: bool = False
    wait_s: Annotated[float, Meta(ge=0.0, le=5.0)] = 0.2
    messages: Annotated[int, Meta(ge=1, le=10_000)] = 1000
    bytes: Annotated[int, Meta(ge=4096, le=4 << 20)] = 512 << 10
    body_bytes: Annotated[int, Meta(ge=4096, le=64 << 20)] = 4 << 20
    waiting_bytes: Annotated[int, Meta(ge=1 << 20)] = 64 << 20
    answer_s: Annotated[float, Meta(gt=0.0, le=60.0)] = 10.0
    limits: ConnectionLimits = ConnectionLimits()
