"""How well phones are protected on the air: grades of algorithms, and what each phone has said.

The screening memory of `detectors.rules.security_downgrade.rule`. A phone says the same of a cell
once within the rule's horizon; whether a location update in GSM had any protection shows only when
it is accepted.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

import msgspec
import numpy as np

from detectors.features.memory.device_states import Devices
from detectors.features.rows.serving import LISTED, Cell, Serving
from detectors.model.codes import CIPHERS, CORE, GSM, INTEGRITIES, OUTCOMES, PROCEDURES, code_of
from detectors.model.columns import U1, Signalling

#: How much an algorithm protects: nothing, little (A5/1 and A5/2 are broken), or well.
NULL, WEAK, GOOD = 0, 1, 2
NO_GRADE: Final = 255
_WEAK_CIPHERS: Final = ("A5/1", "A5/2")
#: Grade by code.
CIPHER_GRADES: Final = np.array(
    [NO_GRADE]
    + [NULL if name.endswith("0") else WEAK if name in _WEAK_CIPHERS else GOOD for name in CIPHERS],
    dtype=np.uint8,
)
INTEGRITY_GRADES: Final = np.array(
    [NO_GRADE] + [NULL if name.endswith("0") else GOOD for name in INTEGRITIES],
    dtype=np.uint8,
)

_CHALLENGE: Final = code_of("authentication_request", PROCEDURES)
_UPDATE: Final = code_of("location_update", PROCEDURES)
_ACCEPT: Final = code_of("accept", OUTCOMES)
_CELLS_OF_A_PHONE: Final = 8
#: Registered cells on which a phone is believed to have been unprotected.
_BELIEVED_CELLS: Final = 2


class Step(NamedTuple):
    """What is read of one row; ``at`` is its place among the rows of its batch that are read."""

    at: int
    cell: Cell
    known: str
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
        grades = (("cipher", self.cipher), ("integrity", self.integrity))
        return [(aspect, grade) for aspect, grade in grades if grade != NO_GRADE]


class Terms(NamedTuple):
    """An update is accepted within ``connection_ms`` of when it began, and a phone is remembered
    for ``horizon_ms`` of arrival time; ``doubts`` those that are unprotected on many cells."""

    connection_ms: float
    horizon_ms: int
    doubts: bool


class Phone(msgspec.Struct):
    """One device: its connection, and what it has been counted for."""

    rx: int = 0
    opened_ts: int | None = None
    home: Cell | None = None
    reported: dict[str, int] = {}
    bare_cells: dict[str, list[Cell]] = {}

    def observe(self, step: Step, terms: Terms) -> list[tuple[str, int]]:
        """One row of the phone's port: the aspects that are news within the horizon."""
        self.rx = step.rx
        if step.known == LISTED:
            self.home = step.cell
        aspects = step.aspects()
        if step.is_gsm:
            aspects += self._authentication(step, terms)
        return [
            (aspect, grade) for aspect, grade in aspects if self._news(aspect, grade, step, terms)
        ]

    def _authentication(self, step: Step, terms: Terms) -> list[tuple[str, int]]:
        """Whether a location update, once it is accepted, had any protection before."""
        if step.procedure == _UPDATE and not step.outcome:
            self.opened_ts = step.ts
        elif self.opened_ts is None or step.ts - self.opened_ts > terms.connection_ms:
            return []
        elif step.procedure == _CHALLENGE or NULL < step.cipher < NO_GRADE:
            self.opened_ts = None
            return [("authentication", GOOD)]
        elif step.procedure == _UPDATE and step.outcome == _ACCEPT:
            self.opened_ts = None
            return [("authentication", NULL)]
        return []

    def _news(self, aspect: str, grade: int, step: Step, terms: Terms) -> bool:
        """Whether it hasn't said the same of this cell within the horizon, and is believed."""
        if terms.doubts and grade == NULL and step.known == LISTED:
            cells = self.bare_cells.setdefault(aspect, [])
            if step.cell not in cells:
                cells.append(step.cell)
                del cells[:-_CELLS_OF_A_PHONE]
            if len(cells) > _BELIEVED_CELLS:
                return False
        # What is good counts once for the network, what isn't once for each cell.
        key = f"{aspect}-{grade}-{step.cell[:3] if grade == GOOD else step.cell}"
        last = self.reported.get(key)
        if last is not None and step.rx - last <= terms.horizon_ms:
            return False
        self.reported.pop(key, None)
        self.reported[key] = step.rx
        if len(self.reported) > 4 * _CELLS_OF_A_PHONE:
            del self.reported[next(iter(self.reported))]
        return True


class Phones(Devices[Phone]):
    """Screening state of a partition: devices by name."""

    def of(self, step: Step, horizon_ms: int) -> Phone:
        """The phone of a row, a new one where it was silent for longer than the horizon."""
        phone = self.known(step.who, step.rx, horizon_ms)
        if phone is None:
            phone = self.by_name[step.who] = Phone()
        return phone


def steps(batch: Signalling, serving: Serving, cipher: U1, integrity: U1) -> Iterator[Step]:
    """The rows of a batch one by one, with the grades of what was chosen in each."""
    columns = zip(
        serving.cells,
        serving.known,
        batch.subscriber.tolist(),
        batch.ts_ms.tolist(),
        batch.rx_ms.tolist(),
        (batch.source == CORE).tolist(),
        (batch.rat == GSM).tolist(),
        batch.procedure.tolist(),
        batch.outcome.tolist(),
        cipher.tolist(),
        integrity.tolist(),
        strict=True,
    )
    for at, row in enumerate(columns):
        yield Step(at, *row)
