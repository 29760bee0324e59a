"""A phone is served with less protection than its network usually gives."""

from math import log
from typing import ClassVar, Final

import numpy as np
from msgspec import Struct

from detectors.features.facts import Facts, Origin
from detectors.features.memory.pending_findings import PromptRule
from detectors.features.rows.serving import LISTED, Cell, Serving, with_area
from detectors.features.rule import Screened
from detectors.model.codes import (
    CIPHERS,
    CORE,
    DEVICE,
    GSM,
    INTEGRITIES,
    OUTCOMES,
    PROCEDURES,
    code_of,
    text_of,
)
from detectors.model.columns import Bool, Signalling
from detectors.model.finding import Family, Finding, Observation
from detectors.model.hashing import is_sampled
from detectors.model.parameters import Amount, Cap, Nats, OneIn, Seconds, Share, Switch
from detectors.rules.security_downgrade.ledger import Grades, LearnedGrades, Ledger
from detectors.rules.security_downgrade.protection import (
    CIPHER_GRADES,
    GOOD,
    INTEGRITY_GRADES,
    NO_GRADE,
    Phones,
    Step,
    Terms,
    steps,
)

_SECURITY: Final = code_of("security_mode", PROCEDURES)
_REJECT, _ABORT = (code_of(name, OUTCOMES) for name in ("reject", "abort"))


class SecurityDowngrade(PromptRule[Signalling, Phones, Ledger], frozen=True, kw_only=True):
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

    References: docs/science.md, R10, D4, D5, D7, D8, D15; rayhunter; SnoopSnitch's C1 and C5.

    >>> from detectors.rules.sample_town import TOWN
    >>> null = {"procedure": _SECURITY, "source": DEVICE, "integrity": code_of("EIA0", INTEGRITIES)}
    >>> (finding,) = TOWN.findings(SecurityDowngrade(), TOWN.signalling({**null, "area": 61001}))
    >>> finding.values["algorithm"], finding.weight
    ('EIA0', 2.0)
    """

    name: ClassVar[str] = "security_downgrade"
    version: ClassVar[int] = 2
    family: ClassVar[Family] = "protocol"
    horizon_ms: ClassVar[int] = 900_000
    learned_type: ClassVar[type[Struct] | None] = LearnedGrades

    most_weight: Nats = 2.0
    cap: Cap = 5.0
    least_phones: Amount = 10.0
    least_weight: Nats = 0.3
    null_integrity_share: Share = 0.01
    usual_half_life_s: Seconds = 7200.0
    connection_s: Seconds = 20.0
    sample_one_in: OneIn = 64
    excuse_usual: Switch = True
    excuse_parsers: Switch = True

    def screen(self, state: Phones, facts: Facts[Signalling]) -> Screened:
        """Observations of all that protects or fails to; such messages of phones' ports are few."""
        batch, register, origin = facts.batch, facts.register, facts.origin
        cipher, integrity = CIPHER_GRADES[batch.cipher], INTEGRITY_GRADES[batch.integrity]
        chosen = (batch.procedure == _SECURITY) & ~np.isin(batch.outcome, (_REJECT, _ABORT))
        chosen &= (cipher != NO_GRADE) | (integrity != NO_GRADE)
        device = batch.source == DEVICE
        updates = device & (batch.rat == GSM)
        rows = np.flatnonzero((chosen & (device | self._sampled(batch))) | updates)
        if not len(rows):
            return Screened()
        some = batch.take(rows)
        serving = Serving(some, register)
        grades = (np.where(chosen, each, NO_GRADE)[rows] for each in (cipher, integrity))
        terms = Terms(self.connection_s * 1000, self.horizon_ms, doubts=self.excuse_parsers)
        observations: list[Observation] = []
        for step in steps(some, serving, *grades):
            if step.by_core:
                # What the core chose itself is its network's habit, whatever cell it was on.
                aspects, step, home = step.aspects(), step._replace(known=LISTED), None
            else:
                phone = state.of(step, self.horizon_ms)
                aspects, home = phone.observe(step, terms), phone.home
            observations += [
                self._observation(some, step, serving, origin, *each, home) for each in aspects
            ]
        state.sweep(int(batch.rx_ms.max(initial=0)), self.horizon_ms)
        return Screened(observations=observations)

    def _sampled(self, batch: Signalling) -> Bool:
        """Which rows of the core count for the norm: by content, so that names don't
        matter."""
        sampled = is_sampled(self.sample_one_in, batch.ts_ms, batch.area, batch.cell)
        of_core: Bool = sampled & (batch.source == CORE)
        return of_core

    def _observation(
        self,
        batch: Signalling,
        step: Step,
        serving: Serving,
        origin: Origin,
        aspect: str,
        grade: int,
        home: Cell | None,
    ) -> Observation:
        algorithm = {
            "cipher": text_of(int(batch.cipher[step.at]), CIPHERS),
            "integrity": text_of(int(batch.integrity[step.at]), INTEGRITIES),
        }.get(aspect)
        return Observation(
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
                "cell_known": step.known,
            },
            source=serving.source(step.at, origin),
        )

    def observe(self, state: Ledger, observation: Observation) -> None:
        aspect, grade = str(observation.values["aspect"]), int(observation.values["grade"] or 0)
        state.halve(observation.rx_ts, self.usual_half_life_s * 1000)
        usual = state.of(observation, aspect)
        if observation.kind == "device" and grade < GOOD:
            share = self._share_no_better(usual, aspect, grade)
            weight = 0.0 if share is None else min(self.most_weight, -log(share))
            if weight >= self.least_weight:
                state.due.append(self._finding(observation, round(weight, 3), share))
        if observation.values.get("cell_known") == LISTED:
            usual.counts[grade] += 1.0

    def _share_no_better(self, usual: Grades, aspect: str, grade: int) -> float | None:
        """Share of phones that the network protects no better, or ``None`` if that isn't known."""
        bare, phones = usual.no_better(grade)
        if aspect == "integrity":
            # One phone's worth of what the standard allows, so that a network's own habit prevails.
            known = self.null_integrity_share if not self.excuse_usual else None
            return known or (bare + self.null_integrity_share) / (phones + 1.0)
        if not self.excuse_usual:
            return 0.01
        if phones < self.least_phones:
            return None
        return (bare + 1.0) / (phones + 2.0)

    def _finding(self, observation: Observation, weight: float, share: float | None) -> Finding:
        values = {name: value for name, value in observation.values.items() if name != "grade"}
        return self.finding_about(
            observation,
            weight,
            claimed=with_area(observation.claimed),
            values={**values, "usual_share": round(share or 0.0, 3)},
        )
