"""GSM's system information types 3 and 4 (TS 44.018, 9.1.35 and 9.1.36), as far as fields are.

Both have fixed places but for their rest octets, whose bits are spread over a padding pattern
(10.5.2.34, 10.5.2.35); of these the offset of C2 and GPRS are read.
"""

from typing import Any, Final

from replay.imports.nas import area_of
from replay.imports.radio.information import Information

_RADIO, _TYPE_3, _TYPE_4 = 6, 0x1B, 0x1C
#: In octets from the message type on: cell, LAI, control channel, options, selection, access, rest.
_TYPE_3_LENGTH: Final = 16
_PADDING: Final = 0x2B
_T3212_MIN: Final = 6
_OFFSET_DB = _HYSTERESIS_DB = 2


def gsm_information(data: bytes) -> Information | None:
    """What a block of the broadcast channel says of its cell; ``None`` for other blocks."""
    if len(data) < 2 or data[0] & 15 != _RADIO:
        return None
    body = data[2:]
    if data[1] == _TYPE_3 and len(body) >= _TYPE_3_LENGTH:
        area = area_of(body[2:7])
        # Octet 3 of the control channel's description.
        broadcast = {"t3212_min": body[9] * _T3212_MIN} | _selection(body[11:16], body[16:], True)
        return Information("gsm", area, int.from_bytes(body[:2], "big"), broadcast)
    if data[1] == _TYPE_4 and len(body) >= 10:
        # Where cell broadcast is may come first: a channel, and its frequencies if it hops.
        rest = body[10:]
        if rest[:1] == b"\x64":
            rest = rest[4:]
            if rest[:1] == b"\x72":
                rest = rest[2 + rest[1] :] if len(rest) > 1 else b""
        return Information("gsm", area_of(body[:5]), None, _selection(body[5:10], rest, False))
    return None


def _selection(parameters: bytes, rest: bytes, is_type_3: bool) -> dict[str, Any]:
    """Cell selection (two octets), access (three), and the rest octets."""
    fields: dict[str, Any] = {
        "reselect_hysteresis_db": (parameters[0] >> 5) * _HYSTERESIS_DB,
        "cell_barred": bool(parameters[2] & 0x02),
    }
    bits = _Bits(rest)
    if bits.high():  # CBQ, CELL_RESELECT_OFFSET, TEMPORARY_OFFSET, PENALTY_TIME
        bits.take(1)
        fields["cell_reselect_offset_db"] = bits.take(6) * _OFFSET_DB
        bits.take(8)
    if bits.high():  # power offset
        bits.take(2)
    if is_type_3:
        bits.high()  # system information 2ter
        bits.high()  # early classmark sending
        if bits.high():  # where the blocks are
            bits.take(3)
    if bits.are_left:
        fields["gprs"] = bits.high()
    return fields


class _Bits:
    """Rest octets, bit by bit: a bit is high where it differs from the padding (TS 44.006 11)."""

    def __init__(self, octets: bytes) -> None:
        self._octets, self._at = octets, 0

    @property
    def are_left(self) -> bool:
        return self._at < 8 * len(self._octets)

    def take(self, count: int) -> int:
        """A number of bits as they are; zeros beyond the end."""
        value = 0
        for _ in range(count):
            value = value << 1 | self._bit()
        return value

    def high(self) -> bool:
        """Whether the next bit is high; the end is low."""
        if not self.are_left:
            return False
        padding = _PADDING >> (7 - self._at % 8) & 1
        return self._bit() != padding

    def _bit(self) -> int:
        if not self.are_left:
            return 0
        octet, shift = self._octets[self._at // 8], 7 - self._at % 8
        self._at += 1
        return octet >> shift & 1
