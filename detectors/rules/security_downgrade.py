"""A phone is served with less protection than its network is wont to give."""

from math import log
from typing import ClassVar, Final, NamedTuple

import msgspec
import numpy as np

from detectors.columns import Batch, Bool, Signalling
from detectors.finding import Family, Finding, Norm
from detectors.register import Register
from detectors.returns import is_sampled
from detectors.rule import Origin, Rule, Screened
from detectors.serving import LISTED, Cell, Serving, told_area
from detectors.vocabulary import (
    CIPHERS,
    CORE,
    DEVICE,
    GSM,
    INTEGRITIES,
    OUTCOMES,
    PROCEDURES,
    code_of,
    word_of,
)

_SECURITY: Final = code_of("security_mode", PROCEDURES)
_CHALLENGE: Final = code_of("authentication_request", PROCEDURES)
_UPDATE: Final = code_of("location_update", PROCEDURES)
_ACCEPT, _REJECT, _ABORT = (code_of(word, OUTCOMES) for word in ("accept", "reject", "abort"))

#: How much an algorithm protects: nothing, little (A5/1 and A5/2 are broken), or well.
_NULL, _WEAK, _GOOD = 0, 1, 2
_WEAK_CIPHERS: Final = ("A5/1", "A5/2")
_UNTOLD_GRADE: Final = 255
#: Grade by code.
_CIPHER_GRADES: Final = np.array(
    [_UNTOLD_GRADE]
    + [
        _NULL if word.endswith("0") else _WEAK if word in _WEAK_CIPHERS else _GOOD
        for word in CIPHERS
    ],
    dtype=np.uint8,
)
_INTEGRITY_GRADES: Final = np.array(
    [_UNTOLD_GRADE] + [_NULL if word.endswith("0") else _GOOD for word in INTEGRITIES],
    dtype=np.uint8,
)
_NETWORKS: Final = 256
_CELLS_OF_A_PHONE: Final = 8
#: Registered cells on which a phone is believed to have been unprotected.
_BELIEVED_CELLS: Final = 2


class Step(NamedTuple):
    """What is read of one row; ``at`` is its place among the rows of its batch that are read."""

    at: int
    who: str
    ts: int
    rx: int
    by_core: bool
    is_gsm: bool
    procedure: int
    outcome: int
    cipher: int
    integrity: int

    def aspects(self) -> list[tuple[str, int]]:
        """What was chosen, and how good it is."""
        told = (("cipher", self.cipher), ("integrity", self.integrity))
        return [(aspect, grade) for aspect, grade in told if grade != _UNTOLD_GRADE]


class Phone(msgspec.Struct):
    """Screening state of one device: its connection, and what it has been counted for."""

    rx: int = 0
    opened_ts: int | None = None
    home: Cell | None = None
    said: dict[str, int] = {}
    bare_cells: dict[str, list[Cell]] = {}


class Phones(msgspec.Struct):
    """Screening state of a partition: devices by name."""

    by_name: dict[str, Phone] = {}
    swept_ms: int = 0


class Grades(msgspec.Struct):
    """How many phones were protected how well: by `_NULL`, `_WEAK`, `_GOOD`."""

    counts: list[float] = []


class Ledger(msgspec.Struct):
    """Judging state of one zone: grades by network, RAT and aspect, and findings that are due."""

    usual: dict[str, Grades] = {}
    due: list[Finding] = []
    halved_ms: int = 0


