"""NAS and radio messages, as far as `cell.signalling` has fields for them.

Of LTE (TS 24.301) messages under a cipher other than EEA0 can't be read; security headers are taken
off without checking them, since only the phone and its core hold the keys. Of GSM and UMTS (TS
24.008, TS 44.018) circuit-switched mobility (protocol 5), packet mobility (8) and, of radio
resources (6), the choice of the cipher and system information 3, which names the cell.
"""

from dataclasses import dataclass
from typing import Final


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
    target_rat: str | None = None
    target_pci: int | None = None
    csfb: bool | None = None
    old: Area | None = None
    old_lai_area: int | None = None
    here: Area | None = None
    cell: int | None = None
    begins: bool = False


_RADIO, _CIRCUIT, _PACKET, _EPS = 6, 5, 8, 7
_SERVICE_REQUEST: Final = 12
#: Security header types whose content is ciphered where a cipher has been chosen (9.3.1).
_CIPHERED: Final = (2, 4, 5)
_IDENTITIES: Final = {1: "imsi", 2: "imei", 3: "imeisv", 4: "tmsi"}
_CIRCUIT_UPDATES: Final = {0: "normal", 1: "periodic", 2: "attach"}
_UPDATES: Final = {0: "normal", 1: "combined", 2: "combined", 3: "periodic"}
#: Lengths of optional elements without a length of their own (8.2), by element identifier.
_FIXED: Final = {0x13: 6, 0x17: 2, 0x19: 4, 0x52: 6, 0x53: 2, 0x55: 5, 0x59: 2, 0x5A: 2, 0x5C: 3}
_LAST_TAI, _OLD_LAI, _CAUSE, _TAI_LIST = 0x52, 0x13, 0x53, 0x54
_GUTI: Final = 6
#: EPS detach of a phone names the phone, one of the network doesn't and so is short (8.2.11).
_MOST_OCTETS_OF_A_NETWORK_DETACH: Final = 3

#: Messages that hold nothing but their kind, by protocol and type.
_PLAIN: Final = {
    (_CIRCUIT, 0x01): NasMessage("detach", begins=True),
    (_CIRCUIT, 0x11): NasMessage("authentication_reject", "reject"),
    (_CIRCUIT, 0x12): NasMessage("authentication_request"),
    (_CIRCUIT, 0x21): NasMessage("service_request", "accept"),
    (_CIRCUIT, 0x24): NasMessage("service_request", begins=True),
    (_PACKET, 0x0C): NasMessage("service_request", begins=True),
    (_PACKET, 0x0D): NasMessage("service_request", "accept"),
    (_PACKET, 0x12): NasMessage("authentication_request"),
    (_PACKET, 0x14): NasMessage("authentication_reject", "reject"),
    (_RADIO, 0x32): NasMessage("security_mode", "accept"),
    (_EPS, 0x4D): NasMessage("service_request", begins=True),
    (_EPS, 0x4F): NasMessage("service_request", "accept"),
    (_EPS, 0x52): NasMessage("authentication_request"),
    (_EPS, 0x54): NasMessage("authentication_reject", "reject"),
    (_EPS, 0x5E): NasMessage("security_mode", "accept"),
}
#: Messages whose first octet is a cause.
_WITH_CAUSE: Final = {
    (_CIRCUIT, 0x04): ("location_update", "reject"),
    (_CIRCUIT, 0x1C): ("authentication_failure", None),
    (_CIRCUIT, 0x22): ("service_request", "reject"),
    (_PACKET, 0x04): ("attach", "reject"),
    (_PACKET, 0x0B): ("routing_area_update", "reject"),
    (_PACKET, 0x0E): ("service_request", "reject"),
    (_PACKET, 0x1C): ("authentication_failure", None),
    (_EPS, 0x44): ("attach", "reject"),
    (_EPS, 0x4B): ("tracking_area_update", "reject"),
    (_EPS, 0x4E): ("service_request", "reject"),
    (_EPS, 0x5C): ("authentication_failure", None),
    (_EPS, 0x5F): ("security_mode", "reject"),
}
#: Messages that name the area, and after how many octets.
_ACCEPTS: Final = {
    (_CIRCUIT, 0x02): ("location_update", 0),
    (_PACKET, 0x02): ("attach", 3),
    (_PACKET, 0x09): ("routing_area_update", 2),
}
_IDENTITY_REQUESTS: Final = ((_CIRCUIT, 0x18), (_PACKET, 0x15), (_EPS, 0x55))


def decode_nas_eps(
    data: bytes, ciphered: bool = False, uplink: bool | None = None
) -> NasMessage | str:
    """The fields of a NAS message of LTE, or the reason why there are none; never raises.

    ``ciphered`` says that a cipher other than EEA0 was chosen before.
    """
    if not data:
        return "empty"
    header = data[0] >> 4
    if data[0] & 15 != _EPS:
        return "other_protocol"
    if header == _SERVICE_REQUEST:
        return NasMessage("service_request", begins=True) if len(data) >= 4 else "cut_off"
    if header:
        if header in _CIPHERED and ciphered:
            return "ciphered"
        data = data[6:]
        if not data:
            return "cut_off"
        if data[0] != _EPS:
            return "ciphered" if header in _CIPHERED else "other_protocol"
    if len(data) < 2:
        return "cut_off"
    kind, body = data[1], data[2:]
    if (alike := _alike((_EPS, kind), body)) is not None:
        return alike
    if kind in (0x41, 0x48):
        return _request(kind, body)
    if kind == 0x42:  # attach accept: result, timer, list of areas
        return NasMessage("attach", "accept", here=_first_area(_counted(body, 2)))
    if kind == 0x49:
        areas = _optional(body[1:]).get(_TAI_LIST, b"")
        return NasMessage("tracking_area_update", "accept", here=_first_area(areas))
    if kind == 0x45:
        by_network = len(body) <= _MOST_OCTETS_OF_A_NETWORK_DETACH if uplink is None else not uplink
        if not by_network:
            return NasMessage("detach", begins=True)
        cause = _optional(body[1:]).get(_CAUSE)
        return NasMessage("detach", "abort", cause=cause[0] if cause else None)
    if kind == 0x4C:  # extended: below 3 it asks for fallback to circuit-switched (9.9.3.27)
        is_fallback = bool(body) and body[0] & 15 < 3
        return NasMessage("service_request", csfb=is_fallback or None, begins=True)
    if kind == 0x5D:
        if not body:
            return "cut_off"
        cipher, integrity = f"EEA{body[0] >> 4 & 7}", f"EIA{body[0] & 7}"
        return NasMessage("security_mode", cipher=cipher, integrity=integrity)
    return "no_known_field"


