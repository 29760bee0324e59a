"""A phone receives a network that can't be there: in the world, in the country, or by now."""

import re
from typing import ClassVar, Final

import numpy as np

from detectors.features.facts import Facts, Origin
from detectors.features.plan import code_plan
from detectors.features.plan.spatial_counts import cubes, distinct_pairs
from detectors.features.rows.sightings import Sightings, joined, neighbours_of, serving_of
from detectors.features.rule import Rule, Screened, source_of
from detectors.model.codes import GSM, RATS, code_of
from detectors.model.columns import F8, I8, U1, Bool, Measurements
from detectors.model.finding import Family, Finding
from detectors.model.parameters import Cap, Count, Nats, Switch
from detectors.register.index import plmn_key
from detectors.register.register import Register

#: Channels that railways use (GSM-R, TS 45.005 2).
RAIL_CHANNELS: Final = (955, 974)
TEST_MCC: Final = 1
#: Country codes that ITU-T E.212 gives out: geographic ones, and shared (901) and private (999).
_FIRST_MCC, _LAST_MCC, _SHARED_MCC, _PRIVATE_MCC = 200, 799, 901, 999

_SWITCHED_OFF: Final = re.compile(r"(gsm|umts|lte|nr)-[0-9]{1,3}(-[0-9]{1,3})?", re.ASCII)
_NETWORK: Final = re.compile(r"[0-9]{1,3}-[0-9]{1,3}", re.ASCII)
_REASONS: Final = (
    None,
    "no_such_network",
    "test_network",
    "switched_off",
    "foreign",
    "no_such_rat",
)
#: Reasons that may come to the cap.
_STRONG: Final = ("no_such_network", "switched_off")


