"""What workers know of suspects and of condemned records, and how it comes to other workers."""

import numpy as np

from streams.decode.codec import decode
from streams.decode.raw_rows import Fault
from streams.decode.records import RecordSlice, pieces
from streams.guard.journal import Span
from streams.guard.known import MOST_CONDEMNED, WARY_OFFSETS, Condemned, Known, Note
from streams.privacy.hasher import Hasher

_TOPIC = "cell.measurements"
_FAULT = Fault("kills_decoding", "it ends the process by SIGSEGV")
_GOOD = (
    b'{"ts":1700000000000,"device":"d","rat":"lte","mcc":460,"mnc":0,"area":4100,'
    b'"cell":100000001,"signal_dbm":-90}'
)

_NUMBERS = ("number.register", 2)


def _records(*values: bytes | None, at_ms: int = 1_700_000_000_000) -> RecordSlice:
    offsets = list(range(10, 10 + len(values)))
    return RecordSlice(_TOPIC, 2, offsets, list(values), np.full(len(values), at_ms))


def _condemned(offset: int, size: int) -> Condemned:
    return Condemned(_TOPIC, 2, offset, 1_700_000_000_000, size, *_FAULT)


def _elsewhere(notes: list[Note]) -> Known:
    known = Known()
    for note in notes:
        known.take(*note)
    return known


def test_a_condemned_record_is_a_dead_letter_and_nobody_reads_it() -> None:
    poison = b'{"device": "4600012345678901"'
    known = _elsewhere(Known().note_condemned([_condemned(11, len(poison))]))
    marked = known.marked(_records(_GOOD, poison, _GOOD))
    for records in (marked, *pieces(marked)):
        decoded = decode(records, Hasher(b"key"))
        assert len(decoded.batch) == 2
        (letter,) = decoded.dead
        assert (letter.reason, letter.detail, letter.offset) == (*_FAULT, 11)
        assert (letter.size, letter.index, letter.value_base64) == (len(poison), None, None)
        assert letter.sha256 == Hasher(b"key").digest(poison)


def test_a_topic_made_anew_has_other_records_at_the_same_offsets() -> None:
    known = _elsewhere(Known().note_condemned([_condemned(11, len(_GOOD))]))
    assert known.marked(_records(_GOOD, _GOOD)).condemned == {11: _FAULT}
    assert known.marked(_records(_GOOD, _GOOD + b" ")).condemned == {}
    assert known.marked(_records(_GOOD, _GOOD, at_ms=1_700_000_000_001)).condemned == {}


def test_of_a_partition_that_is_tried_each_record_is_a_piece_of_its_own() -> None:
    records = RecordSlice(_TOPIC, 0, [4, 5], [_GOOD, b"[]"], np.zeros(2, np.int64), singly=True)
    assert [list(piece.offsets) for piece in pieces(records)] == [[4], [5]]


def test_what_was_tried_is_no_suspect_any_more() -> None:
    known = Known()
    notes = known.note_suspects([Span(_TOPIC, 2, 100, 200), Span(_TOPIC, 2, 150, 300)])
    assert _elsewhere(notes).is_to_be_tried(Span(_TOPIC, 2, 300, 400))
    assert not known.is_to_be_tried(Span(_TOPIC, 2, 301, 400))
    assert not known.is_to_be_tried(Span(_TOPIC, 1, 100, 200))
    # Chunks needn't begin and end where they did before.
    notes += known.note_tried(Span(_TOPIC, 2, 50, 149))
    assert not known.is_to_be_tried(Span(_TOPIC, 2, 100, 149))
    notes += known.note_tried(Span(_TOPIC, 2, 250, 999))
    assert known.is_to_be_tried(Span(_TOPIC, 2, 249, 249))
    notes += known.note_tried(Span(_TOPIC, 2, 150, 249))
    for each in (known, _elsewhere(notes)):
        assert not each.is_to_be_tried(Span(_TOPIC, 2, 0, 10**9))


def test_behind_a_condemned_record_new_ones_are_tried_for_a_while() -> None:
    known = Known()
    known.note_condemned([_condemned(11, 1)])
    after = Span(_TOPIC, 2, 12, 20)
    assert known.is_to_be_tried(after, wary=True)
    assert not known.is_to_be_tried(after)
    far = Span(_TOPIC, 2, 12 + WARY_OFFSETS, 13 + WARY_OFFSETS)
    assert not known.is_to_be_tried(far, wary=True)


def test_what_is_known_is_bounded_and_foreign_notes_are_left_out() -> None:
    known = Known()
    known.note_condemned(_condemned(offset, 1) for offset in range(MOST_CONDEMNED + 10))
    assert sum(map(len, known._condemned.values())) == len(known._order) == MOST_CONDEMNED
    for value in (b"", b"17", b"\xff", b"[" * 100_000, b'{"type":"other"}', None):
        known.take(b"suspect/x/\xff", value)
        known.take(None, value)
    assert known.lettered == {}


def test_letters_are_noted_by_topic_and_partition() -> None:
    known, other = Known(), Known()
    notes = [*known.note_lettered("cell.register", 2, 7), *known.note_lettered(*_NUMBERS, 9)]
    assert len({key for key, _ in notes}) == 2
    for key, value in notes:
        other.take(key, value)
    assert other.lettered == known.lettered == {("cell.register", 2): 7, _NUMBERS: 9}


def test_a_note_of_an_earlier_release_is_of_the_register_of_cells() -> None:
    known = Known()
    known.take(b"lettered/3", b'{"type":"lettered","partition":3,"until":8}')
    assert known.lettered == {("cell.register", 3): 8}
