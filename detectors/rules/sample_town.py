"""A small town, of which the samples of rules and their tests are made.

It has four registered cells, one a RAT, on one site. Everything has a default, so that a sample
names only what it is about.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final, TypeAlias, TypeVar

import msgspec

from detectors.features.callers.callers import Callers
from detectors.features.facts import Facts, Origin
from detectors.features.phones.phones import Phones
from detectors.features.remembered import remember
from detectors.features.rule import AnyRule, Screened
from detectors.model import columns
from detectors.model.codes import GSM, LTE, NR, UMTS
from detectors.model.finding import Finding, Observation, Source
from detectors.model.rare_messages import NumberRow, PublicReport, Reputation, SubscriberChange
from detectors.register.register import Register
from detectors.sites.site_census import SiteCensus, reports_of
from geo.earth.sphere import offset

B = TypeVar("B", bound=columns.Batch)
#: Fields of one message; ``at_s`` and ``rx_s`` are its times in seconds after ``T0``.
Row = dict[str, Any]
#: What a sample is made of: batches, and lists of rare messages.
Piece: TypeAlias = columns.Batch | list[msgspec.Struct]
Rare = TypeVar("Rare", bound=msgspec.Struct)

T0: Final = 1_700_000_000_000
LAT, LON = 39.90, 116.40
CELLS: Final = {GSM: (4200, 11), UMTS: (4300, 21), LTE: (4100, 1001), NR: (5000, 31)}


class Town:
    """Builders; times are in seconds after ``t0_ms``, places in metres from the site."""

    t0_ms = T0
    cells = CELLS

    def at(self, east_m: float = 0.0, north_m: float = 0.0) -> tuple[float, float]:
        """Latitude and longitude so far east and north of the site."""
        lat, lon = offset(LAT, LON, east_m, north_m)
        return round(float(lat), 6), round(float(lon), 6)

    def register(self, *more: Row, **every: Any) -> Register:
        """The town's four cells with ``every`` changed in each, then ``more`` rows."""
        rows = [
            {"rat": rat, "area": area, "cell": cell, **every} for rat, (area, cell) in CELLS.items()
        ]
        return self.register_of(*rows, *more)

    def register_of(self, *rows: Row) -> Register:
        """A register of these rows only; masts of known place at the site unless given."""
        fixed = {"ts_ms": T0, "mcc": 460, "mnc": 0, "lat": LAT, "lon": LON}
        fixed |= {"range_m": 1000.0, "samples": 50.0, "changeable": 0.0}
        return Register.from_rows(_of(columns.RegisterRows, [{**fixed, **row} for row in rows]))

    def register_listing(self, *rows: Row) -> Register:
        """The town's cells, with the operator's list of some numbers or ranges."""
        topic, listed = "number.register", list[NumberRow]()
        for number, row in enumerate(rows):
            listed.append(NumberRow(rx_ts=T0, source=Source(topic, 0, number, -1), **row))
        known = self.register()
        return known.with_numbers(known.numbers.updated(listed))

    def findings(
        self, rule: AnyRule, *pieces: Piece, register: Register | None = None, **every: Any
    ) -> list[Finding]:
        """What both halves of a rule find; ``every`` as in `register`. Observations are taken in
        order of arrival, and what is due between them in its turn."""
        known = register or self.register(**every)
        state, zone, steps = rule.new_state(), rule.new_zone_state(), []
        phones, callers = Phones(), Callers()
        batches = [piece for piece in pieces if isinstance(piece, columns.Batch)]
        for batch in batches:
            facts = self.facts(batch, known, phones, callers)
            if rule.concerns(facts):
                steps.append(rule.screen(state, facts))
            remember(facts)
        steps.append(Screened(observations=rule.sums_due(state, 1 << 60, Origin("town", 0))))
        steps += [read_rare(rule, piece) for piece in pieces if isinstance(piece, list)]
        for census in self.reports(rule, batches, known):
            rule.take_reports(zone, reports_of(census))
        observations = [observation for step in steps for observation in step.observations]
        found = [finding for step in steps for finding in step.findings]
        for observation in sorted(observations, key=lambda each: each.rx_ts):
            while (due := rule.next_due_ms(zone)) is not None and due < observation.rx_ts:
                found += rule.evaluate(zone, due)
            rule.observe(zone, observation)
        return found + rule.evaluate(zone, 1 << 60)

    def facts(
        self,
        batch: B,
        register: Register | None = None,
        phones: Phones | None = None,
        callers: Callers | None = None,
    ) -> Facts[B]:
        """A batch as rules get it."""
        known = register or self.register()
        memories = Phones() if phones is None else phones, Callers() if callers is None else callers
        return Facts(batch, known, Origin("town", 0), *memories)

    def reports(
        self, rule: AnyRule, batches: Iterable[columns.Batch], register: Register
    ) -> list[Observation]:
        """The ordinary reports of some batches, if a rule looks at them."""
        census = SiteCensus()
        for batch in batches:
            if rule.of_reports and isinstance(batch, columns.Measurements):
                census.take(self.facts(batch, register))
        return census.due(1 << 60, Origin("town", 0))

    def measurements(self, *rows: Row, **every: Any) -> columns.Measurements:
        """Phones on the town's LTE cell, 100 m from it, one a row, a second apart."""
        lat, lon = self.at(100.0)
        fixed = {"rat": LTE, "lat": lat, "lon": lon, "accuracy_m": 10.0, "position_source": 1}
        fixed |= {"signal_dbm": -85.0, "mcc": 460, "mnc": 0}
        return _of(columns.Measurements, _timed(rows or ({},), {**fixed, **every}, "device"))

    def signalling(self, *rows: Row, **every: Any) -> columns.Signalling:
        """Tracking area updates that the core saw on the town's LTE cell; without a place."""
        fixed = {"rat": LTE, "source": 1, "procedure": 4, "outcome": 1, "mcc": 460, "mnc": 0}
        return _of(columns.Signalling, _timed(rows or ({},), {**fixed, **every}, "subscriber"))

    def sms(self, *rows: Row, **every: Any) -> columns.Sms:
        """Messages that phones received on the town's LTE cell, 100 m from it."""
        lat, lon = self.at(100.0)
        fixed = {"source": 1, "sender": "95588", "content_hash": "00000000000000ff", "rat": LTE}
        fixed |= {"mcc": 460, "mnc": 0, "lat": lat, "lon": lon, "accuracy_m": 10.0}
        fixed |= {"subscription_mcc": 460, "subscription_mnc": 0}
        return _of(columns.Sms, _timed(rows or ({},), {**fixed, **every}, "device"))

    def calls(self, *rows: Row, **every: Any) -> columns.Calls:
        """Answered calls of subscribers of Shanghai to others of Beijing, each of a number of its
        own, recorded once by their own operator's switch."""
        fixed: Row = {
            "point": 3,
            "caller_prefix": 8613912,
            "caller_digits": 7,
            "caller_length": 13.0,
        }
        fixed |= {"caller_nai": 4.0, "caller_npi": 1.0, "callee_prefix": 8613810}
        fixed |= {"callee_digits": 7, "callee_length": 13.0, "callee_region": "10", "ingress": 3}
        fixed |= {"answered": True, "ring_ms": 8000.0, "duration_ms": 40_000.0, "cause": 16.0}
        fixed |= {"released_by": 1, "number_class": 2, "home_region": "21", "rat": 0}
        timed = _timed(rows or ({},), {**fixed, **every}, "caller")
        for number, row in enumerate(timed):
            row.setdefault("callee", f"c{number}")
            row.setdefault("call_ref", f"ref-{row['caller']}-{row['ts_ms']}")
        return _of(columns.Calls, timed)

    def changes(self, *rows: Row, **every: Any) -> list[msgspec.Struct]:
        """Subscribers whose SIM was replaced, a second apart."""
        return _rare(SubscriberChange, rows, {"kind": "sim_replaced", **every}, "subscriber")

    def complaints(self, *rows: Row, **every: Any) -> list[msgspec.Struct]:
        """Complaints of people about one caller each, by the same app."""
        fixed = {"by": "app", "about": "call", "number": "n0", "prefix": "8613912", "length": 13}
        return _rare(PublicReport, rows, {**fixed, **every}, "reporter")

    def marks(self, *rows: Row, **every: Any) -> list[msgspec.Struct]:
        """Numbers that an app marks as scams, after fifty people."""
        fixed = {"by": "app", "mark": "scam", "count": 50, "prefix": "8613912", "length": 13}
        return _rare(Reputation, rows, {**fixed, **every}, "number")

    def field(self, *rows: Row, **every: Any) -> columns.FieldMeasurements:
        """Readings of teams that receive the made-up GSM cell, 500 m east of the site."""
        lat, lon = self.at(500.0)
        fixed = {"rat": GSM, "lat": lat, "lon": lon, "accuracy_m": 8.0, "position_source": 1}
        fixed |= {"signal_dbm": -70.0, "mcc": 460, "mnc": 0, "area": 61001, "cell": 7}
        return _of(columns.FieldMeasurements, _timed(rows or ({},), {**fixed, **every}, "device"))


