"""Brings together what a phone, the operator's centre and a complaint say of one short message.

All messages of a device lie in one partition, so the records of one message meet here whatever the
partitioning. A phone's record and the centre's are one message by ``message_ref`` where both have
it, else by sender, similar content and time; one record of the centre speaks for one of the phone.

Where phones' records come on a topic of their own, the partitions of one number of the two topics
share one state (`detectors.screen.screening.Screening.beside`) and may be read in any order. So a
message counts as reported when the phone's record arrived, and the centre's as coming after it;
each side's records are kept until the other has come as far.

A person who complains remembers time and place roughly: a complaint is joined within ``rough_ms``,
and one about a message that the same phone reported doesn't count again.

Long because the three kinds of records are joined by one another's rules.
"""

from collections.abc import Iterator
from typing import Final, Literal

import msgspec
import numpy as np

from detectors.features.memory.lru import is_full, newest
from detectors.features.plan.place_in_register import place_in_register
from detectors.features.rows.registrations import seen_on
from detectors.features.rule import identity_of, place_of
from detectors.model.codes import SMS_COMPLAINT, SMS_DEVICE
from detectors.model.columns import Bool, Sms
from detectors.model.finding import Identity, Observation, Place, Source
from detectors.register.register import Register

#: Least reach of the place that a person remembers.
ROUGH_M: Final = 500.0
#: How far two topics may be apart (ms, arrival) before records of the one no longer wait for the
#: other: a worker that reads up what came while it was down has one of them far ahead.
_MOST_APART_MS: Final = 21_600_000
#: Records of a device that are kept of each kind: a person has far fewer in the horizon.
_MOST_RECORDS: Final = 64

Kind = Literal["seen", "vouched", "complained"]


class Gates(msgspec.Struct, frozen=True):
    """How far apart records of one message may be: event time (ms), for complaints, and bits of
    the similarity hash. ``horizon_ms`` is how long records are kept, in arrival time."""

    window_ms: int = 180_000
    rough_ms: int = 900_000
    hash_bits: int = 6
    horizon_ms: int = 3_600_000


class Record(msgspec.Struct):
    """One record of a message: what distinguishes it, whether its counterpart is found, and of
    a phone's record or a complaint also where it was, whose subscriber and on which odd cell, or
    listed one (its register key). ``topic`` is where it came from."""

    ts: int
    rx: int
    ref: str | None
    sender: str
    content: str | None
    domain: str | None = None
    callback: str | None = None
    joined: bool = False
    rough: bool = False
    place: Place | None = None
    operator: str | None = None
    cell_operator: str | None = None
    claimed: Identity | None = None
    seen_on: str | None = None
    rat: int = 0
    topic: str = ""


class Join(msgspec.Struct):
    """Screening state of a partition: each device's recent records; ``received`` by the phone or
    its owner, ``sent`` by the centre; ``reached`` is how far each topic has come (ms, arrival)."""

    received: dict[str, list[Record]] = {}
    sent: dict[str, list[Record]] = {}
    swept_ms: int = 0
    reached: dict[str, int] = {}

    def passed(self, topic: str, until_ms: int) -> None:
        """Notes that a topic has come so far, be it that nothing came on it."""
        self.reached[topic] = max(self.reached.get(topic, 0), until_ms)

    def now_ms(self, topic: str, newest_ms: int) -> int:
        """What time it is for all topics that are joined, by the newest of one of them."""
        others = [at for other, at in self.reached.items() if other != topic]
        return max(min([newest_ms, *others]), newest_ms - _MOST_APART_MS)


class JoinedMessage(msgspec.Struct, frozen=True):
    """What one row adds to the story of a message.

    ``record`` is the phone's or the complaint, ``rx`` the row's arrival. ``delay_ms`` is how long
    the centre's record came after it, for "vouched" (at least 1 where the row is the centre's);
    ``centre_ts`` the event time of the newest record that the centre has of the device, for
    complaints.
    """

    kind: Kind
    who: str
    record: Record
    rx: int
    row: int
    delay_ms: int = 0
    centre_ts: int | None = None

    @property
    def came_first(self) -> bool:
        """Whether the centre's record was there before the phone reported the message."""
        return self.kind == "vouched" and self.delay_ms <= 0

    def observation(self, detector: str, batch: Sms, topic: str, partition: int) -> Observation:
        """As an observation of a rule, without values of the rule's own."""
        record, row = self.record, self.row
        values: dict[str, str | int | float | None] = {
            "sender": record.sender,
            "content": record.content,
            "seen_on": record.seen_on,
        }
        # Not where half of all are sampled by their digests: those become no findings.
        if record.domain is not None and not self.came_first:
            values["domain"] = record.domain
        if record.callback is not None and not self.came_first:
            values["callback"] = record.callback
        return Observation(
            detector=detector,
            kind=self.kind,
            ts=record.ts,
            rx_ts=self.rx,
            space="device",
            who=self.who,
            claimed=record.claimed,
            place=record.place,
            values=values,
            source=Source(topic, partition, int(batch.offset[row]), int(batch.index[row])),
        )


