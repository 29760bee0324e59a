"""`call.signalling`: what is decoded of a call, in whatever form it comes, and kept of numbers."""

import json
from base64 import b64decode
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from detectors.model import codes
from detectors.model.columns import Calls
from detectors.numbers import classes
from streams.decode.clean_messages import hashed_line
from streams.decode.codec import decode, decode_table
from streams.decode.records import ARROW, Decoded, RecordSlice
from streams.privacy.hasher import Hasher

AT = 1_748_916_000_000
HASHER = Hasher(b"test")
CALL = {
    **{"ts": AT, "call_ref": "c-1", "point": "igw", "callee": "+8613912345678"},
    **{"ingress": "international", "answered": True},
}
HASH = "h-3b0f6a71c2d94e58a6b1f0d2"


def decoded(*messages: Any, hasher: Hasher = HASHER, **more: Any) -> Decoded[Calls]:
    values = [m if isinstance(m, bytes) else json.dumps(m).encode() for m in messages]
    rx_ms = np.full(len(values), AT + 5)
    return decode(
        RecordSlice("call.signalling", 0, range(len(values)), values, rx_ms, **more), hasher
    )


def arrow(rows: list[dict[str, Any]]) -> bytes:
    names = {name: None for row in rows for name in row}
    table = pa.Table.from_pylist([names | row for row in rows])
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue())


def of(batch: Calls, name: str, row: int = 0) -> tuple[Any, ...]:
    """A number as its columns have it."""
    parts = (getattr(batch, f"{name}{part}")[row] for part in ("", "_prefix", "_digits", "_length"))
    who, prefix, digits, length = parts
    return who, int(prefix), int(digits), None if np.isnan(length) else int(length)


def test_classes_of_a_switch_have_the_codes_of_the_plan() -> None:
    assert (*codes.NUMBER_CLASSES, "unallocated") == classes.NUMBER_CLASSES


def test_a_call_by_all_ways() -> None:
    calls = [
        CALL | {"caller": "861087654321", "caller_nai": 4, "released_by": "callee", "sim": "s-1"},
        CALL | {"caller": "1087654321", "caller_nai": 3, "attestation": "B", "roaming": False},
        CALL | {"caller": "", "answered": False, "cause": 17, "roaming_check": "unasked"},
    ]
    batch = decoded(*calls).batch
    name = HASHER.number("+861087654321").name  # type: ignore[union-attr]
    assert of(batch, "caller") == of(batch, "caller", 1) == (name, 8610876, 7, 12)
    assert of(batch, "caller", 2) == (None, 0, 0, None)
    assert of(batch, "callee")[1:] == (8613912, 7, 13)
    assert of(batch, "presented") == (None, 0, 0, None)
    assert batch.answered.tolist() == [True, True, False]
    assert batch.point.tolist() == [codes.code_of("igw", codes.CALL_POINTS)] * 3
    assert batch.ingress.tolist() == [codes.INTERNATIONAL] * 3
    assert batch.released_by.tolist() == [codes.code_of("callee", codes.RELEASED_BY), 0, 0]
    assert batch.attestation.tolist() == [0, 2, 0]
    assert batch.roaming_check.tolist() == [0, 0, codes.code_of("unasked", codes.ROAMING_CHECKS)]
    table = pa.Table.from_pylist(
        [dict.fromkeys({n: 0 for c in calls for n in c}) | c for c in calls]
    )
    for other in (
        decoded(calls),
        decoded(arrow(calls), content_types=[ARROW]),
        decode_table("call.signalling", table, HASHER, rx_ms=np.full(3, AT + 5)),
    ):
        assert not other.dead
        assert not +other.dropped
        for column in Calls.__dataclass_fields__:
            if column not in ("offset", "index"):
                same = getattr(other.batch, column).tolist(), getattr(batch, column).tolist()
                assert repr(same[0]) == repr(same[1]), column


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"point": "hlr"}, "unknown_value"),
        ({"ingress": "space"}, "unknown_value"),
        ({"answered": 1}, "wrong_type"),
        ({"callee": ""}, "missing_field"),
        ({"callee": None}, "missing_field"),
        ({"callee": 861087654321}, "wrong_type"),
        ({"call_ref": None}, "missing_field"),
        ({"ts": 5}, "time_out_of_range"),
    ],
)
def test_what_all_rests_on_makes_a_dead_letter(changed: dict[str, Any], reason: str) -> None:
    call = CALL | {"caller": "861087654321"} | changed
    by_json = decoded(call)
    by_arrow = decoded(arrow([call, call]), content_types=[ARROW])
    for found in (by_json, by_arrow):
        assert {letter.reason for letter in found.dead} == {reason}
        assert len(found.batch) == 0
        assert "861087654321" not in str(found.dead)
        assert all(b"861087654321" not in _value(letter) for letter in found.dead)


