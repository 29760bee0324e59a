"""From the bytes of a packet to a layer-3 message: links, IP, UDP, GSMTAP and LAPDm.

Understood are the link types 148 (by convention plain NAS-EPS), Ethernet, Linux cooked, raw IP,
GSMTAP itself and Wireshark's exported PDUs (252), and in GSMTAP (its own format, version 2, UDP
port 4729) the types LTE NAS, LTE RRC and GSM Um. Of all else the reason is given why it holds no
message; nothing raises.
"""

from dataclasses import dataclass, field
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
_EXPORTED: Final = 252
#: In an exported PDU: the dissector's name, and the end of the tags (epan/exported_pdu.h).
_NAME_TAGS, _END_TAG = (12, 14), 0
#: So much of a frame is taken apart. No radio message is as long, and dpkt may take time with the
#: square of the length of a frame that is made for it.
_MOST_FRAME_BYTES: Final = 4096

#: GSMTAP types (gsmtap.h of libosmocore).
_UM, _LTE_RRC, _LTE_NAS = 0x01, 0x0D, 0x12
_UPLINK: Final = 0x4000
_ARFCN: Final = 0x3FFF
#: Levels (dBm) that are one: programs without a measurement write 0, and some -128 or 127.
_LEVELS: Final = range(-127, 0)
#: GSM Um channels in GSMTAP: broadcast and common ones carry a pseudo length, the others LAPDm.
_BCCH, _CCCH, _DEDICATED = 0x01, 0x02, (0x06, 0x07, 0x08, 0x09, 0x0A)
_ACCH: Final = 0x80


#: LTE's channels by the subtypes of GSMTAP; the same names end those of Wireshark's dissectors.
_RRC_CHANNELS: Final = {
    **{0: "dl_ccch", 1: "dl_dcch", 2: "ul_ccch", 3: "ul_dcch", 5: "bcch_dl_sch"},
}
_DISSECTORS: Final = {
    **{f"lte_rrc.{name}": ("lte_rrc", name) for name in _RRC_CHANNELS.values()},
    **dict.fromkeys(("nas-eps", "nas-eps_plain"), ("nas_eps", "")),
    **dict.fromkeys(("gsm_a_dtap", "gsm_a_ccch"), ("gsm", "")),
}


@dataclass(frozen=True, slots=True)
class Radio:
    """What a receiver says of a message: channel number and level (dBm); ``None``: nothing."""

    arfcn: int | None = None
    signal_dbm: int | None = None


@dataclass(frozen=True, slots=True)
class Layer3:
    """A layer-3 message: ``protocol`` is ``nas_eps``, ``lte_rrc`` or ``gsm``.

    ``uplink`` None: not known. ``channel`` is LTE's, or ``bcch``. ``block`` is the whole block of
    GSM's broadcast channel, of which ``data`` lacks the rest octets.
    """

    protocol: str
    data: bytes
    uplink: bool | None = None
    channel: str = field(default="", compare=False)
    radio: Radio = field(default=Radio(), compare=False)
    block: bytes = field(default=b"", compare=False)


def layer3_of(link_type: int, packet: bytes) -> Layer3 | str:
    """The message in a packet, or the reason why there is none."""
    if link_type == NAS_EPS:
        return Layer3("nas_eps", packet) if packet else "empty"
    if link_type == _GSMTAP_UM:
        return _of_gsmtap(packet)
    if link_type == _EXPORTED:
        return _of_exported(packet)
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
    channel_number = int.from_bytes(data[4:6], "big")
    uplink = bool(channel_number & _UPLINK)
    channel, body = data[12], data[header:]
    if not body:
        return "cut_off"
    level = data[6] - 256 if data[6] & 0x80 else data[6]
    radio = Radio(channel_number & _ARFCN or None, level if level in _LEVELS else None)
    if kind == _LTE_NAS:
        return Layer3("nas_eps", body, uplink)
    if kind == _LTE_RRC and channel in _RRC_CHANNELS:
        return Layer3("lte_rrc", body, uplink, _RRC_CHANNELS[channel], radio)
    if kind == _UM:
        return _of_um(channel, body, uplink, radio)
    return "other_gsmtap_type"


def _of_exported(packet: bytes) -> Layer3 | str:
    """What Wireshark exported: tags with a length each, then the PDU."""
    name, at = "", 0
    while len(packet) >= at + 4:
        tag, length = (int.from_bytes(packet[at + n : at + n + 2], "big") for n in (0, 2))
        value = packet[at + 4 : at + 4 + length]
        at += 4 + length
        if tag == _END_TAG:
            protocol, channel = _DISSECTORS.get(name, ("", ""))
            if not protocol:
                return "other_dissector"
            return Layer3(protocol, packet[at:], None, channel) if at < len(packet) else "cut_off"
        if tag in _NAME_TAGS:
            name = value.rstrip(b"\x00").decode("ascii", "replace")
    return "cut_off"


def _of_um(channel: int, body: bytes, uplink: bool, radio: Radio) -> Layer3 | str:
    """The message in one block of 23 octets (TS 44.006); longer ones, in segments, are left out."""
    if channel in (_BCCH, _CCCH):
        length = body[0] >> 2
        if length < 2:
            return "no_layer3"
        name = "bcch" if channel == _BCCH else ""
        return Layer3("gsm", body[1 : 1 + length], uplink, name, radio, body[1:])
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
