"""From the bytes of a packet to a layer-3 message: links, IP, UDP, GSMTAP and LAPDm.

Understood are the link types 148 (by convention plain NAS-EPS), Ethernet, Linux cooked, raw IP and
GSMTAP itself, and in GSMTAP (its own format, version 2, UDP port 4729) the types LTE NAS and GSM
Um. All else gives a word that says why not; nothing raises.
"""

from dataclasses import dataclass
from typing import Final

NAS_EPS: Final = 148
_RAW: Final = (12, 14, 101, 228, 229)
#: Link type -> (length of the link's header, where the Ethertype stands in it).
_FRAMED: Final = {1: (14, 12), 113: (16, 14), 276: (20, 0)}
_GSMTAP_UM: Final = 217
_GSMTAP_PORT: Final = 4729
_IPV4, _IPV6, _VLANS = 0x0800, 0x86DD, (0x8100, 0x88A8)
_UDP: Final = 17

#: GSMTAP types (gsmtap.h of libosmocore).
_UM, _LTE_NAS = 0x01, 0x12
_UPLINK: Final = 0x4000
#: GSM Um channels in GSMTAP: broadcast and common ones carry a pseudo length, the others LAPDm.
_BCCH, _CCCH, _DEDICATED = 0x01, 0x02, (0x06, 0x07, 0x08, 0x09, 0x0A)
_ACCH: Final = 0x80


@dataclass(frozen=True, slots=True)
class Layer3:
    """A layer-3 message: ``protocol`` is ``nas_eps`` or ``gsm``; ``uplink`` None where untold."""

    protocol: str
    data: bytes
    uplink: bool | None = None


def layer3_of(link_type: int, packet: bytes) -> Layer3 | str:
    """The message in a packet, or in one word why there is none."""
    if link_type == NAS_EPS:
        return Layer3("nas_eps", packet) if packet else "empty"
    if link_type == _GSMTAP_UM:
        return _of_gsmtap(packet)
    if link_type in _RAW:
        return _of_ip(packet)
    if link_type in _FRAMED:
        length, type_at = _FRAMED[link_type]
        kind, body = _number(packet, type_at), packet[length:]
        while kind in _VLANS and len(body) >= 4:
            kind, body = _number(body, 2), body[4:]
        return _of_ip(body) if kind in (_IPV4, _IPV6) else "not_ip"
    return "unknown_link_type"


def _of_ip(data: bytes) -> Layer3 | str:
    if not data:
        return "cut_off"
    if data[0] >> 4 == 4 and len(data) >= 20:
        header, protocol = (data[0] & 0x0F) * 4, data[9]
        if _number(data, 6) & 0x3FFF:
            return "fragment"
        if header < 20:
            return "not_ip"
    elif data[0] >> 4 == 6 and len(data) >= 40:
        header, protocol = 40, data[6]
    else:
        return "not_ip"
    datagram = data[header:]
    if protocol != _UDP:
        return "not_gsmtap"
    if len(datagram) < 8:
        return "cut_off"
    if _GSMTAP_PORT not in (_number(datagram, 0), _number(datagram, 2)):
        return "not_gsmtap"
    # Frames are padded to the link's least length: what is beyond the datagram is not of it.
    return _of_gsmtap(datagram[8 : max(8, _number(datagram, 4))])


def _of_gsmtap(data: bytes) -> Layer3 | str:
    if len(data) < 16:
        return "cut_off"
    version, header, kind = data[0], data[1] * 4, data[2]
    if version != 2 or header < 16:
        return "not_gsmtap"
    uplink, channel, body = bool(_number(data, 4) & _UPLINK), data[12], data[header:]
    if not body:
        return "cut_off"
    if kind == _LTE_NAS:
        return Layer3("nas_eps", body, uplink)
    if kind == _UM:
        return _of_um(channel, body, uplink)
    return "other_gsmtap_type"


def _of_um(channel: int, body: bytes, uplink: bool) -> Layer3 | str:
    """The message in one block of 23 octets (TS 44.006); longer ones, in segments, are left out."""
    if channel in (_BCCH, _CCCH):
        told = body[0] >> 2
        return Layer3("gsm", body[1 : 1 + told], uplink) if told >= 2 else "no_layer3"
    if channel & ~_ACCH not in _DEDICATED:
        return "other_gsmtap_type"
    frame = body[2:] if channel & _ACCH else body  # the slow channel has a layer-1 header
    if len(frame) < 3:
        return "cut_off"
    length, more = frame[2] >> 2, bool(frame[2] & 0x02)
    # Information (TS 44.006 3.4.1), or set-up of a link with a message in it (8.4.1).
    carries = not frame[1] & 0x01 or frame[1] & 0xEF in (0x2F, 0x63)
    if not carries or length == 0:
        return "no_layer3"
    if more or 3 + length > len(frame):
        return "segmented"
    return Layer3("gsm", frame[3 : 3 + length], uplink)


def _number(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 2], "big")
