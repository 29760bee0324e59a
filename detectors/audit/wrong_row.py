"""A row of the register that is likely wrong, and the ways in which it may be."""

from typing import Annotated, Final, Literal, get_args

import msgspec

from detectors.model.described import means

#: How a row may be wrong; what each rests on is in the modules that `register_audit` asks.
Kind = Literal[
    "site_displaced",
    "cell_displaced",
    "places_exchanged",
    "sectors_crossed",
    "renamed",
    "missing",
    "retired",
]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)


class WrongRow(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the register, or one that it lacks, with what phones show instead.

    ``lat`` and ``lon`` are the registered place, ``learned_lat`` and ``learned_lon`` that of the
    cell as phones show it (of a missing or renamed one the middle of its phones), with ``sigma_m``
    as standard deviation along one axis; ``off_m`` is the distance of the two. ``reports`` of
    ``phones`` and ``cells`` are what it rests on: of a retired row, the phones that should have
    reported it.
    """

    key: Annotated[str, means("Register key of the row; of a missing one that of the cell.")]
    kind: Annotated[Kind, means("In which way it is wrong.")]
    probability: Annotated[float, means("Chance that it is.")]
    lat: Annotated[float | None, means("Registered place, WGS84.", "°")] = None
    lon: Annotated[float | None, means("Registered place, WGS84.", "°")] = None
    learned_lat: Annotated[float | None, means("Where the cell is, WGS84.", "°")] = None
    learned_lon: Annotated[float | None, means("Where the cell is, WGS84.", "°")] = None
    off_m: Annotated[float | None, means("Distance of the two places.", "m")] = None
    sigma_m: Annotated[float | None, means("Deviation of the learned one, by axis.", "m")] = None
    reports: Annotated[int, means("Reports that it rests on.")]
    phones: Annotated[int, means("Phones that sent them, about; of a retired row, should have.")]
    cells: Annotated[int, means("Cells of its site that were reported.")] = 1
    other_key: Annotated[
        str | None,
        means("Of a renamed row the key that is on the air, of a swapped one that of the other."),
    ] = None
