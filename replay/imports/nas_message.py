"""What a layer-3 message carries, in the fields of `cell.signalling`, and its octets as numbers."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Area:
    """A network and a tracking or location area in it; ``area`` None where only the network is."""

    mcc: int
    mnc: int
    area: int | None = None


@dataclass(frozen=True, slots=True)
class NasMessage:
    """One message of `cell.signalling` without time, subscriber and place; ``None``: not in it.

    ``here`` is the area of the cell that the message ran on, ``cell`` that cell's identity, ``old``
    the area that the phone comes from. ``begins`` marks the phone's first message of a connection.
    A message that only names the cell has no ``procedure``.
    """

    procedure: str | None = None
    outcome: str | None = None
    cause: int | None = None
    identity_type: str | None = None
    update_type: str | None = None
    cipher: str | None = None
    integrity: str | None = None
    old: Area | None = None
    old_lai_area: int | None = None
    here: Area | None = None
    cell: int | None = None
    begins: bool = False


def plmn_of(octets: bytes) -> tuple[int, int] | None:
    """MCC and MNC from three octets of digits (TS 24.008 10.5.1.3); ``None`` for what is none.

    >>> plmn_of(bytes.fromhex("00f110")), plmn_of(bytes.fromhex("64f000"))
    ((1, 1), (460, 0))
    """
    if len(octets) < 3:
        return None
    mcc = (octets[0] & 15, octets[0] >> 4, octets[1] & 15)
    mnc = (octets[2] & 15, octets[2] >> 4, octets[1] >> 4)
    if max(*mcc, *mnc[:2]) > 9 or 9 < mnc[2] < 15:
        return None
    two = mnc[0] * 10 + mnc[1]
    return mcc[0] * 100 + mcc[1] * 10 + mcc[2], two if mnc[2] == 15 else two * 10 + mnc[2]


def area_of(octets: bytes) -> Area | None:
    """A TAI or LAI from five octets (TS 24.008 10.5.1.3, TS 24.301 9.9.3.32)."""
    plmn = plmn_of(octets)
    if plmn is None or len(octets) < 5:
        return None
    return Area(*plmn, int.from_bytes(octets[3:5], "big"))