def decode_nas_gsm(data: bytes) -> NasMessage | str:
    """The fields of a message of GSM or UMTS, or the reason why there are none; never raises."""
    if len(data) < 2:
        return "cut_off" if data else "empty"
    protocol, body = data[0] & 15, data[2:]
    if protocol not in (_RADIO, _CIRCUIT, _PACKET):
        return "other_protocol"
    # The two upper bits of a phone's messages count them (TS 24.007 11.2.3.2.3).
    kind = protocol, data[1] & 0x3F if protocol == _CIRCUIT else data[1]
    if (alike := _alike(kind, body)) is not None:
        return alike
    if kind in _ACCEPTS:
        procedure, at = _ACCEPTS[kind]
        return NasMessage(procedure, "accept", here=area_of(body[at : at + 5]))
    if kind == (_CIRCUIT, 0x08) and body:
        update, old = _CIRCUIT_UPDATES.get(body[0] & 3), area_of(body[1:6])
        return NasMessage("location_update", update_type=update, old=old, begins=True)
    if kind == (_PACKET, 0x01) and body:
        return NasMessage("attach", update_type="attach", begins=True)
    if kind == (_PACKET, 0x08) and body:
        update, old = _UPDATES.get(body[0] & 7), area_of(body[1:6])
        return NasMessage("routing_area_update", update_type=update, old=old, begins=True)
    if kind == (_PACKET, 0x05) and body:
        return NasMessage("detach", begins=True)
    if kind == (_RADIO, 0x35) and body:
        cipher = f"A5/{(body[0] >> 1 & 7) + 1}" if body[0] & 1 else "A5/0"
        return NasMessage("security_mode", cipher=cipher)
    if kind == (_RADIO, 0x1B) and len(body) >= 7 and (here := area_of(body[2:7])):
        return NasMessage(here=here, cell=int.from_bytes(body[:2], "big"))
    return "no_known_field"


def _alike(kind: tuple[int, int], body: bytes) -> NasMessage | str | None:
    """Messages that are built alike in all protocols; ``None`` for all others."""
    if kind in _WITH_CAUSE:
        procedure, outcome = _WITH_CAUSE[kind]
        return NasMessage(procedure, outcome, cause=body[0]) if body else "cut_off"
    if kind in _IDENTITY_REQUESTS:
        asked = _IDENTITIES.get(body[0] & 7) if body else None
        return NasMessage("identity_request", identity_type=asked)
    return _PLAIN.get(kind)


def _request(kind: int, body: bytes) -> NasMessage | str:
    """Attach (8.2.4) or tracking area update request (8.2.29)."""
    if not body:
        return "cut_off"
    identity = _counted(body, 1)
    rest = body[2 + len(identity) :]
    procedure, update = "tracking_area_update", _UPDATES.get(body[0] & 7)
    if kind == 0x41:
        procedure, update = "attach", "combined" if body[0] & 7 == 2 else "attach"
        capability = _counted(rest, 0)
        rest = rest[1 + len(capability) :]
        rest = rest[2 + int.from_bytes(rest[:2], "big") :]
    optional = _optional(rest)
    old = area_of(optional.get(_LAST_TAI, b""))
    if old is None and identity[:1] and identity[0] & 7 == _GUTI:
        plmn = plmn_of(identity[1:4])
        old = Area(*plmn) if plmn else None
    lai = area_of(optional.get(_OLD_LAI, b""))
    return NasMessage(
        procedure,
        update_type=update,
        old=old,
        old_lai_area=lai.area if lai else None,
        begins=True,
    )


def _counted(data: bytes, at: int) -> bytes:
    """The octets that the length octet at ``at`` counts."""
    return data[at + 1 : at + 1 + data[at]] if at < len(data) else b""


def _optional(data: bytes) -> dict[int, bytes]:
    """Optional elements by identifier (TS 24.007 11.2.4); what is broken ends the list."""
    found: dict[int, bytes] = {}
    at = 0
    while at < len(data):
        element = data[at]
        if element & 0x80:  # half an octet each
            at += 1
        elif element in _FIXED:
            found.setdefault(element, data[at + 1 : at + _FIXED[element]])
            at += _FIXED[element]
        elif 0x78 <= element <= 0x7F:  # two octets of length
            at += 3 + int.from_bytes(data[at + 1 : at + 3], "big")
        else:
            value = _counted(data, at + 1)
            found.setdefault(element, value)
            at += 2 + (data[at + 1] if at + 1 < len(data) else 0)
    return found


def _first_area(areas: bytes) -> Area | None:
    """The first of a list of tracking areas (9.9.3.33); all three forms begin alike."""
    return area_of(areas[1:6])


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
