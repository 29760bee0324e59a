"""Mobility and radio messages of GSM and UMTS (TS 24.008, TS 44.018), as far as there are fields.

Circuit-switched mobility (protocol 5), packet mobility (8) and, of radio resources (6), the choice
of the cipher and system information 3, which names the cell.
"""

from typing import Final

from replay.imports.nas_message import NasMessage, area_of

_RADIO, _MOBILITY, _PACKET = 6, 5, 8
_IDENTITIES: Final = {1: "imsi", 2: "imei", 3: "imeisv", 4: "tmsi"}
_UPDATES: Final = {0: "normal", 1: "periodic", 2: "attach"}
_PACKET_UPDATES: Final = {0: "normal", 1: "combined", 2: "combined", 3: "periodic"}

#: Messages that hold nothing but their kind, and for rejects a cause, by protocol and type.
_PLAIN: Final = {
    (_MOBILITY, 0x01): NasMessage("detach", begins=True),
    (_MOBILITY, 0x11): NasMessage("authentication_reject", "reject"),
    (_MOBILITY, 0x12): NasMessage("authentication_request"),
    (_MOBILITY, 0x21): NasMessage("service_request", "accept"),
    (_MOBILITY, 0x24): NasMessage("service_request", begins=True),
    (_PACKET, 0x0C): NasMessage("service_request", begins=True),
    (_PACKET, 0x0D): NasMessage("service_request", "accept"),
    (_PACKET, 0x12): NasMessage("authentication_request"),
    (_PACKET, 0x14): NasMessage("authentication_reject", "reject"),
    (_RADIO, 0x32): NasMessage("security_mode", "accept"),
}
_WITH_CAUSE: Final = {
    (_MOBILITY, 0x04): ("location_update", "reject"),
    (_MOBILITY, 0x1C): ("authentication_failure", None),
    (_MOBILITY, 0x22): ("service_request", "reject"),
    (_PACKET, 0x04): ("attach", "reject"),
    (_PACKET, 0x0B): ("routing_area_update", "reject"),
    (_PACKET, 0x0E): ("service_request", "reject"),
    (_PACKET, 0x1C): ("authentication_failure", None),
}
_ACCEPTS: Final = {
    (_MOBILITY, 0x02): ("location_update", 0),
    (_PACKET, 0x02): ("attach", 3),
    (_PACKET, 0x09): ("routing_area_update", 2),
}


def decode_nas_gsm(data: bytes) -> NasMessage | str:
    """The fields of a message, or the reason why there are none; never raises."""
    if len(data) < 2:
        return "cut_off" if data else "empty"
    protocol, body = data[0] & 15, data[2:]
    # The two upper bits of a phone's messages count them (TS 24.007 11.2.3.2.3).
    kind = protocol, data[1] & 0x3F if protocol == _MOBILITY else data[1]
    if kind in _PLAIN:
        return _PLAIN[kind]
    if kind in _WITH_CAUSE:
        procedure, outcome = _WITH_CAUSE[kind]
        return NasMessage(procedure, outcome, cause=body[0]) if body else "cut_off"
    if kind in _ACCEPTS:
        procedure, at = _ACCEPTS[kind]
        return NasMessage(procedure, "accept", here=area_of(body[at : at + 5]))
    if kind in ((_MOBILITY, 0x18), (_PACKET, 0x15)):
        asked = _IDENTITIES.get(body[0] & 7) if body else None
        return NasMessage("identity_request", identity_type=asked)
    if kind == (_MOBILITY, 0x08) and body:
        update, old = _UPDATES.get(body[0] & 3), area_of(body[1:6])
        return NasMessage("location_update", update_type=update, old=old, begins=True)
    if kind == (_PACKET, 0x01) and body:
        return NasMessage("attach", update_type="attach", begins=True)
    if kind == (_PACKET, 0x08) and body:
        update, old = _PACKET_UPDATES.get(body[0] & 7), area_of(body[1:6])
        return NasMessage("routing_area_update", update_type=update, old=old, begins=True)
    if kind == (_PACKET, 0x05) and body:
        return NasMessage("detach", begins=True)
    if kind == (_RADIO, 0x35) and body:
        cipher = f"A5/{(body[0] >> 1 & 7) + 1}" if body[0] & 1 else "A5/0"
        return NasMessage("security_mode", cipher=cipher)
    if kind == (_RADIO, 0x1B) and len(body) >= 7:
        here = area_of(body[2:7])
        return (
            NasMessage(here=here, cell=int.from_bytes(body[:2], "big"))
            if here
            else "no_known_field"
        )
    return "no_known_field" if protocol in (_RADIO, _MOBILITY, _PACKET) else "other_protocol"