class SecurityDowngrade(Rule, frozen=True, kw_only=True):
    """A null or weak cipher, null integrity, or no authentication, where others have better.

    What it sees, on a phone's own port: the algorithms that a security mode command chooses, and in
    GSM, location updates that were accepted without any authentication or ciphering.

    Why a rogue station does it: it has no keys, so it can only turn protection off, or choose what
    it can break.

    Why an honest network may, each with a parameter that turns the excuse off:

    * `excuse_usual` (F26): some networks cipher little, authenticate seldom, or use nothing better
      than A5/1. The weight is the logarithm of one over the share of phones that this network, in
      this RAT, protects no better. Without `least_phones` to learn that from, a cipher says
      nothing; null integrity, which only emergency calls may have (TS 33.401 5.1.4.1), is held to
      be as rare as `null_integrity_share` until more is known. What the core network chose counts
      for the norm, one in `sample_one_in` chosen by content.
    * `excuse_parsers` (F16): a phone whose port is misread says the same of several registered
      cells; the second such cell is the last that is believed of it.

    References: detection notes R10, D4, D5, D7, D8, D15; rayhunter; SnoopSnitch's C1 and C5.

    >>> cell = {"rat": [3], "mcc": [460], "mnc": [0], "area": [61001], "cell": [7]}
    >>> null = {"procedure": [_SECURITY], "integrity": [code_of("EIA0", INTEGRITIES)]}
    >>> port = Signalling.of(ts_ms=[0], subscriber=["a"], source=[DEVICE], **null, **cell)
    >>> rule, ledger = SecurityDowngrade(), Ledger()
    >>> for norm in rule.screen(Phones(), port, Register.empty(), Origin("", 0)).norms:
    ...     rule.hear(ledger, norm)
    >>> [(finding.values["algorithm"], finding.weight) for finding in rule.judge(ledger, 0)]
    [('EIA0', 2.0)]
    """

    name: ClassVar[str] = "security_downgrade"
    version: ClassVar[int] = 1
    family: ClassVar[Family] = "protocol"
    reads: ClassVar[tuple[type[Batch], ...]] = (Signalling,)
    horizon_ms: ClassVar[int] = 900_000

    most_weight: float = 2.0
    cap: float = 5.0
    least_phones: float = 10.0
    least_weight: float = 0.3
    null_integrity_share: float = 0.01
    usual_half_life_s: float = 7200.0
    connection_s: float = 20.0
    sample_one_in: int = 64
    excuse_usual: bool = True
    excuse_parsers: bool = True

    @classmethod
    def tells(cls, who: str, claimed: str, values: dict[str, str | int | float | None]) -> str:
        if values.get("aspect") == "authentication":
            return f"{who} had no authentication and no cipher on {claimed}, unlike others there"
        used = values.get("algorithm")
        return f"{who} had to use {used} on {claimed}, less protection than the network gives"

    def new_state(self) -> Phones:
        return Phones()

    def screen(self, state: Phones, batch: Batch, register: Register, origin: Origin) -> Screened:
        """Norms of all that protects or fails to; such messages of phones' ports are few."""
        assert isinstance(batch, Signalling)
        cipher, integrity = _CIPHER_GRADES[batch.cipher], _INTEGRITY_GRADES[batch.integrity]
        chosen = (batch.procedure == _SECURITY) & ~np.isin(batch.outcome, (_REJECT, _ABORT))
        chosen &= (cipher != _UNTOLD_GRADE) | (integrity != _UNTOLD_GRADE)
        device = batch.source == DEVICE
        updates = device & (batch.rat == GSM)
        rows = np.flatnonzero((chosen & (device | self._sampled(batch))) | updates)
        norms: list[Norm] = []
        if not len(rows):
            return Screened()
        some = batch.take(rows)
        serving = Serving(some, register)
        steps = zip(
            some.subscriber.tolist(),
            some.ts_ms.tolist(),
            some.rx_ms.tolist(),
            (some.source == CORE).tolist(),
            (some.rat == GSM).tolist(),
            some.procedure.tolist(),
            some.outcome.tolist(),
            np.where(chosen, cipher, _UNTOLD_GRADE)[rows].tolist(),
            np.where(chosen, integrity, _UNTOLD_GRADE)[rows].tolist(),
            strict=True,
        )
        for at, row in enumerate(steps):
            step = Step(at, *row)
            if step.by_core:
                aspects = step.aspects()
                norms += [self._norm(some, step, serving, origin, *one, LISTED) for one in aspects]
            else:
                norms += self._step(state, some, step, serving, origin)
        self._sweep(state, int(batch.rx_ms.max(initial=0)))
        return Screened(norms=norms)

    def _sampled(self, batch: Signalling) -> Bool:
        """Which rows of the core count for the norm: by content, so that names don't matter."""
        sampled = is_sampled(self.sample_one_in, batch.ts_ms, batch.area, batch.cell)
        of_core: Bool = sampled & (batch.source == CORE)
        return of_core

    def _step(
        self, state: Phones, batch: Signalling, step: Step, serving: Serving, origin: Origin
    ) -> list[Norm]:
        """One row of a phone's port: norms of what is new about it within the horizon."""
        phone = state.by_name.get(step.who)
        if phone is None or step.rx - phone.rx > self.horizon_ms:
            phone = state.by_name[step.who] = Phone()
        phone.rx = step.rx
        cell, known = serving.cells[step.at], serving.known[step.at]
        if known == LISTED:
            phone.home = cell
        aspects = step.aspects()
        if step.is_gsm:
            aspects += self._authentication(phone, step)
        return [
            self._norm(batch, step, serving, origin, aspect, grade, known, phone.home)
            for aspect, grade in aspects
            if self._is_news(phone, cell, known, aspect, grade, step.rx)
        ]

    def _authentication(self, phone: Phone, step: Step) -> list[tuple[str, int]]:
        """Whether a location update, once it is accepted, had any protection before."""
        if step.procedure == _UPDATE and not step.outcome:
            phone.opened_ts = step.ts
        elif phone.opened_ts is None or step.ts - phone.opened_ts > self.connection_s * 1000:
            return []
        elif step.procedure == _CHALLENGE or _NULL < step.cipher < _UNTOLD_GRADE:
            phone.opened_ts = None
            return [("authentication", _GOOD)]
        elif step.procedure == _UPDATE and step.outcome == _ACCEPT:
            phone.opened_ts = None
            return [("authentication", _NULL)]
        return []

    def _is_news(
        self, phone: Phone, cell: Cell, known: str, aspect: str, grade: int, rx: int
    ) -> bool:
        """Whether a phone hasn't said the same of this cell within the horizon, and is believed."""
        if grade == _NULL and known == LISTED and self.excuse_parsers:
            cells = phone.bare_cells.setdefault(aspect, [])
            if cell not in cells:
                cells.append(cell)
                del cells[:-_CELLS_OF_A_PHONE]
            if len(cells) > _BELIEVED_CELLS:
                return False
        # What is good counts once for the network, what isn't once for each cell.
        key = f"{aspect}-{grade}-{cell[:3] if grade == _GOOD else cell}"
        last = phone.said.get(key)
        if last is not None and rx - last <= self.horizon_ms:
            return False
        phone.said.pop(key, None)
        phone.said[key] = rx
        if len(phone.said) > 4 * _CELLS_OF_A_PHONE:
            del phone.said[next(iter(phone.said))]
        return True

    def _norm(
        self,
        batch: Signalling,
        step: Step,
        serving: Serving,
        origin: Origin,
        aspect: str,
        grade: int,
        known: str,
        home: Cell | None = None,
    ) -> Norm:
        algorithm = {
            "cipher": word_of(int(batch.cipher[step.at]), CIPHERS),
            "integrity": word_of(int(batch.integrity[step.at]), INTEGRITIES),
        }.get(aspect)
        return Norm(
            detector=self.name,
            kind="core" if step.by_core else "device",
            ts=step.ts,
            rx_ts=step.rx,
            space="subscriber",
            who=step.who,
            claimed=serving.claimed(step.at),
            place=serving.place(step.at, home),
            values={
                "aspect": aspect,
                "grade": grade,
                "algorithm": algorithm,
                "cell_known": known,
            },
            source=serving.source(step.at, origin),
        )

    def _sweep(self, state: Phones, now_ms: int) -> None:
        """Forgets devices beyond the horizon, at most once a minute of arrival time."""
        if now_ms - state.swept_ms < 60_000:
            return
        state.swept_ms = now_ms
        gone = [w for w, phone in state.by_name.items() if now_ms - phone.rx > self.horizon_ms]
        for who in gone:
            del state.by_name[who]

    def new_judgement(self) -> Ledger:
        return Ledger()

    def hear(self, state: Ledger, norm: Norm) -> None:
        aspect, grade = str(norm.values["aspect"]), int(norm.values["grade"] or 0)
        usual = self._usual(state, norm, aspect)
        if norm.kind == "device" and grade < _GOOD:
            share = self._share_no_better(usual, aspect, grade)
            weight = 0.0 if share is None else min(self.most_weight, -log(share))
            if weight >= self.least_weight:
                state.due.append(self._finding(norm, round(weight, 3), share))
        if norm.values.get("cell_known") == LISTED:
            usual.counts[grade] += 1.0

    def next_due_ms(self, state: Ledger) -> int | None:
        return state.due[0].rx_ts if state.due else None

    def judge(self, state: Ledger, until_ms: int) -> list[Finding]:
        findings = [finding for finding in state.due if finding.rx_ts <= until_ms]
        state.due = [finding for finding in state.due if finding.rx_ts > until_ms]
        return findings

    def _usual(self, state: Ledger, norm: Norm, aspect: str) -> Grades:
        if norm.rx_ts - state.halved_ms >= self.usual_half_life_s * 1000:
            state.halved_ms = norm.rx_ts
            for grades in state.usual.values():
                grades.counts = [count / 2 for count in grades.counts]
        claimed = norm.claimed
        assert claimed is not None
        key = f"{claimed.rat}-{claimed.mcc}-{claimed.mnc}-{aspect}"
        usual = state.usual.setdefault(key, Grades([0.0, 0.0, 0.0]))
        if len(state.usual) > _NETWORKS:
            del state.usual[next(iter(state.usual))]
        return usual

    def _share_no_better(self, usual: Grades, aspect: str, grade: int) -> float | None:
        """Share of phones that the network protects no better, or ``None`` if that isn't known."""
        phones, bare = sum(usual.counts), sum(usual.counts[: grade + 1])
        if aspect == "integrity":
            # One phone's worth of what the standard allows, so that a network's own habit prevails.
            known = self.null_integrity_share if not self.excuse_usual else None
            return known or (bare + self.null_integrity_share) / (phones + 1.0)
        if not self.excuse_usual:
            return 0.01
        if phones < self.least_phones:
            return None
        return (bare + 1.0) / (phones + 2.0)

    def _finding(self, norm: Norm, weight: float, share: float | None) -> Finding:
        values = {name: value for name, value in norm.values.items() if name != "grade"}
        return Finding(
            detector=self.name,
            version=self.version,
            family=self.family,
            ts=norm.ts,
            rx_ts=norm.rx_ts,
            weight=weight,
            cap=self.cap,
            space=norm.space,
            who=norm.who,
            claimed=told_area(norm.claimed),
            place=norm.place,
            values={**values, "usual_share": round(share or 0.0, 3)},
            source=norm.source,
        )
