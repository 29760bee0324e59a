"""What a rule is: frozen parameters, and pure steps over batches.

A rule is one folder under ``detectors/rules/``, named after what it observes. Its fields are its
parameters, decoded straight from the YAML mapping of the same name. It works in two halves:

``screen``
    sees every message of the batches that it reads, one source partition at a time, and may keep
    state of single devices only, so that it doesn't depend on how many partitions there are. It
    lets through findings, and observations for its second half.
``observe`` and ``evaluate``
    run where findings are fused, over the observations of one zone in order of arrival. Rules that
    need more than one device's history do it here.

A rule never decides that there is a transmitter: it says how much likelier a message is near one.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final, Generic, Protocol, TypeAlias, TypeVar, cast, get_args

import msgspec
import numpy as np
from numpy.typing import NDArray

from detectors.features.facts import Facts, Origin, ReadBatch
from detectors.features.rows.placed_reports import Reports
from detectors.features.rows.travelling import Many
from detectors.model.codes import RATS, text_of
from detectors.model.columns import Batch, Calls, Measurements, Signalling
from detectors.model.finding import (
    AlertKind,
    Family,
    Finding,
    Identity,
    Observation,
    Place,
    Source,
    Space,
)
from detectors.model.parameters import Cap


@dataclass(frozen=True, slots=True)
class Screened:
    """What one step lets through."""

    findings: list[Finding] = field(default_factory=list)
    observations: list[Observation] = field(default_factory=list)
    #: Levels and samples, many of which travel together.
    many: list[Many] = field(default_factory=list)

    def sent(self) -> list[Observation]:
        """All observations, those of many last."""
        return self.observations + [one for name, rows in self.many for one in rows.many(name)]


ScreenState = TypeVar("ScreenState")
StateInZone = TypeVar("StateInZone")


class Learner(Protocol):
    """A zone's state of a rule that learns for good: see `Rule.learned` and `Rule.take_up`."""

    def learned(self) -> msgspec.Struct:
        """What is kept of it."""

    def take_up(self, learned: Any, now_ms: int) -> None:
        """Puts that into a fresh state."""