def join(
    state: Join, batch: Sms, register: Register, gates: Gates, topic: str = ""
) -> Iterator[JoinedMessage]:
    """What each row of a batch of a topic adds, in order; SMS are few beside measurements."""
    strange = _strange_cells(batch, register)
    for row in range(len(batch)):
        who = batch.device[row]
        record = Record(
            int(batch.ts_ms[row]),
            int(batch.rx_ms[row]),
            batch.message_ref[row],
            batch.sender[row],
            batch.content_hash[row],
            batch.url_domain[row],
            batch.callback[row],
            topic=topic,
        )
        received, sent = state.received.get(who, []), state.sent.get(who, [])
        if batch.source[row] in (SMS_DEVICE, SMS_COMPLAINT):
            _describe(record, batch, row, register, bool(strange[row]))
        if batch.source[row] == SMS_DEVICE:
            yield from _of_phone(who, record, row, sent, gates)
            _keep(state.received, who, record)
        elif batch.source[row] == SMS_COMPLAINT:
            record.rough = True
            if not any(_is_same(other, record, gates) for other in received):
                yield from _of_complaint(who, record, row, sent, gates)
                _keep(state.received, who, record)
        else:
            yield from _of_centre(who, record, row, received, gates)
            _keep(state.sent, who, record)
    newest_ms = int(batch.rx_ms.max(initial=0))
    if len(batch):
        state.passed(topic, newest_ms)
    _sweep(state, state.now_ms(topic, newest_ms), gates.horizon_ms)


def bits_of(content: object) -> int | None:
    """A similarity hash as a number; ``None`` where there is none that can be read."""
    try:
        return int(str(content), 16) if content is not None else None
    except ValueError:
        return None


def alike(one: int | None, other: int | None, most_bits: int) -> bool:
    """Whether two similarity hashes are near; unknown ones are alike (sender and time decide)."""
    return one is None or other is None or (one ^ other).bit_count() <= most_bits


def is_every_second(observation: Observation) -> bool:
    """Half of all observations, by their content: the same half whatever way they come."""
    return observation.digest()[0] % 2 == 0


def _of_phone(
    who: str, record: Record, row: int, sent: list[Record], gates: Gates
) -> Iterator[JoinedMessage]:
    partner = _free_partner(sent, record, gates)
    if partner is None:
        yield JoinedMessage("seen", who, record, record.rx, row)
        return
    partner.joined = record.joined = True
    if partner.topic == record.topic:
        yield JoinedMessage("vouched", who, record, record.rx, row, partner.rx - record.rx)
        return
    yield JoinedMessage("seen", who, record, record.rx, row)
    yield _answered(who, record, partner, row)


def _answered(who: str, record: Record, partner: Record, row: int) -> JoinedMessage:
    """The centre's record of a message that counts as reported already: so it comes after it."""
    rx = max(record.rx + 1, partner.rx)
    return JoinedMessage("vouched", who, record, rx, row, rx - record.rx)


def _of_complaint(
    who: str, record: Record, row: int, sent: list[Record], gates: Gates
) -> Iterator[JoinedMessage]:
    """A record of the centre's stays free for the phone's own, which may come later."""
    partner = next((other for other in sent if _is_same(other, record, gates)), None)
    newest = max((other.ts for other in sent), default=None)
    if partner is not None:
        record.joined = True
        delay_ms = partner.rx - record.rx
        yield JoinedMessage("vouched", who, record, record.rx, row, delay_ms, newest)
    elif record.rx - record.ts <= gates.horizon_ms - gates.rough_ms:
        # Of what is older the centre's record may be forgotten already.
        yield JoinedMessage("complained", who, record, record.rx, row, 0, newest)


def _of_centre(
    who: str, record: Record, row: int, received: list[Record], gates: Gates
) -> Iterator[JoinedMessage]:
    partner = _free_partner([other for other in received if not other.rough], record, gates)
    if partner is not None:
        partner.joined = record.joined = True
        if partner.topic != record.topic:
            yield _answered(who, partner, record, row)
            return
        yield JoinedMessage("vouched", who, partner, record.rx, row, max(1, record.rx - partner.rx))
        return
    partner = _free_partner([other for other in received if other.rough], record, gates)
    if partner is not None:
        partner.joined = True
        yield JoinedMessage(
            "vouched", who, partner, record.rx, row, max(1, record.rx - partner.rx), record.ts
        )


