"""Batches: messages as numpy columns, the unit of work of every rule.

One row is one message. All columns of a batch have the same length. Conventions, said once:

* a column of a required number is an integer array; an optional number is ``float64`` with NaN for
  "not given" (a 36-bit cell identity fits a float exactly);
* a listed text is a ``uint8`` code of `detectors.model.codes`, 0 for "not given";
* an optional truth is ``float64``: NaN, 0.0 or 1.0;
* free text is an ``object`` array of ``str`` or ``None``;
* a telephone number is four columns: its keyed hash, a text; the first seven of its digits or
  fewer, as an integer ``_prefix``, and how many these are, ``_digits`` (0: none is known); and how
  many it has in all, ``_length``;
* ``ts_ms`` is event time and ``rx_ms`` arrival time, milliseconds since the Unix epoch, UTC;
* ``offset`` and ``index`` say where the row came from: the record's offset in its partition (in a
  file, the line), and the place in an array or batch, -1 for a record that is one message.

Long because the batches of all inputs stand side by side, and share what is said above.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

I8: TypeAlias = NDArray[np.int64]
F8: TypeAlias = NDArray[np.float64]
U1: TypeAlias = NDArray[np.uint8]
Bool: TypeAlias = NDArray[np.bool_]
Text: TypeAlias = NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class Batch:
    """What all batches share: two times and where each row came from."""

    ts_ms: I8
    rx_ms: I8
    offset: I8
    index: I8

    def __len__(self) -> int:
        return len(self.ts_ms)

    def take(self, rows: I8 | Bool | slice) -> Self:
        """The batch of some rows, in the order of ``rows`` (positions, a mask or a slice)."""
        at: Any = rows
        if isinstance(rows, slice) or rows.dtype == np.bool_:
            at = np.arange(len(self), dtype=np.int64)[at]
        columns: dict[str, Any] = {f.name: _take(getattr(self, f.name), at) for f in fields(self)}
        return type(self)(**columns)

    @classmethod
    def of(cls, **columns: Sequence[Any]) -> Self:
        """A batch from short sequences; columns left out are "not given", arrival is event time.

        For tests, examples and the few rows that come one at a time.

        >>> batch = Sms.of(ts_ms=[1000], device=["a"], source=[1], sender=["95588"])
        >>> len(batch), int(batch.rx_ms[0]), bool(np.isnan(batch.lat[0]))
        (1, 1000, True)
        """
        rows = len(columns["ts_ms"])
        columns.setdefault("rx_ms", columns["ts_ms"])
        columns.setdefault("offset", range(rows))
        columns.setdefault("index", [-1] * rows)
        return cls(
            **{f.name: _column(f.name, f.type, columns.get(f.name), rows) for f in fields(cls)}
        )


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The neighbour lists of a batch laid end to end; ``row`` is each entry's row in the batch."""

    row: I8
    rat: U1
    mcc: F8
    mnc: F8
    area: F8
    cell: F8
    arfcn: F8
    pci: F8
    signal_dbm: F8

    def __len__(self) -> int:
        return len(self.row)

    def take_rows(self, rows: I8) -> "Neighbours":
        """The entries of the given batch rows, renumbered to their places in ``rows``."""
        order = np.argsort(rows, kind="stable")
        at = np.searchsorted(rows[order], self.row)
        at = np.minimum(at, max(len(rows) - 1, 0))
        kept = rows[order][at] == self.row if len(rows) else np.zeros(len(self), dtype=np.bool_)
        columns = {f.name: getattr(self, f.name)[kept] for f in fields(self)}
        columns["row"] = order[at[kept]].astype(np.int64)
        return Neighbours(**columns)


@dataclass(frozen=True, slots=True)
class Broadcast:
    """System information that a decoding probe saw; NaN where a report carries none."""

    t3212_min: F8
    cell_reselect_offset_db: F8
    reselect_hysteresis_db: F8
    neighbours_advertised: F8
    cell_barred: F8
    gprs: F8
    sib_count: F8
    reselect_priority: F8

    def take_rows(self, rows: I8) -> "Broadcast":
        """The given rows, in their order."""
        return Broadcast(**{f.name: getattr(self, f.name)[rows] for f in fields(self)})


@dataclass(frozen=True, slots=True)
class Received(Batch):
    """What phones, probes and instruments measure. Levels in dBm, distances in metres."""

    device: Text
    lat: F8
    lon: F8
    position_source: U1
    accuracy_m: F8
    speed_mps: F8
    bearing_deg: F8
    rat: U1
    arfcn: F8
    pci: F8
    signal_dbm: F8
    quality_db: F8
    timing_advance: F8
    ta_step_m: F8
    serving: Bool
    indoor: F8
    altitude_m: F8


@dataclass(frozen=True, slots=True)
class Measurements(Received):
    """`cell.measurements`: what phones or probes received."""

    mcc: I8
    mnc: I8
    area: I8
    cell: I8
    neighbours: Neighbours
    broadcast: Broadcast


@dataclass(frozen=True, slots=True)
class FieldMeasurements(Received):
    """`field.measurements`: the teams' own instruments; the identity may be partly unknown."""

    mcc: F8
    mnc: F8
    area: F8
    cell: F8
    bearing_to_deg: F8
    bearing_sigma_deg: F8


