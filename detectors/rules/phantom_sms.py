"""A phone received an SMS that the operator never sent."""

from heapq import heappop, heappush
from math import log
from typing import ClassVar

import msgspec
import numpy as np

from detectors.columns import Batch, Bool, Sms
from detectors.finding import Family, Finding, Identity, Norm, Place, Source
from detectors.register import Register
from detectors.rule import Origin, Rule, Screened, identity_of, place_in_register, place_of
from detectors.vocabulary import SMS_COMPLAINT, SMS_DEVICE

#: Groups of like messages that a zone remembers of each operator.
_GROUPS = 256
#: Operators that a zone remembers: far more than serve one place, so only a liar names more.
_OPERATORS = 64


class Record(msgspec.Struct):
    """One record of a message as the join keeps it: what tells it from others, and of a phone's
    record also where it was and whose subscriber."""

    ts: int
    rx: int
    ref: str | None
    sender: str
    content: str | None
    place: Place | None = None
    operator: str | None = None


class Join(msgspec.Struct):
    """Screening state of a partition: each device's recent records, phone's and centre's."""

    seen: dict[str, list[Record]] = {}
    sent: dict[str, list[Record]] = {}
    swept_ms: int = 0


class Group(msgspec.Struct):
    """Like messages of one sender: how many phones told of, how many of those the centre sent."""

    sender: str
    content: int | None
    seen: int = 0
    vouched: int = 0


class Pending(msgspec.Struct):
    """A message that waits for the centre's record until ``due`` (arrival time, ms)."""

    due: int
    ts: int
    digest: bytes
    norm: Norm

    def __lt__(self, other: "Pending") -> bool:
        mine, theirs = (self.due, self.ts, self.digest), (other.due, other.ts, other.digest)
        return mine < theirs or (mine == theirs and self.norm.source < other.norm.source)


class Ledger(msgspec.Struct):
    """Judging state of one zone: what waits, and each operator's groups of like messages."""

    waiting: list[Pending] = []
    vouched: dict[str, int] = {}
    groups: dict[str, list[Group]] = {}