class ImpossibleNetwork(Rule[Measurements, None, None], frozen=True, kw_only=True):
    """A PLMN, or a RAT of a PLMN, that doesn't exist where and when it is received.

    What it sees, in reports and neighbour lists:

    * `no_such_network`: a country code that is given to nobody (ITU-T E.212);
    * `test_network`: PLMN 001-xx, as laboratory software announces out of the box: weak, since only
      a phone with a test card registers there;
    * `switched_off`: a RAT that its operator, or the country, has switched off: `switched_off`
      says since when (ms) by `gsm-460-0` or, for a whole country, `gsm-460`;
    * `foreign`: a country that the register knows elsewhere, but not within some 60 km, at a place
      where it knows another country's networks;
    * `no_such_rat`: a network with at least `least_cells` registered cells of several RATs, none of
      them of this one, while others of the country have it: weak.

    Why a rogue station does it: software left at its defaults; an identity that phones roam onto; a
    GSM transmitter where GSM is no more, which phones still follow.

    Why an honest network may: near a border the neighbour's networks are received
    (`excuse_border`, F10: within some 60 km of a registered cell of that country, and everywhere
    where the register doesn't know the country at all); licensed private, campus and railway
    networks have PLMNs and channels of their own (`excuse_private`, F21: those of
    `private_networks`, and GSM on railway channels; country code 999 is for private networks); a
    register with one RAT of a network lacks the others (`excuse_partial_register`, F5, for
    `no_such_rat`: at least two RATs must be listed, and that RAT with another network of the
    country).

    References: docs/science.md, A3, A24, R2, F10, F21; ITU-T E.212; SITCH (bad MCC), CellGuard.

    >>> from detectors.rules.sample_town import TOWN
    >>> reports = TOWN.measurements({"mcc": 899, "mnc": 1})
    >>> (finding,) = TOWN.findings(ImpossibleNetwork(), reports)
    >>> finding.values["reason"], finding.weight
    ('no_such_network', 1.5)
    """

    name: ClassVar[str] = "impossible_network"
    version: ClassVar[int] = 2
    family: ClassVar[Family] = "identity"
    of_strangers: ClassVar[bool] = True

    no_such_network_weight: Nats = 1.5
    test_network_weight: Nats = 1.2
    switched_off_weight: Nats = 2.0
    foreign_weight: Nats = 1.0
    no_such_rat_weight: Nats = 0.4
    cap: Cap = 5.0
    weak_cap: Nats = 1.5
    switched_off: dict[str, int] | None = None
    private_networks: tuple[str, ...] = ()
    least_cells: Count = 200
    excuse_border: Switch = True
    excuse_private: Switch = True
    excuse_partial_register: Switch = True

    def __post_init__(self) -> None:
        """Raises `ValueError` for a network that is not written as the fields say."""
        for name in self.switched_off or ():
            if not _SWITCHED_OFF.fullmatch(name):
                raise ValueError(f"switched_off: {name!r} is not written like gsm-460-0 or gsm-460")
        for name in self.private_networks:
            if not _NETWORK.fullmatch(name):
                raise ValueError(f"private_networks: {name!r} is not written like 460-0")

    def concerns(self, facts: Facts[Measurements]) -> bool:
        return len(self._judged(facts)) > 0

    def screen(self, state: None, facts: Facts[Measurements]) -> Screened:
        """Findings of one batch; no state."""
        batch, register, origin = facts.batch, facts.register, facts.origin
        seen = self._judged(facts)
        if not len(seen):
            return Screened()
        cube = cubes(batch.lat, batch.lon, code_plan.BORDER_M)[seen.row]
        # One question for all reports of one network about one place.
        plmn = plmn_key(seen.rat, seen.mcc, seen.mnc)
        first, back = distinct_pairs(plmn, cube)
        some = seen.take(first)
        reason = self._reasons(some.rat, some.mcc, some.mnc, cube[first], register)[back]
        reason = np.where(seen.found < 0, reason, 0)
        off = batch.ts_ms[seen.row] >= self._switched_off_ms(some)[back]
        reason = np.where(off & (reason != 1) & (reason != 2), 3, reason)
        if self.excuse_private:
            reason = np.where(self._private(some)[back], 0, reason)
            rail = (seen.arfcn >= RAIL_CHANNELS[0]) & (seen.arfcn <= RAIL_CHANNELS[1])
            reason = np.where((seen.rat == GSM) & rail, 0, reason)
        return Screened(
            [
                self._finding(batch, seen, at, str(_REASONS[reason[at]]), origin)
                for at in np.flatnonzero(reason).tolist()
            ]
        )

    def _judged(self, facts: Facts[Measurements]) -> Sightings:
        """What names a network: what the register has is real, unless the whole RAT is off."""
        found, is_any_off = [], bool(self.switched_off)
        for seen in (serving_of(facts), neighbours_of(facts)):
            if seen.is_bare:
                rows = np.zeros(0, dtype=np.int64)
            else:
                rows = np.flatnonzero(seen.mcc >= 0 if is_any_off else seen.found < 0)
                named = (seen.mcc[rows] >= 0) & (seen.mnc[rows] >= 0) & (seen.rat[rows] > 0)
                rows = rows[named]
            found.append(seen.take(rows))
        return joined(*found)

    def _reasons(self, rat: U1, mcc: I8, mnc: I8, cube: I8, register: Register) -> I8:
        """For each network about a place: 0, or what is wrong (by its place in `_REASONS`)."""
        geographic = (mcc >= _FIRST_MCC) & (mcc <= _LAST_MCC)
        real = geographic | (mcc == _SHARED_MCC) | (mcc == _PRIVATE_MCC) | (mcc == TEST_MCC)
        countries = code_plan.countries(register)
        near = countries.count(mcc, cube) > 0
        somewhere = np.isin(mcc, countries.keys)
        any_near = code_plan.populated(register).count(np.zeros_like(mcc), cube) > 0
        foreign = geographic & ~near & any_near
        if self.excuse_border:
            foreign &= somewhere
        weak = self._lacks_rat(rat, mcc, mnc, register)
        reasons = ((~real, 1), (mcc == TEST_MCC, 2), (foreign, 4), (weak, 5))
        return np.select([holds for holds, _ in reasons], [code for _, code in reasons], 0)

    def _lacks_rat(self, rat: U1, mcc: I8, mnc: I8, register: Register) -> Bool:
        each = [
            code_plan.numbers_of(register, np.full(len(rat), code, dtype=np.uint8), mcc, mnc)
            for code in range(1, len(RATS) + 1)
        ]
        cells = np.array(each)
        own = cells[rat.astype(np.int64) - 1, np.arange(len(rat))]
        lacks: Bool = (own == 0) & (cells.sum(axis=0) >= self.least_cells)
        if self.excuse_partial_register:
            keys, _ = code_plan.sizes(register)
            in_country = np.isin(rat.astype(np.int64) << 10 | mcc, keys >> 10)
            lacks &= ((cells > 0).sum(axis=0) >= 2) & in_country
        return lacks

    def _switched_off_ms(self, seen: Sightings) -> F8:
        """Since when each network's RAT is off; infinity for not."""
        off = np.full(len(seen), np.inf)
        for name, from_ms in (self.switched_off or {}).items():
            rat, *plmn = name.split("-")
            same = (seen.rat == code_of(rat, RATS)) & (seen.mcc == int(plmn[0]))
            if len(plmn) > 1:
                same &= seen.mnc == int(plmn[1])
            off = np.where(same, np.minimum(off, from_ms), off)
        return off

    def _private(self, seen: Sightings) -> Bool:
        private: Bool = np.zeros(len(seen), dtype=np.bool_)
        for name in self.private_networks:
            mcc, mnc = name.split("-")
            private = private | (seen.mcc == int(mcc)) & (seen.mnc == int(mnc))
        return private

    def _finding(
        self, batch: Measurements, seen: Sightings, at: int, reason: str, origin: Origin
    ) -> Finding:
        row = int(seen.row[at])
        return self.finding_in_row(
            batch,
            row,
            source_of(batch, row, origin),
            getattr(self, f"{reason}_weight"),
            cap=self.cap if reason in _STRONG else self.weak_cap,
            **seen.about(at, batch),
            values={"reason": reason, "heard_only": int(seen.neighbour[at])},
        )