def _free_partner(records: list[Record], record: Record, gates: Gates) -> Record | None:
    free = (other for other in records if not other.joined)
    return next((other for other in free if _is_same(other, record, gates)), None)


def _is_same(one: Record, other: Record, gates: Gates) -> bool:
    if other.rx - one.rx > gates.horizon_ms:
        return False
    if one.ref is not None and other.ref is not None:
        return one.ref == other.ref
    window_ms = gates.rough_ms if one.rough or other.rough else gates.window_ms
    return (
        one.sender == other.sender
        and abs(one.ts - other.ts) <= window_ms
        and alike(bits_of(one.content), bits_of(other.content), gates.hash_bits)
    )


def _keep(records: dict[str, list[Record]], who: str, record: Record) -> None:
    mine = records.setdefault(who, [])
    mine.append(record)
    del mine[:-_MOST_RECORDS]


def _sweep(state: Join, now_ms: int, horizon_ms: int) -> None:
    """Forgets what is older than the horizon, at most once a minute of arrival time."""
    kinds = (state.received, state.sent)
    if now_ms - state.swept_ms < 60_000 and not any(is_full(len(records)) for records in kinds):
        return
    state.swept_ms = now_ms
    for records in kinds:
        if is_full(len(records)):
            last_ms = {who: max(r.rx for r in some) for who, some in records.items()}
            left = newest(last_ms, now_ms - horizon_ms)
            for who in [who for who in records if who not in left]:
                del records[who]
        for device in list(records):
            kept = [r for r in records[device] if now_ms - r.rx <= horizon_ms]
            if kept:
                records[device] = kept
            else:
                del records[device]


def _describe(record: Record, batch: Sms, row: int, register: Register, strange: bool) -> None:
    """What only the phone or its owner knows: whose subscriber, where, on which cell."""
    record.operator = _plmn(batch.subscription_mcc[row], batch.subscription_mnc[row])
    record.cell_operator = _plmn(batch.mcc[row], batch.mnc[row])
    record.claimed = identity_of(batch, row) if strange else None
    numbers = batch.mcc[row] + batch.mnc[row] + batch.area[row] + batch.cell[row]
    if not strange and batch.rat[row] and not np.isnan(numbers):
        record.seen_on = seen_on(batch, row)
    record.rat = int(batch.rat[row])
    record.place = _place(batch, row, register)
    if batch.source[row] == SMS_COMPLAINT and record.place is not None:
        reach_m = record.place.reach_m or record.place.accuracy_m or 0.0
        record.place = Place(record.place.lat, record.place.lon, reach_m=max(reach_m, ROUGH_M))


def _plmn(mcc: float, mnc: float) -> str | None:
    return None if np.isnan(mcc + mnc) else f"{int(mcc)}-{int(mnc)}"


def _place(batch: Sms, row: int, register: Register) -> Place | None:
    """The phone's own place, else that of the registered cell that the message came in on."""
    own = place_of(batch, row)
    if own is not None or np.isnan(batch.mcc[row] + batch.mnc[row] + batch.area[row]):
        return own
    one = batch.take(np.array([row], dtype=np.int64))
    cell = np.nan_to_num(one.cell, nan=-1.0).astype(np.int64)
    return place_in_register(
        register,
        one.rat,
        one.mcc.astype(np.int64),
        one.mnc.astype(np.int64),
        one.area.astype(np.int64),
        cell,
        one.ts_ms,
    )


def _strange_cells(batch: Sms, register: Register) -> Bool:
    """Rows whose cell, as far as given, the register doesn't have: those identities are claims."""
    given = (batch.rat > 0) & ~np.isnan(batch.mcc + batch.mnc + batch.area)
    mcc, mnc, area, cell = (
        np.nan_to_num(column, nan=-1.0).astype(np.int64)
        for column in (batch.mcc, batch.mnc, batch.area, batch.cell)
    )
    known = register.find(batch.rat, mcc, mnc, area, cell, batch.ts_ms) >= 0
    known |= np.isnan(batch.cell) & register.knows_area(batch.rat, mcc, mnc, area, batch.ts_ms)
    anywhere = np.zeros_like(batch.rat)
    return given & ~known & register.knows_plmn(anywhere, mcc, mnc)
