"""NAS of LTE (TS 24.301), as far as `cell.signalling` has fields for it.

Messages under a cipher other than EEA0 can't be read. Security headers are taken off without
checking them: only the phone and its core hold the keys.
"""

from typing import Final

from replay.imports.nas_message import Area, NasMessage, area_of, plmn_of

_MOBILITY: Final = 7
_SERVICE_REQUEST: Final = 12
#: Security header types whose content is ciphered where a cipher has been chosen (9.3.1).
_CIPHERED: Final = (2, 4, 5)
_IDENTITIES: Final = {1: "imsi", 2: "imei", 3: "imeisv", 4: "tmsi"}
_UPDATES: Final = {0: "normal", 1: "combined", 2: "combined", 3: "periodic"}
#: Lengths of optional elements without a length of their own (8.2), by element identifier.
_FIXED: Final = {0x13: 6, 0x17: 2, 0x19: 4, 0x52: 6, 0x53: 2, 0x55: 5, 0x59: 2, 0x5A: 2, 0x5C: 3}
_LAST_TAI, _OLD_LAI, _CAUSE, _TAI_LIST = 0x52, 0x13, 0x53, 0x54
_GUTI: Final = 6
#: EPS detach of a phone names the phone, one of the network doesn't and so is short (8.2.11).
_MOST_OCTETS_OF_A_NETWORK_DETACH: Final = 3


def decode_nas_eps(
    data: bytes, ciphered: bool = False, uplink: bool | None = None
) -> NasMessage | str:
    """The fields of a NAS message, or the reason why there are none; never raises.

    ``ciphered`` says that a cipher other than EEA0 was chosen before.
    """
    if not data:
        return "empty"
    header = data[0] >> 4
    if data[0] & 15 != _MOBILITY:
        return "other_protocol"
    if header == _SERVICE_REQUEST:
        return NasMessage("service_request", begins=True) if len(data) >= 4 else "cut_off"
    if header:
        if header in _CIPHERED and ciphered:
            return "ciphered"
        data = data[6:]
        if not data:
            return "cut_off"
        if data[0] != _MOBILITY:
            return "ciphered" if header in _CIPHERED else "other_protocol"
    if len(data) < 2:
        return "cut_off"
    return _decode(data[1], data[2:], uplink)


def _decode(kind: int, body: bytes, uplink: bool | None) -> NasMessage | str:
    if kind in _REJECTS:
        return NasMessage(_REJECTS[kind], "reject", cause=body[0]) if body else "cut_off"
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
    if kind in (0x4C, 0x4D):
        return NasMessage("service_request", begins=True)
    if kind == 0x4F:
        return NasMessage("service_request", "accept")
    if kind == 0x52:
        return NasMessage("authentication_request")
    if kind == 0x54:
        return NasMessage("authentication_reject", "reject")
    if kind == 0x55:
        asked = _IDENTITIES.get(body[0] & 7) if body else None
        return NasMessage("identity_request", identity_type=asked)
    if kind == 0x5C:
        return NasMessage("authentication_failure", cause=body[0]) if body else "cut_off"
    if kind == 0x5D:
        if not body:
            return "cut_off"
        cipher, integrity = f"EEA{body[0] >> 4 & 7}", f"EIA{body[0] & 7}"
        return NasMessage("security_mode", cipher=cipher, integrity=integrity)
    if kind == 0x5E:
        return NasMessage("security_mode", "accept")
    return "no_known_field"


_REJECTS: Final = {
    0x44: "attach",
    0x4B: "tracking_area_update",
    0x4E: "service_request",
    0x5F: "security_mode",
}


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
