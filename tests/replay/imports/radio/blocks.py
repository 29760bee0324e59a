"""Blocks of system information and RRC messages for tests; the network is 001-01.

GSM's are put together here, bit by bit; LTE's were encoded by pycrate. What they say is checked
against tshark in `test_recorders.py`.
"""

from struct import pack

from replay.imports.link import Layer3

_PADDING = 0x2B


def rest_octets(*parts: str, length: int) -> bytes:
    """Octets of H (high), L (low) and plain bits, the rest padding."""
    bits: list[int] = []
    for part in parts:
        if part in ("H", "L"):
            bits.append(_padding(len(bits)) ^ (part == "H"))
        else:
            bits += [int(bit) for bit in part]
    while len(bits) < 8 * length:
        bits.append(_padding(len(bits)))
    return int("".join(map(str, bits)), 2).to_bytes(length)


def _padding(at: int) -> int:
    return _PADDING >> (7 - at % 8) & 1


def _c2(offset: int) -> tuple[str, str]:
    return "H", f"0{offset:06b}" + "000" + "00000"


#: Cell 1200 in area 77: T3212 an hour, hysteresis 6 dB, offset 20 dB, GPRS.
TYPE_3 = bytes.fromhex("49061b 04b0 00f110004d 41030a 28 6504 e50400") + rest_octets(
    *_c2(10), "L", "L", "L", "L", "H", "0000", length=4
)
#: Area 77: hysteresis 8 dB, barred, offset 10 dB, a channel for cell broadcast, no GPRS.
TYPE_4 = bytes.fromhex("31061c 00f110004d 8504 e70400 64410021") + rest_octets(
    *_c2(5), "L", "L", length=6
)
#: Type 2, of which nothing is read.
TYPE_2 = bytes.fromhex("59061a") + bytes(20)

#: Cell 100000001 in area 4100 of 460-00, band 3, type 3 scheduled.
SIB1 = bytes.fromhex("4051800110045f5e10182820108294")
#: Hysteresis 4 dB, own priority 5; neighbours.
SIB3 = bytes.fromhex("018440a815489004d78c04028a144217c9490042017ff00210")
#: EEA0, EIA2.
SECURITY_MODE = bytes.fromhex("320020")
#: Released, with channels of GSM to go to.
RELEASE = bytes.fromhex("2a22210800")
#: An identity request for the IMSI, in RRC.
TRANSFER = bytes.fromhex("0a00183aa808")
IDENTITY_REQUEST = bytes.fromhex("075501")

RRC = {
    "bcch_dl_sch": 5,
    "dl_dcch": 1,
    "ul_ccch": 2,
    "ul_dcch": 3,
}
UM, LTE_RRC, LTE_NAS = 0x01, 0x0D, 0x12


def gsmtap(body: bytes, kind: int, channel: int = 0, arfcn: int = 0, level: int = 0) -> bytes:
    """A GSMTAP message, with the level (dBm) that its header carries."""
    return pack(">BBBBHbBIBBBB", 2, 4, kind, 0, arfcn, level, 0, 0, channel, 0, 0, 0) + body


def block(message: Layer3 | str) -> bytes:
    """The block of the broadcast channel that a packet held."""
    assert isinstance(message, Layer3)
    return message.block