@dataclass(frozen=True, slots=True)
class Signalling(Batch):
    """`cell.signalling`: mobility and security procedures."""

    subscriber: Text
    source: U1
    rat: U1
    mcc: I8
    mnc: I8
    area: I8
    cell: I8
    procedure: U1
    outcome: U1
    cause: F8
    old_mcc: F8
    old_mnc: F8
    old_area: F8
    old_rat: U1
    old_lai_area: F8
    update_type: U1
    csfb: F8
    target_cell: F8
    target_pci: F8
    identity_type: U1
    cipher: U1
    integrity: U1
    target_rat: U1
    lat: F8
    lon: F8
    accuracy_m: F8


@dataclass(frozen=True, slots=True)
class Sms(Batch):
    """`sms.metadata`: a short message as seen by a phone or the operator, or as complained of."""

    device: Text
    source: U1
    subscription_mcc: F8
    subscription_mnc: F8
    sender: Text
    smsc: Text
    length: F8
    parts: F8
    content_hash: Text
    has_url: F8
    url_domain: Text
    sent_ts: F8
    message_ref: Text
    rat: U1
    mcc: F8
    mnc: F8
    area: F8
    cell: F8
    signal_dbm: F8
    lat: F8
    lon: F8
    accuracy_m: F8
    callback: Text
    callback_prefix: I8
    callback_digits: U1
    callback_length: F8
    short_url: F8


@dataclass(frozen=True, slots=True)
class Calls(Batch):
    """`call.signalling`: one call as one point of the network recorded it.

    ``caller`` is ``None`` where the number was withheld. ``ts_ms`` is when the call was set up.
    """

    call_ref: Text
    point: U1
    caller: Text
    caller_prefix: I8
    caller_digits: U1
    caller_length: F8
    caller_nai: F8
    caller_npi: F8
    presentation: F8
    screening: F8
    presented: Text
    presented_prefix: I8
    presented_digits: U1
    presented_length: F8
    asserted: Text
    asserted_prefix: I8
    asserted_digits: U1
    asserted_length: F8
    redirecting: Text
    redirecting_prefix: I8
    redirecting_digits: U1
    redirecting_length: F8
    verstat: Text
    attestation: U1
    caller_category: F8
    callee: Text
    callee_prefix: I8
    callee_digits: U1
    callee_length: F8
    callee_region: Text
    ingress: U1
    trunk: Text
    carrier: Text
    answered: Bool
    ring_ms: F8
    duration_ms: F8
    cause: F8
    released_by: U1
    sim: Text
    terminal: Text
    imei_tac: F8
    rat: U1
    mcc: F8
    mnc: F8
    area: F8
    cell: F8
    roaming: F8
    home_region: Text
    visited_region: Text
    roaming_check: U1
    number_class: U1
    ported_to: Text


@dataclass(frozen=True, slots=True)
class RegisterRows(Batch):
    """`cell.register`: rows of the operator's list of cells; ``deleted`` marks tombstones.

    ``changeable`` is 1 for a crowd estimate and 0 for the mast. ``valid_from_ms`` and
    ``valid_to_ms`` are NaN where unbounded. ``kind`` codes CELL_KINDS.
    """

    rat: U1
    mcc: I8
    mnc: I8
    area: I8
    cell: I8
    lat: F8
    lon: F8
    range_m: F8
    samples: F8
    changeable: F8
    average_signal_dbm: F8
    arfcn: F8
    pci: F8
    azimuth_deg: F8
    eirp_dbm: F8
    antenna_m: F8
    valid_from_ms: F8
    valid_to_ms: F8
    kind: U1
    deleted: Bool


def filled(column: F8, value: float) -> F8:
    """An optional number with ``value`` where it isn't given.

    >>> filled(np.array([1.0, np.nan]), 5.0).tolist()
    [1.0, 5.0]
    """
    return np.where(np.isnan(column), value, column)


def any_given(column: F8) -> bool:
    """Whether an optional number is given in any row.

    >>> any_given(np.array([np.nan, 1.0])), any_given(np.array([np.nan])), any_given(np.array([]))
    (True, False, False)
    """
    largest = np.fmax.reduce(column, initial=np.nan)
    return bool(largest == largest)


def _take(column: object, rows: I8) -> object:
    if isinstance(column, Neighbours | Broadcast):
        return column.take_rows(rows)
    assert isinstance(column, np.ndarray)
    return column[rows]


def _column(name: str, kind: object, given: Any, rows: int) -> Any:
    if kind is Neighbours:
        entries: list[dict[str, Any]] = given or []
        return Neighbours(
            **{
                f.name: _column(f.name, f.type, [e.get(f.name) for e in entries], len(entries))
                for f in fields(Neighbours)
            }
        )
    if kind is Broadcast:
        return given or Broadcast(*(np.full(rows, np.nan) for _ in fields(Broadcast)))
    values = [None] * rows if given is None else list(given)
    if kind is Text:
        column = np.empty(rows, dtype=object)
        column[:] = values
        return column
    if kind is F8:
        return np.array([np.nan if v is None else v for v in values], dtype=np.float64)
    default = name == "serving"
    dtype = {I8: np.int64, U1: np.uint8, Bool: np.bool_}[kind]  # type: ignore[index]
    return np.array([default if v is None else v for v in values], dtype=dtype)