@pytest.mark.parametrize(
    "field",
    [
        *("released_by", "roaming_check", "attestation", "number_class", "rat"),
        *("caller_nai", "presentation", "cause", "imei_tac", "duration_ms", "roaming", "mcc"),
        *("caller", "asserted", "trunk", "caller_prefix"),
    ],
)
def test_what_else_is_wrong_is_dropped_and_counted(field: str) -> None:
    wrong: Any = 10**17 if field in ("duration_ms", "caller", "trunk", "caller_prefix") else -1
    wrong = "none of these" if field in ("released_by", "roaming_check", "rat") else wrong
    found = decoded(CALL | {field: wrong})
    assert (len(found.batch), found.dead, +found.dropped) == (1, [], {field: 1})


def test_beside_a_hash_stand_prefix_and_length() -> None:
    def given(**more: Any) -> tuple[tuple[Any, ...], dict[str, int]]:
        found = decoded(CALL | {"caller": HASH} | {f"caller_{k}": v for k, v in more.items()})
        return of(found.batch, "caller"), dict(+found.dropped)

    assert given() == ((HASH, 0, 0, None), {})
    assert given(prefix="8610123", length=12) == ((HASH, 8610123, 7, 12), {})
    assert given(prefix="010", length=8) == ((HASH, 10, 3, 8), {})
    # More than may be shown is cut off; the length says that there was more.
    assert given(prefix="861012345678", length=12) == ((HASH, 8610123, 7, 12), {})
    assert given(prefix="861012345678") == ((HASH, 8610123, 7, None), {})
    for odd in ("+8610", "86 10", "", "x", "\u0661", "1\n"):
        assert given(prefix=odd, length=9) == ((HASH, 0, 0, 9), {"caller_prefix": 1})
    assert given(prefix="8610123", length=6) == ((HASH, 8610123, 7, None), {"caller_length": 1})
    assert given(length=-1) == ((HASH, 0, 0, None), {"caller_length": 1})


def test_a_bare_number_says_itself_what_stands_beside_it() -> None:
    beside = {"caller_prefix": "4930123", "caller_length": 3}
    found = decoded(CALL | {"caller": "861087654321"} | beside)
    assert of(found.batch, "caller")[1:] == (8610876, 7, 12)
    assert not +found.dropped
    # Withheld, a prefix is all that is known.
    withheld = decoded(CALL | {"caller": "anonymous"} | beside | {"caller_length": 12})
    assert of(withheld.batch, "caller") == (None, 4930123, 7, 12)


@pytest.mark.parametrize("caller", ["861087654321", "01087654321", "1087654321", "anonymous", HASH])
@pytest.mark.parametrize("nature", [None, 1, 3, 4, 4.0, True, "4", {}])
def test_what_is_played_is_decoded_alike(caller: str, nature: Any) -> None:
    """A replay hashes before it sends; whoever decodes that must come to the same."""
    call = CALL | {"caller": caller, "caller_nai": nature, "redirecting": "tel:010-8765-4321"}
    line = json.dumps(call).encode()
    sent = hashed_line(line, HASHER)
    assert b"7654321" not in sent
    assert b"8765-4321" not in sent
    assert hashed_line(sent, HASHER) == sent
    one, other = decoded(line), decoded(sent)
    for name in ("caller", "callee", "redirecting"):
        assert of(one.batch, name) == of(other.batch, name)
    assert +one.dropped == +other.dropped


def test_what_cannot_be_read_shows_no_number() -> None:
    """A number of a town, which elsewhere is nobody's, neither whole nor within what is broken."""
    town = "861087654321"
    odd: list[Any] = [
        *(int(town), [town], {"at": town}, float(town), -int(town), f"{town}0", f"+{town}"),
        *(f"x{town}", f"010-8765-{town[-4:]}", town + "\u200b"),
    ]
    fields = ("caller", "callee", "presented", "caller_prefix", "asserted_prefix")
    lines = [json.dumps({"ts": "x", field: value}).encode() for field in fields for value in odd]
    lines += [line[:-1] for line in lines]
    found = decoded(*lines)
    assert len(found.dead) == len(lines)
    for letter in found.dead:
        assert town not in letter.detail
        assert town[1:] not in _value(letter).decode("utf-8", "replace")
    assert not [line for line in lines if town.encode() in hashed_line(line, HASHER)]
    broken = b'{"ts": 1748916000500, "caller": "' + HASH.encode()
    assert hashed_line(broken, HASHER) == broken


def test_a_changed_key_divides_numbers_too() -> None:
    changed = Hasher(b"new", former=(b"old", AT + 10))
    calls = [CALL | {"caller": "861087654321", "rx_ts": at} for at in (AT + 9, AT + 10)]
    batch = decoded(calls, hasher=changed).batch
    names = [Hasher(key).number("+861087654321").name for key in (b"old", b"new")]  # type: ignore[union-attr]
    assert batch.caller.tolist() == names
    assert batch.caller_prefix.tolist() == [8610876] * 2


def _value(letter: Any) -> bytes:
    return b64decode(letter.value_base64 or "")