class Rule(
    msgspec.Struct,
    Generic[ReadBatch, ScreenState, StateInZone],
    frozen=True,
    forbid_unknown_fields=True,
    kw_only=True,
):
    """Base of all rules. ``enabled`` false leaves the rule out.

    A rule names three types with its base, as in ``Rule[Measurements, Probes, Ledger]``: batches
    that it reads (several as a union), and its states in screening and in a zone; ``None`` for no
    state, ``Never`` for no batches. ``reads`` and fresh states are made from them.

    Class facts: ``name`` (folder, YAML key, finding id), ``version`` (raised whenever old
    recordings may say something new), ``family`` of its evidence, ``reads`` the batch types.
    ``rare`` are types of rare messages that it reads as well (`read_rare`). ``also`` are families
    of evidence that its findings rest on beside its own. ``alert_kind`` is what its findings show a
    transmitter to be, if they show that at all; ``horizon_ms`` is how far back in arrival time its
    screening state reaches. ``of_sites`` says that its findings rest on where the register has a
    site, and so may mean that the row is wrong; ``of_listed`` that they name cells of the register,
    ``of_strangers`` identities which nobody has; ``by_rate`` that strays bring its findings anyway:
    devices count by how fast they come; ``own_cause`` that no innocent cause of other rules of its
    family brings its findings about; ``contains`` how many nats of other rules' findings its own
    are about, too, which would be counted twice; ``of_reach`` that cells which are received far
    beyond their range bring them, too; ``against_core`` that they contradict where the core had a
    phone, which cells that the register lacks don't; ``of_reports`` that it also looks at ordinary
    reports (`take_reports`); ``weighs_unrung`` that they weigh more of a number that is hardly
    rung, ``rung_anyway`` that who rings it speaks for nobody, ``of_rows`` that a firm whose row of
    the operator's list is out of date brings them, ``of_carriers`` that a carrier which garbles the
    numbers of all whom it passes on does, ``sums_up`` that each is about all that a number did of
    late, or weighed by all that came, so that the newest says what the earlier ones did
    (`detectors.calls.fusion`).
    ``learned_type`` is of what its zones learn for good (`learned`), ``None`` where they don't.
    """

    name: ClassVar[str]
    version: ClassVar[int]
    family: ClassVar[Family]
    reads: ClassVar[tuple[type[Batch], ...]]
    rare: ClassVar[tuple[type[msgspec.Struct], ...]] = ()
    also: ClassVar[frozenset[Family]] = frozenset()
    alert_kind: ClassVar[AlertKind | None] = None
    horizon_ms: ClassVar[int] = 0
    of_sites: ClassVar[bool] = False
    of_listed: ClassVar[bool] = False
    of_strangers: ClassVar[bool] = False
    by_rate: ClassVar[bool] = False
    own_cause: ClassVar[bool] = False
    contains: ClassVar[Mapping[str, float]] = {}
    of_reach: ClassVar[bool] = False
    against_core: ClassVar[bool] = False
    of_reports: ClassVar[bool] = False
    weighs_unrung: ClassVar[bool] = False
    rung_anyway: ClassVar[bool] = False
    of_rows: ClassVar[bool] = False
    of_carriers: ClassVar[bool] = False
    sums_up: ClassVar[bool] = False
    learned_type: ClassVar[type[msgspec.Struct] | None] = None
    _state_types: ClassVar[tuple[Any, Any]]

    enabled: bool = True
    cap: Cap = 5.0

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        for base in cls.__dict__.get("__orig_bases__", ())[:1]:
            batches, *states = get_args(base)
            if not isinstance(batches, TypeVar):
                cls.reads = tuple(k for k in get_args(batches) or (batches,) if isinstance(k, type))
                cls._state_types = (states[0], states[1])

    def observation(
        self, kind: str, batch: ReadBatch, row: int, source: Source, **more: Any
    ) -> Observation:
        """An observation about one row of a batch; ``more`` are its further fields."""
        fields = {**_who_and_when(batch, row), "source": source, **more}
        return Observation(detector=self.name, kind=kind, **fields)

    def finding_in_row(
        self, batch: ReadBatch, row: int, source: Source, weight: float, **more: Any
    ) -> Finding:
        """A finding about one row of a batch; ``more`` are its further fields, or another cap."""
        return self._finding_of({**_who_and_when(batch, row), "source": source, **more}, weight)

    def finding_about(self, observation: Observation, weight: float, **more: Any) -> Finding:
        """A finding about what was observed, but for what ``more`` says otherwise."""
        kept = {name: getattr(observation, name) for name in _KEPT}
        return self._finding_of({**kept, **more}, weight)

    def _finding_of(self, fields: dict[str, Any], weight: float) -> Finding:
        return Finding(
            detector=self.name,
            version=self.version,
            family=self.family,
            weight=weight,
            **{"cap": self.cap, **fields},
        )

    def new_state(self) -> ScreenState:
        """Fresh screening state of one source partition; it must survive pickling."""
        state: ScreenState = self._state_types[0]()
        return state

    def concerns(self, facts: Facts[ReadBatch]) -> bool:
        """Whether a batch holds anything that the rule looks at; where it doesn't, `screen` isn't
        asked, and would neither let anything through nor change its state."""
        return True

    def screen(self, state: ScreenState, facts: Facts[ReadBatch]) -> Screened:
        """One step of the first half; ``state`` belongs to the caller and is brought up to date."""
        raise NotImplementedError

    def sums_due(self, state: ScreenState, until_ms: int, origin: Origin) -> list[Observation]:
        """What the first half sums up (`detectors.features.calls.windows`), as far as it is due."""
        return []

    def read_rare(self, message: Any) -> Observation | None:
        """What its second half gets of a rare message, one of ``rare``."""
        raise NotImplementedError

    def new_zone_state(self) -> StateInZone:
        """Fresh state of one zone: plain data."""
        state: StateInZone = self._state_types[1]()
        return state

    def observe(self, state: StateInZone, observation: Observation) -> None:
        """Takes one observation of this rule into the zone's state, in order of arrival."""

    def take_reports(self, state: StateInZone, reports: Reports) -> None:
        """Takes ordinary reports of one window into the zone's state; asked of rules that are
        ``of_reports``."""

    def next_due_ms(self, state: StateInZone) -> int | None:
        """Arrival time at which `evaluate` next returns something; ``None`` for nothing."""
        return None

    def level_deviations(
        self, state: StateInZone, observation: Observation
    ) -> list[tuple[float, float]]:
        """By how much the phone behind an observation, just taken in, measured each of some cells
        above what others do at its place (dB), each with its variance (dB2).

        Only a rule that compares phones knows any; what a phone reads high or low is learned from
        them (`detectors.context.device_offsets`).
        """
        return []

    def lateness_nats(self, state: StateInZone, observation: Observation) -> float | None:
        """How much likelier it is of a phone that a transmitter holds than of another that the
        report behind an observation, just taken in, is as late (nats); ``None`` where a rule
        doesn't look at that (`detectors.sites.cell_service`)."""
        return None

    def learned(self, state: StateInZone) -> msgspec.Struct | None:
        """What of a zone's state an installation's profile keeps: a ``learned_type``, as the state
        gives it, if it learns.

        Counts and places only, nothing of a device's or subscriber's, nor what rests on unbroken
        watching: after a gap all that began in it would look new.
        """
        return None if self.learned_type is None else cast(Learner, state).learned()

    def take_up(self, state: StateInZone, learned: Any, now_ms: int) -> None:
        """Puts what `learned` gave, at whatever time before, into a fresh state at arrival time
        ``now_ms``. The time between counts as not watched."""
        cast(Learner, state).take_up(learned, now_ms)

    def evaluate(self, state: StateInZone, until_ms: int) -> list[Finding]:
        """Findings that fall due up to and including ``until_ms``, each at its own ``rx_ts``."""
        return []