class PhantomSms(Rule, frozen=True, kw_only=True):
    """An SMS in a phone's log without a record of the operator's within the join window.

    What it sees: each message that a phone received, joined to the short-message centre's records
    of the same device: by `message_ref` where both have it, else by sender, similar content (64-bit
    similarity hashes at most `hash_bits` apart) and time. One that stays without a record for
    `join_window_s` of arrival time is judged against how complete the records of that operator
    otherwise are, in groups of one sender and like content. A lone missing message says little
    (`lone_weight`): among many honest ones some always miss theirs. Of several alike that all miss
    it the weight is the logarithm of one over the chance that honest ones do.

    Why a rogue station does it: sending SMS in a bank's name past the operator is what it is for.

    Why an honest network may: records cover a part of the traffic only (other networks' senders,
    the second SIM's operator), come late, or the feed has stopped. Without any record of an
    operator the rule stays silent about it; with a stopped feed all groups go missing at once,
    which lowers the weight as it goes on, and the family alone never makes an alert.

    References: detection notes E1, E3, E6, R5, F29; Polystar's check of spam reports.

    >>> both = {"sender": ["10086", "10086", "95588"], "source": [SMS_DEVICE, 2, SMS_DEVICE]}
    >>> sim = {"subscription_mcc": [460] * 3, "subscription_mnc": [0] * 3}
    >>> sms = Sms.of(ts_ms=[0, 0, 9000], device=["a", "a", "b"], **both, **sim)
    >>> rule, join, ledger = PhantomSms(), Join(), Ledger()
    >>> for norm in rule.screen(join, sms, Register.empty(), Origin("sms.metadata", 0)).norms:
    ...     rule.hear(ledger, norm)
    >>> [(finding.detector, finding.who) for finding in rule.judge(ledger, 189_000)]
    [('phantom_sms', 'b')]
    """

    name: ClassVar[str] = "phantom_sms"
    version: ClassVar[int] = 1
    family: ClassVar[Family] = "sms"
    reads: ClassVar[tuple[type[Batch], ...]] = (Sms,)
    horizon_ms: ClassVar[int] = 900_000

    join_window_s: float = 180.0
    hash_bits: int = 6
    max_weight: float = 3.0
    lone_weight: float = 0.3
    cap: float = 6.5

    @classmethod
    def tells(cls, who: str, claimed: str, values: dict[str, str | int | float | None]) -> str:
        return f"{who} received SMS as {values.get('sender')} that the operator never sent"

    def new_state(self) -> Join:
        return Join()

    def screen(self, state: Join, batch: Batch, register: Register, origin: Origin) -> Screened:
        """Joins row by row, in order; SMS are few beside measurements."""
        assert isinstance(batch, Sms)
        norms: list[Norm] = []
        strange = _strange_cells(batch, register)
        for row in np.flatnonzero(batch.source != SMS_COMPLAINT).tolist():
            record = Record(
                int(batch.ts_ms[row]),
                int(batch.rx_ms[row]),
                batch.message_ref[row],
                batch.sender[row],
                batch.content_hash[row],
            )
            device = batch.device[row]
            told = bool(batch.source[row] == SMS_DEVICE)
            if told:
                record.place = _place(batch, row, register)
                record.operator = _operator(batch, row)
            mine, theirs = (state.seen, state.sent) if told else (state.sent, state.seen)
            partner = self._partner(theirs.get(device, []), record)
            if partner is None:
                mine.setdefault(device, []).append(record)
            else:
                theirs[device].remove(partner)
            source = Source(
                origin.topic, origin.partition, int(batch.offset[row]), int(batch.index[row])
            )
            if told:
                claimed = identity_of(batch, row) if strange[row] else None
                norms.append(self._norm("seen", device, record, record.rx, claimed, source))
            if partner is not None:
                seen = record if told else partner
                norms.append(self._norm("vouched", device, seen, record.rx, None, source))
        self._sweep(state, int(batch.rx_ms.max(initial=0)))
        return Screened(norms=norms)

    def _partner(self, records: list[Record], record: Record) -> Record | None:
        window_ms = self.join_window_s * 1000
        for other in records:
            if record.rx - other.rx > self.horizon_ms:
                continue
            if other.ref is not None and record.ref is not None:
                if other.ref == record.ref:
                    return other
            elif (
                other.sender == record.sender
                and abs(other.ts - record.ts) <= window_ms
                and _alike(_bits(other.content), _bits(record.content), self.hash_bits)
            ):
                return other
        return None

    def _norm(
        self, kind: str, who: str, seen: Record, rx: int, claimed: Identity | None, source: Source
    ) -> Norm:
        return Norm(
            detector=self.name,
            kind=kind,
            ts=seen.ts,
            rx_ts=rx,
            space="device",
            who=who,
            claimed=claimed,
            place=seen.place,
            values={"sender": seen.sender, "content": seen.content, "operator": seen.operator},
            source=source,
        )

    def _sweep(self, state: Join, now_ms: int) -> None:
        """Forgets what is older than the horizon, at most once a minute of arrival time."""
        if now_ms - state.swept_ms < 60_000:
            return
        state.swept_ms = now_ms
        for records in (state.seen, state.sent):
            for device in list(records):
                kept = [r for r in records[device] if now_ms - r.rx <= self.horizon_ms]
                if kept:
                    records[device] = kept
                else:
                    del records[device]

    def new_judgement(self) -> Ledger:
        return Ledger()

    def hear(self, state: Ledger, norm: Norm) -> None:
        if norm.kind == "seen":
            due = norm.rx_ts + int(self.join_window_s * 1000)
            heappush(state.waiting, Pending(due, norm.ts, norm.digest(), norm))
        else:
            state.vouched[_message(norm)] = norm.rx_ts

    def next_due_ms(self, state: Ledger) -> int | None:
        return state.waiting[0].due if state.waiting else None

    def judge(self, state: Ledger, until_ms: int) -> list[Finding]:
        findings = []
        while state.waiting and state.waiting[0].due <= until_ms:
            pending = heappop(state.waiting)
            vouched = state.vouched.pop(_message(pending.norm), None) is not None
            weight = self._weigh(state, pending.norm, vouched)
            if weight > 0.0:
                findings.append(self._finding(pending, weight))
        oldest = until_ms - self.horizon_ms
        for key in [key for key, rx in state.vouched.items() if rx < oldest]:
            del state.vouched[key]
        return findings

    def _weigh(self, state: Ledger, norm: Norm, vouched: bool) -> float:
        """Counts the message into its group; the weight of its missing, 0 where it tells nothing.

        That n honest messages of a group all miss their record has the chance u + (1 - u) m^n: u
        the share of the operator's other groups that never had one (with one pseudo-count each way:
        a sender on a route that passes the centre by misses it every time), m the share missing
        within those that had.
        """
        operator = norm.values.get("operator")
        sender, content = str(norm.values["sender"]), _bits(norm.values.get("content"))
        groups = state.groups.setdefault(str(operator), [])
        if len(state.groups) > _OPERATORS:
            del state.groups[next(iter(state.groups))]
        own = next(
            (
                g
                for g in groups
                if g.sender == sender and _alike(g.content, content, self.hash_bits)
            ),
            None,
        )
        if own is None:
            own = Group(sender, content)
            groups.append(own)
            del groups[:-_GROUPS]
        own.seen += 1
        own.vouched += vouched
        if vouched or operator is None:
            return 0.0
        covered = [g for g in groups if g.vouched]
        if not covered or own.vouched:
            return 0.0
        if own.seen == 1:
            return self.lone_weight
        bare = sum(1 for g in groups if not g.vouched and g is not own)
        uncovered = (bare + 1) / (bare + len(covered) + 2)
        seen = sum(g.seen for g in covered)
        missing = (seen - sum(g.vouched for g in covered) + 1) / (seen + 2)
        all_missing: float = missing**own.seen
        return min(self.max_weight, -log(uncovered + (1 - uncovered) * all_missing))

    def _finding(self, pending: Pending, weight: float) -> Finding:
        norm = pending.norm
        return Finding(
            detector=self.name,
            version=self.version,
            family=self.family,
            ts=norm.ts,
            rx_ts=pending.due,
            weight=round(weight, 3),
            cap=self.cap,
            space=norm.space,
            who=norm.who,
            claimed=norm.claimed,
            place=norm.place,
            values={"sender": norm.values["sender"], "content": norm.values.get("content")},
            source=norm.source,
        )


