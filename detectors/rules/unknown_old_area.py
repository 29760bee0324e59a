"""A phone comes back to the network and names an old area that the network doesn't have."""

from typing import Any, ClassVar

import numpy as np

from detectors.columns import Batch, Signalling
from detectors.finding import Family, Finding, Identity, Place, Source
from detectors.register import Register
from detectors.rule import (
    Origin,
    Rule,
    Screened,
    identity_of,
    iterate,
    place_in_register,
    place_of,
)
from detectors.vocabulary import (
    GSM,
    PROCEDURES,
    RAN,
    RATS,
    UMTS,
    code_of,
    is_reserved_area,
    word_of,
)

_RETURNS = np.array(
    [
        code_of(word, PROCEDURES)
        for word in (
            "registration",
            "location_update",
            "routing_area_update",
            "tracking_area_update",
            "attach",
        )
    ],
    dtype=np.uint8,
)


class UnknownOldArea(Rule, frozen=True, kw_only=True):
    """An update whose old area no registered cell of that network has.

    What it sees: a location, routing or tracking area update, attach or registration on an honest
    cell in which the phone names the area that it was last registered in (old LAI or TAI, TS 24.008
    9.2.15, TS 24.301 8.2.29), and that area is not in the register.

    Why a rogue station does it: to make phones register with it, it must announce another area than
    the cells around it; the phone stores that area and tells it to the network when it is free.

    Why an honest network may: the register lacks a new or a retired area; a shared or roaming
    partner uses the same PLMN; the phone's stored area is corrupt. Not findings at all: the
    reserved values 0, 0xFFFE and 0xFFFF (0xFFFFFE in 5GS), which say that there is no valid area,
    and areas of a PLMN that the register doesn't know. An area on which the core network has served
    several subscribers is honest, which is weighed where findings are fused.

    References: detection notes C1, C2, C10; patents CN108235323, CN108243421, CN105792211.

    `weight` is the log-likelihood ratio of one subscriber, `cap` what many together may reach: a
    hole in the register would make all of them say the same. `grace_h` is for how many hours a
    retired area is still taken for known.

    >>> from detectors.columns import RegisterRows
    >>> cell = {"rat": [GSM], "mcc": [460], "mnc": [0], "area": [4200], "cell": [11]}
    >>> update = {"procedure": [code_of("location_update", PROCEDURES)], "old_area": [61001]}
    >>> back = Signalling.of(ts_ms=[0], subscriber=["a"], old_rat=[GSM], **cell, **update)
    >>> register = Register.from_rows(RegisterRows.of(ts_ms=[0], **cell))
    >>> origin = Origin("cell.signalling", 0)
    >>> (finding,) = UnknownOldArea().screen(None, back, register, origin).findings
    >>> finding.detector, finding.claimed.area, finding.weight
    ('unknown_old_area', 61001, 2.0)
    """

    name: ClassVar[str] = "unknown_old_area"
    version: ClassVar[int] = 1
    family: ClassVar[Family] = "signalling"
    reads: ClassVar[tuple[type[Batch], ...]] = (Signalling,)

    weight: float = 2.0
    cap: float = 9.0
    grace_h: float = 168.0

    @classmethod
    def tells(cls, who: str, claimed: str, values: dict[str, str | int | float | None]) -> str:
        return f"{who} came back to the network from {claimed}, an area that it does not have"

    def screen(self, state: Any, batch: Batch, register: Register, origin: Origin) -> Screened:
        """Findings of one batch; no state."""
        assert isinstance(batch, Signalling)
        findings: list[Finding] = []
        coming_back = np.isin(batch.procedure, _RETURNS) & (batch.source != RAN)
        told = coming_back & ~(np.isnan(batch.old_area) & np.isnan(batch.old_lai_area))
        if not told.any():
            return Screened(findings)
        rows = np.flatnonzero(told)
        some = batch.take(rows)
        mcc = np.where(np.isnan(some.old_mcc), some.mcc, some.old_mcc).astype(np.int64)
        mnc = np.where(np.isnan(some.old_mnc), some.mnc, some.old_mnc).astype(np.int64)
        lai_rat = np.where(some.old_rat == UMTS, UMTS, GSM).astype(np.uint8)
        for area, rat in ((some.old_area, some.old_rat), (some.old_lai_area, lai_rat)):
            strange = self._strange(register, rat, mcc, mnc, area, some.ts_ms)
            for at, source in iterate(some, np.flatnonzero(strange), origin):
                claimed = Identity(
                    word_of(int(rat[at]), RATS), int(mcc[at]), int(mnc[at]), int(area[at])
                )
                findings.append(self._finding(some, at, claimed, register, source))
        return Screened(findings)

    def _strange(
        self, register: Register, rat: Any, mcc: Any, mnc: Any, area: Any, ts_ms: Any
    ) -> Any:
        told = ~np.isnan(area)
        number = np.where(told, area, 0).astype(np.int64)
        known = np.zeros(len(rat), dtype=np.bool_)
        # GSM and UMTS share location areas; without a RAT any area of that number will do.
        for same in ((GSM, UMTS), (UMTS, GSM)):
            sibling = np.where(rat == same[0], same[1], rat).astype(np.uint8)
            known |= register.knows_area(
                sibling, mcc, mnc, number, ts_ms, grace_ms=int(self.grace_h * 3_600_000)
            )
        ours = register.knows_plmn(np.zeros(len(rat), dtype=np.uint8), mcc, mnc)
        return told & ours & ~known & ~is_reserved_area(rat, number)

    def _finding(
        self, batch: Signalling, at: int, claimed: Identity, register: Register, source: Source
    ) -> Finding:
        return Finding(
            detector=self.name,
            version=self.version,
            family=self.family,
            ts=int(batch.ts_ms[at]),
            rx_ts=int(batch.rx_ms[at]),
            weight=self.weight,
            cap=self.cap,
            space="subscriber",
            who=batch.subscriber[at],
            claimed=claimed,
            seen_on=identity_of(batch, at),
            place=place_of(batch, at) or _place_of_cell(batch, at, register),
            values={"procedure": word_of(int(batch.procedure[at]), PROCEDURES)},
            source=source,
        )


def _place_of_cell(batch: Signalling, at: int, register: Register) -> Place | None:
    one = batch.take(np.array([at], dtype=np.int64))
    return place_in_register(register, one.rat, one.mcc, one.mnc, one.area, one.cell, one.ts_ms)