#: What a finding has of the observation that it is about.
_KEPT: Final = (
    *("ts", "rx_ts", "space", "who", "claimed", "place"),
    *("signal_dbm", "timing_advance", "ta_step_m", "of_calls", "source"),
)

#: A rule whatever it reads and remembers, for those who keep states and batches apart themselves.
AnyRule: TypeAlias = Rule[Any, Any, Any]


def iterate(batch: Batch, rows: NDArray[np.int64], origin: Origin) -> Iterator[tuple[int, Source]]:
    """Row numbers as plain ints, each with the source that findings must name."""
    for row in rows.tolist():
        yield row, source_of(batch, row, origin)


def source_of(batch: Batch, row: int, origin: Origin) -> Source:
    """The input record of a row."""
    return Source(origin.topic, origin.partition, int(batch.offset[row]), int(batch.index[row]))


def identity_of(batch: Any, row: int) -> Identity:
    """The identity in the columns ``rat mcc mnc area cell arfcn pci``, as far as given."""
    return Identity(
        text_of(int(batch.rat[row]), RATS),
        *(_whole(getattr(batch, name, None), row) for name in ("mcc", "mnc", "area", "cell")),
        *(_whole(getattr(batch, name, None), row) for name in ("arfcn", "pci")),
    )


def place_of(batch: Any, row: int) -> Place | None:
    """The phone's own place in ``row``, where it is given."""
    lat, lon = float(batch.lat[row]), float(batch.lon[row])
    return None if lat != lat or lon != lon else Place(lat, lon, optional(batch.accuracy_m[row]))


def optional(value: float) -> float | None:
    """``None`` for NaN, else a plain float: how a column's cell leaves the columns."""
    return None if value != value else float(value)


def advance_of(batch: Measurements, row: int) -> dict[str, float | None]:
    """The timing advance of a measurement, and the length of its step (m) where it gives one."""
    return {name: optional(getattr(batch, name)[row]) for name in ("timing_advance", "ta_step_m")}


def _who_and_when(batch: Any, row: int) -> dict[str, Any]:
    when = {"ts": int(batch.ts_ms[row]), "rx_ts": int(batch.rx_ms[row])}
    if isinstance(batch, Calls):
        # A number that is withheld has no pseudonym.
        return {**when, "space": "number", "who": batch.caller[row] or ""}
    space: Space = "subscriber" if isinstance(batch, Signalling) else "device"
    return {**when, "space": space, "who": getattr(batch, space)[row]}


def _whole(column: Any, row: int) -> int | None:
    return None if column is None or column[row] != column[row] else int(column[row])
