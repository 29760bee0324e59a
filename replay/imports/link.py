"""From the bytes of a packet to a layer-3 message: links, IP, UDP, GSMTAP and LAPDm.

Understood are the link types 148 (by convention plain NAS-EPS), Ethernet, Linux cooked, raw IP and
GSMTAP itself, and in GSMTAP (its own format, version 2, UDP port 4729) the types LTE NAS and GSM
Um. Of all else the reason is given why it holds no message; nothing raises.
"""

from dataclasses import dataclass
from typing import Any, Final

import dpkt
from dpkt.ethernet import Ethernet
from dpkt.ip import IP, IP_PROTO_UDP
from dpkt.ip6 import IP6
from dpkt.sll import SLL
from dpkt.sll2 import SLL2
from dpkt.udp import UDP

NAS_EPS: Final = 148
_RAW: Final = (12, 14, 101, 228, 229)
_FRAMED: Final = {1: Ethernet, 113: SLL, 276: SLL2}
_GSMTAP_UM: Final = 217
_GSMTAP_PORT: Final = 4729
#: So much of a frame is taken apart. No radio message is as long, and dpkt may take time with the
#: square of the length of a frame that is made for it.
_MOST_FRAME_BYTES: Final = 4096

#: GSMTAP types (gsmtap.h of libosmocore).
_UM, _LTE_NAS = 0x01, 0x12
_UPLINK: Final = 0x4000
#: GSM Um channels in GSMTAP: broadcast and common ones carry a pseudo length, the others LAPDm.
_BCCH, _CCCH, _DEDICATED = 0x01, 0x02, (0x06, 0x07, 0x08, 0x09, 0x0A)
_ACCH: Final = 0x80


@dataclass(frozen=True, slots=True)
class Layer3:
    """A layer-3 message: ``protocol`` is ``nas_eps`` or ``gsm``; ``uplink`` None: not known."""

    protocol: str
    data: bytes
    uplink: bool | None = None


def layer3_of(link_type: int, packet: bytes) -> Layer3 | str:
    """The message in a packet, or the reason why there is none."""
    if link_type == NAS_EPS:
        return Layer3("nas_eps", packet) if packet else "empty"
    if link_type == _GSMTAP_UM:
        return _of_gsmtap(packet)
    if link_type not in _RAW and link_type not in _FRAMED:
        return "unknown_link_type"
    if not packet:
        return "cut_off"
    try:
        return _of_ip(_network_layer(link_type, packet[:_MOST_FRAME_BYTES]))
    except dpkt.NeedData:
        return "cut_off"
    except Exception:
        # dpkt takes apart all protocols that it knows, also those around what is wanted here, and
        # malformed ones raise whatever they run into. One packet must not lose the others.
        return "malformed"


def _network_layer(link_type: int, frame: bytes) -> Any:
    """The IP packet of a frame; something else where it holds none."""
    if link_type in _FRAMED:
        return _FRAMED[link_type](frame).data
    version = frame[0] >> 4
    return IP(frame) if version == 4 else IP6(frame) if version == 6 else None


def _of_ip(network: Any) -> Layer3 | str:
    if not isinstance(network, IP | IP6):
        return "not_ip"
    if isinstance(network, IP) and (network.mf or network.offset):
        return "fragment"
    datagram = network.data
    if not isinstance(datagram, UDP):
        return "cut_off" if network.p == IP_PROTO_UDP else "not_gsmtap"
    if _GSMTAP_PORT not in (datagram.sport, datagram.dport):
        return "not_gsmtap"
    # Frames are padded to the link's least length: what is beyond the datagram is not of it.
    return _of_gsmtap(bytes(datagram.data)[: max(0, datagram.ulen - UDP.__hdr_len__)])


def _of_gsmtap(data: bytes) -> Layer3 | str:
    if len(data) < 16:
        return "cut_off"
    version, header, kind = data[0], data[1] * 4, data[2]
    if version != 2 or header < 16:
        return "not_gsmtap"
    uplink = bool(int.from_bytes(data[4:6], "big") & _UPLINK)
    channel, body = data[12], data[header:]
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
        length = body[0] >> 2
        return Layer3("gsm", body[1 : 1 + length], uplink) if length >= 2 else "no_layer3"
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