TOWN: Final = Town()


def read_rare(rule: AnyRule, messages: Iterable[msgspec.Struct]) -> Screened:
    """What a rule's second half gets of some rare messages."""
    read = [rule.read_rare(one) for one in messages if isinstance(one, rule.rare)]
    return Screened(observations=[each for each in read if each is not None])


def _timed(rows: Sequence[Row], every: Row, who: str) -> list[Row]:
    """Rows with their times, names and identities; ``at_s`` and ``rx_s`` are seconds after T0."""
    timed = []
    for number, given in enumerate(rows):
        row = {who: f"d{number}", "at_s": float(number), **every, **given}
        at_s = row.pop("at_s")
        row["ts_ms"] = T0 + round(at_s * 1000)
        row["rx_ms"] = T0 + round(row.pop("rx_s", at_s) * 1000)
        if "rat" in row and who != "caller":
            area, cell = CELLS[row["rat"] or LTE]
            row = {"area": area, "cell": cell, **row}
        timed.append(row)
    return timed


def _rare(kind: type[Rare], rows: Sequence[Row], every: Row, who: str) -> list[msgspec.Struct]:
    """Messages in order, each with a record of its own."""
    topic, messages = kind.__name__, list[msgspec.Struct]()
    for number, row in enumerate(_timed(rows or ({},), every, who)):
        messages.append(kind(source=Source(topic, 0, number, -1), **_renamed_times(row)))
    return messages


def _renamed_times(row: Row) -> Row:
    return {{"ts_ms": "ts", "rx_ms": "rx_ts"}.get(name, name): row[name] for name in row}


def _of(kind: type[B], rows: Sequence[Row]) -> B:
    names = {"ts_ms"} | {name for row in rows for name in row}
    columns: dict[str, list[Any]] = {name: [row.get(name) for row in rows] for name in names}
    neighbours = columns.pop("neighbours", [None] * len(rows))
    entries = [{"row": n, **each} for n, listed in enumerate(neighbours) for each in listed or ()]
    if entries:
        columns["neighbours"] = entries
    batch: B = kind.of(**columns)
    return batch
