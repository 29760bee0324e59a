"""What a JSON Schema says of a message is what decoding does, where a schema can say it."""

import copy
import json
from typing import Any

import jsonschema_rs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.decode.codec import decode
from streams.decode.records import RecordSlice
from streams.decode.schema import RX_TS
from streams.privacy.hasher import Hasher
from tools.contract.input_schemas import DEAD, DROPPED_WITH_CHANNEL, input_schemas

END_OF_TIME_MS = int(RX_TS.high)
SCHEMAS = input_schemas()
VALIDATORS = {topic: jsonschema_rs.Draft202012Validator(one) for topic, one in SCHEMAS.items()}
HASHER = Hasher(b"key")
#: Whether a message of an instrument names its channel.
CHANNEL = jsonschema_rs.Draft202012Validator(
    {
        "required": ["arfcn"],
        "properties": {
            "arfcn": SCHEMAS["field.measurements"]["properties"]["arfcn"] | {"type": "integer"}
        },
    }
)
KEY = "lte-460-0-4100-100000001"
POLYGON = {"type": "Polygon", "coordinates": [[[1, 2], [3, 4], [5, 6], [1, 2]]]}

#: Values right here and wrong there: of every type, and about every bound.
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from(["", "gsm", "LTE", "wcdma", "nr", "core", "handover", "A5/3", "EIA2", KEY]),
    st.sampled_from(["0123456789abcdef", "0123456789abcdeg", "confirmed", "replan", "macro"]),
    st.sampled_from(["igw", "onnet", "400", "police", "url", "activated", "8610123", "+86", "12"]),
    st.integers(-2, 8),
    st.sampled_from([63, 64, 90, 91, 181, 255, 256, 360, 361, 999, 1000, 1007, 1008, 1282, 1283]),
    st.sampled_from([3846, 3847, 50_000, 50_001, 65535, 65536, 2**24 - 1, 2**24, 2**28 - 1]),
    st.sampled_from(
        [2**28, 2**36 - 1, 2**36, 2**53, 2**53 + 2, 2**63 - 1, 2**63, -(2**63), 10**30]
    ),
    st.sampled_from(
        [946684800000, 946684799999, -160, -161, 20, 21, 0.5, -0.5, 3.0, 65535.0, 1e300]
    ),
    st.sampled_from([[], {}, [None], [1], ["x"], [{}], [KEY], [[KEY, KEY]], [[KEY, 4]]]),
    st.sampled_from([[[1, 2]], [{"area": 7}], [{"area": -1}], [{"mcc": 460}], [[{"area": 1}, 2]]]),
    st.sampled_from([POLYGON, {"type": "Feature", "geometry": POLYGON}, {"type": "Polygon"}]),
    st.sampled_from([{"type": "MultiPolygon", "coordinates": [POLYGON["coordinates"]]}]),
    st.sampled_from([{"type": "Polygon", "coordinates": [[[1, 2], [3, 4], [5, 6]]]}]),
    st.sampled_from([{"type": "Polygon", "coordinates": [[[1, 2], [3, 94], [5, 6], [1, 2]]]}]),
)


@st.composite
def messages(draw: st.DrawFn, topic: str) -> dict[str, Any]:
    """The example with some fields changed, left out, or added."""
    message = copy.deepcopy(SCHEMAS[topic]["examples"][0])
    _change(draw, message, SCHEMAS[topic]["properties"])
    for name in ("neighbours", "broadcast"):
        part = message.get(name)
        spec = SCHEMAS[topic]["properties"].get(name)
        holder = part[0] if isinstance(part, list) and part else part
        if spec is not None and isinstance(holder, dict):
            _change(draw, holder, spec.get("items", spec)["properties"])
    return message


def _change(draw: st.DrawFn, holder: dict[str, Any], properties: dict[str, Any]) -> None:
    for name in draw(st.lists(st.sampled_from(sorted(properties)), max_size=4)):
        if draw(st.booleans()):
            holder[name] = draw(VALUES)
        else:
            holder.pop(name, None)
    # What a schema cannot say: that a number is no shorter than its prefix ..
    for name in [name for name in holder if name.endswith("_length")]:
        prefix = holder.get(name.replace("_length", "_prefix"))
        if isinstance(prefix, str) and holder[name] in range(len(prefix)):
            holder[name] = len(prefix)
    # .. and that an event is not far ahead of its arrival.
    if isinstance(holder.get("rx_ts"), int | float) and holder["rx_ts"] is not True:
        rx_ts = holder["rx_ts"]
        if abs(rx_ts) <= END_OF_TIME_MS and float(rx_ts).is_integer():
            holder["rx_ts"] = END_OF_TIME_MS


def outcome_by_schema(topic: str, message: dict[str, Any]) -> str:
    """What the errors that a schema finds do to a message."""
    schema = SCHEMAS[topic]
    outcomes = {
        _outcome(schema, error, message) for error in VALIDATORS[topic].iter_errors(message)
    }
    return next((one for one in ("dead letter", "in part") if one in outcomes), "whole")


def _outcome(schema: dict[str, Any], error: Any, message: dict[str, Any]) -> str:
    path, rule = list(error.instance_path), list(error.schema_path)
    if path:
        name = str(path[0])
        wrong = schema["properties"][name]["x-wrong"]
        if schema["title"] == "field.feedback" and name == "ts":
            # Of its three ways to be wrong, one makes a dead letter; the page says so.
            is_time = rule[-1] in ("minimum", "maximum") and -(2**63) <= message["ts"] < 2**63
            wrong = DEAD if is_time else ""
        if wrong == DROPPED_WITH_CHANNEL:
            return "in part" if CHANNEL.is_valid(message) else "dead letter"
        if rule[0] == "allOf" and "x-wrong" in schema["allOf"][int(rule[1])]:
            wrong = schema["allOf"][int(rule[1])]["x-wrong"]
        return "dead letter" if wrong == DEAD else "in part"
    if rule[0] == "allOf":
        return "dead letter" if schema["allOf"][int(rule[1])]["x-wrong"] == DEAD else "in part"
    return "dead letter"


def outcome_by_decoding(topic: str, message: dict[str, Any]) -> str:
    value = json.dumps(message, allow_nan=False).encode()
    rx_ms = np.array([END_OF_TIME_MS], dtype=np.int64)
    decoded = decode(RecordSlice(topic, 0, [0], [value], rx_ms), HASHER)
    if decoded.dead:
        return "dead letter"
    return "in part" if +decoded.dropped else "whole"


@pytest.mark.slow
@pytest.mark.parametrize("topic", SCHEMAS)
def test_schema_and_decoding_agree(topic: str) -> None:
    @given(messages(topic))
    @settings(max_examples=150)
    def agree(message: dict[str, Any]) -> None:
        assert outcome_by_schema(topic, message) == outcome_by_decoding(topic, message), message

    agree()


@pytest.mark.parametrize("arfcn", [74, None, -1])
@pytest.mark.parametrize("cell", [10, None, 2**40, "x"])
def test_an_instrument_names_a_channel_or_a_whole_identity(arfcn: Any, cell: Any) -> None:
    topic = "field.measurements"
    message = copy.deepcopy(SCHEMAS[topic]["examples"][0])
    message |= {"arfcn": arfcn, "mcc": 460, "mnc": 0, "area": 5, "cell": cell}
    outcome = outcome_by_decoding(topic, message)
    assert (outcome == "dead letter") == (arfcn != 74 and cell != 10)
    assert outcome == outcome_by_schema(topic, message)