def _message(norm: Norm) -> str:
    """What links a phone's record to the centre's word for it."""
    return f"{norm.who}|{norm.ts}|{norm.values['sender']}|{norm.values.get('content')}"


def _bits(content: object) -> int | None:
    try:
        return int(str(content), 16) if content is not None else None
    except ValueError:
        return None


def _alike(one: int | None, other: int | None, most_bits: int) -> bool:
    """Whether two similarity hashes are near; unknown ones are alike (sender and time decide)."""
    return one is None or other is None or (one ^ other).bit_count() <= most_bits


def _operator(batch: Sms, row: int) -> str | None:
    """PLMN of the subscription, else of the cell that the message came in on."""
    for mcc, mnc in ((batch.subscription_mcc, batch.subscription_mnc), (batch.mcc, batch.mnc)):
        if not np.isnan(mcc[row] + mnc[row]):
            return f"{int(mcc[row])}-{int(mnc[row])}"
    return None


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
    """Rows whose cell, as far as told, the register doesn't have: those identities are claims."""
    told = (batch.rat > 0) & ~np.isnan(batch.mcc + batch.mnc + batch.area)
    mcc, mnc, area, cell = (
        np.nan_to_num(column, nan=-1.0).astype(np.int64)
        for column in (batch.mcc, batch.mnc, batch.area, batch.cell)
    )
    known = register.find(batch.rat, mcc, mnc, area, cell, batch.ts_ms) >= 0
    known |= np.isnan(batch.cell) & register.knows_area(batch.rat, mcc, mnc, area, batch.ts_ms)
    anywhere = np.zeros_like(batch.rat)
    return told & ~known & register.knows_plmn(anywhere, mcc, mnc)
