"""The input messages as literal tables: one line a field, one table a topic.

The tables drive the JSON reader, the Arrow reader, the checks, the JSON Schemas and the page of
messages, so that they cannot drift apart.
"""

from typing import Final

from streams.decode.schema.common import BROADCAST, NEIGHBOUR, RX_TS, TIMING_ADVANCE_MAX
from streams.decode.schema.fields import Field, Kind, Schema
from streams.decode.schema.measurements import FIELD, MEASUREMENTS
from streams.decode.schema.register import REGISTER
from streams.decode.schema.signalling import SIGNALLING
from streams.decode.schema.sms import SMS

__all__ = [
    "BROADCAST",
    "FIELD",
    "MEASUREMENTS",
    "NEIGHBOUR",
    "REGISTER",
    "RX_TS",
    "SCHEMAS",
    "SIGNALLING",
    "SMS",
    "TIMING_ADVANCE_MAX",
    "Field",
    "Kind",
    "Schema",
]

SCHEMAS: Final = {s.topic: s for s in (MEASUREMENTS, SIGNALLING, SMS, REGISTER, FIELD)}
