"""The input messages as tables: a file a topic, which says all that is known of each field.

The tables drive the JSON reader, the Arrow reader, the checks, the JSON Schemas and the page of
messages, so that they cannot drift apart.
"""

from typing import Final

from detectors.model import columns
from streams.decode.schema.fields import Field, Kind, Schema, schema_of

__all__ = ["Field", "Kind", "Schema"]

MEASUREMENTS: Final = schema_of("cell.measurements", columns.Measurements)
SIGNALLING: Final = schema_of("cell.signalling", columns.Signalling)
SMS: Final = schema_of("sms.metadata", columns.Sms)
#: What phones upload: the same messages, but nobody's word counts there for more than a phone's.
DEVICE_SIGNALLING: Final = schema_of("device.signalling", columns.Signalling)
DEVICE_SMS: Final = schema_of("device.sms", columns.Sms)
CALLS: Final = schema_of("call.signalling", columns.Calls)
REGISTER: Final = schema_of("cell.register", columns.RegisterRows)
FIELD: Final = schema_of("field.measurements", columns.FieldMeasurements)
SCHEMAS: Final = {
    s.topic: s
    for s in (
        *(MEASUREMENTS, SIGNALLING, SMS, DEVICE_SIGNALLING, DEVICE_SMS),
        *(CALLS, REGISTER, FIELD),
    )
}
#: One cell of ``neighbours``, and the parts of ``broadcast``.
NEIGHBOURS: Final = schema_of("neighbours")
NEIGHBOUR: Final = NEIGHBOURS.fields
BROADCAST: Final = schema_of("broadcast").fields
RX_TS: Final = next(spec for spec in MEASUREMENTS.fields if spec.name == "rx_ts")
#: The highest timing advance by RAT code: any, gsm, umts (has none), lte, nr.
TIMING_ADVANCE_MAX: Final = (3846, 63, 3846, 1282, 3846)
