"""What the register says of the listed cells that a batch's phones receive, for all who ask."""

from typing import Final

import numpy as np

from detectors.features.facts import AnyFacts, shared
from detectors.features.rows.sightings import listed_of
from detectors.model.columns import F8, filled
from detectors.native.planned import listed
from detectors.native.planned.listed import Answers, Cells, Received, Taken

#: A cell without a range (m), of one sample and an estimate where that isn't given; and no degree
#: of a great circle is longer than that (m), computing is off by less.
_TAKEN: Final = Taken(1000.0, 1.0, 1.0, 111_196.0, 1.0)


@shared
def listed_in_register(facts: AnyFacts) -> Answers:
    """What the register says of each of `detectors.features.rows.sightings.listed_of`.

    How far the phone is from the mast is bounded, and costs no sine: north and then east, as if
    along the equator. NaN where that isn't known.
    """
    batch, seen, rows = facts.batch, listed_of(facts), facts.register.rows
    received, phones = Received(seen.row, seen.found, seen.arfcn, seen.pci), (batch.lat, batch.lon)
    known = (getattr(rows, name) for name in Cells._fields[1:])
    cells = Cells(facts.register.goes, *known)
    if listed.OURS is not None and len(rows):
        return listed.OURS.answers(received, phones, cells, _TAKEN)
    return answers(received, phones, cells)


def answers(received: Received, phones: tuple[F8, F8], cells: Cells) -> Answers:
    """As `listed_in_register`, in columns of NumPy, which takes several times as long."""
    at, goes = received.found, cells.goes[received.found]
    lat, lon, range_m, samples, changeable, arfcn, pci = (column[at] for column in cells[1:])
    off_deg = np.abs(phones[0][received.row] - lat) + np.abs(phones[1][received.row] - lon)
    # Comparisons with NaN are false.
    other_channel, other_code = np.abs(received.arfcn - arfcn) > 0, np.abs(received.pci - pci) > 0
    return Answers(
        np.where(goes, np.nan, off_deg) * _TAKEN.a_degree_m + _TAKEN.off_m,
        filled(range_m, _TAKEN.range_m),
        filled(samples, _TAKEN.samples),
        filled(changeable, _TAKEN.changeable) > 0,
        other_channel,
        other_code,
        (received.arfcn == arfcn) & (received.pci == pci),
    )
