"""What is in a capture: procedures of a phone, and system information of cells.

NAS goes in RRC, and recorders that keep both write each message twice: where a capture has NAS
packets, what RRC carries is left alone. A redirect after the phone asked for a fallback to
circuit-switched service is part of that (``csfb``).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Final, Generic, TypeVar

from replay.imports.conversations import Summary
from replay.imports.link import Layer3, Radio, layer3_of
from replay.imports.nas import NasMessage, decode_nas_eps, decode_nas_gsm
from replay.imports.pcap import Capture
from replay.imports.radio.gsm_information import gsm_information
from replay.imports.radio.information import Cells, Information
from replay.imports.radio.rrc import Piece, decode_rrc
from streams.decode.schema import RX_TS
from streams.progress import each

#: Packets that are looked at: a phone's own signalling of some months. A few kilobytes of gzip can
#: stand for twenty times as many, which would fill the memory.
_MOST_PACKETS: Final = 2_000_000
_NULL_CIPHERS: Final = (None, "EEA0")

_NO_RADIO: Final = Radio()

P = TypeVar("P")
#: A piece, and whether it is LTE's NAS, whose cipher hides what comes after.
Known = tuple[Information | NasMessage, bool]


@dataclass(frozen=True, slots=True)
class Timed(Generic[P]):
    """A piece of a packet: its RAT, its time (ms), what it says, what the receiver says of it."""

    rat: str
    ts_ms: int
    piece: P
    radio: Radio = _NO_RADIO


@dataclass(slots=True)
class Found:
    """What a capture holds, in its order."""

    signalling: list[Timed[NasMessage]] = field(default_factory=list)
    information: list[Timed[Information]] = field(default_factory=list)


def read_capture(data: bytes, summary: Summary) -> Found:
    """All of a capture's bytes, with the rest counted by reason; never raises."""
    capture, found, ciphered = Capture(data), Found(), False
    packets = list(_layer3(capture, summary))
    has_nas = any(message.protocol == "nas_eps" for _, message in packets)
    for ts_ms, message in packets:
        pieces = _pieces(message, has_nas, ciphered)
        if isinstance(pieces, str):
            summary.leave_out(pieces)
            continue
        if ts_ms is None or not 0 <= ts_ms <= RX_TS.high:
            summary.leave_out("without_time")
            continue
        rat = "gsm" if message.protocol == "gsm" else "lte"
        for piece, is_nas in pieces:
            if isinstance(piece, Information):
                found.information.append(Timed(rat, ts_ms, piece, message.radio))
                piece = NasMessage(here=piece.area, cell=piece.cell)
                if piece.cell is None:
                    continue
            elif is_nas and piece.cipher is not None:
                ciphered = piece.cipher not in _NULL_CIPHERS
            found.signalling.append(Timed(rat, ts_ms, piece))
    if capture.fault:
        summary.leave_out(capture.fault)
    found.signalling = list(_with_fallback(found.signalling))
    return found


def reports_of(
    information: list[Timed[Information]], device: str, summary: Summary
) -> list[dict[str, Any]]:
    """Reports of `cell.measurements`: those of which cell and level are known."""
    cells, reports = Cells(), []
    for one in information:
        report = cells.report(one.ts_ms, device, one.piece, one.radio)
        if isinstance(report, str):
            summary.leave_out(report)
        else:
            reports.append(report)
    return reports


def _layer3(capture: Capture, summary: Summary) -> Iterator[tuple[int | None, Layer3]]:
    for ts_ms, link_type, packet in each(capture.packets(), "import", unit=" packets"):
        if summary.packets >= _MOST_PACKETS:
            summary.leave_out("too_large")
            return
        summary.packets += 1
        message = layer3_of(link_type, packet)
        if isinstance(message, str):
            summary.leave_out(message)
        else:
            yield ts_ms, message


def _pieces(message: Layer3, has_nas: bool, ciphered: bool) -> list[Known] | str:
    """What one packet says, or the reason why nothing."""
    if message.protocol == "lte_rrc":
        return _of_rrc(decode_rrc(message.channel, message.data), has_nas, ciphered)
    if message.protocol == "nas_eps":
        decoded = decode_nas_eps(message.data, ciphered, message.uplink)
        return decoded if isinstance(decoded, str) else [(decoded, True)]
    if message.channel == "bcch" and (information := gsm_information(message.block)):
        return [(information, False)]
    decoded = decode_nas_gsm(message.data)
    return decoded if isinstance(decoded, str) else [(decoded, False)]


def _of_rrc(pieces: list[Piece] | str, has_nas: bool, ciphered: bool) -> list[Known] | str:
    if isinstance(pieces, str):
        return pieces
    known: list[Known] = []
    why = "nas_that_comes_by_itself_too"
    for piece in pieces:
        if not isinstance(piece, bytes):
            known.append((piece, False))
        elif not has_nas:
            decoded = decode_nas_eps(piece, ciphered)
            if isinstance(decoded, str):
                why = decoded
            else:
                known.append((decoded, True))
    return known or why


def _with_fallback(messages: list[Timed[NasMessage]]) -> Iterator[Timed[NasMessage]]:
    """The same, redirects of phones that asked for a fallback marked as such."""
    asked = False
    for one in messages:
        message = one.piece
        if message.begins:
            asked = bool(message.csfb)
        if asked and message.procedure in ("redirect", "handover"):
            yield replace(one, piece=replace(message, csfb=True))
            asked = False
        else:
            yield one
