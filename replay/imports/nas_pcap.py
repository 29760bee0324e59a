"""A phone's signalling in a capture file, as a trace.

Understood are pcap and pcapng files of link type 148 (plain NAS-EPS) and of GSMTAP in the links
that `replay.imports.link` unpacks.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from replay.imports.conversations import Camp, Summary, messages_of
from replay.imports.link import Layer3, layer3_of
from replay.imports.nas_eps import decode_nas_eps
from replay.imports.nas_gsm import decode_nas_gsm
from replay.imports.nas_message import NasMessage
from replay.imports.pcap import Capture
from replay.traces.trace_writer import TraceWriter

_NULL_CIPHERS = (None, "EEA0")
#: 9999-12-31, the latest time that the message schema takes.
_END_OF_TIME_MS = 253_402_300_799_999


def import_nas(
    pcap: Path,
    out: Path,
    *,
    subscriber: str,
    rat: str | None = None,
    mcc: int | None = None,
    mnc: int | None = None,
    area: int | None = None,
    cell: int | None = None,
) -> Summary:
    """Writes the trace ``out`` with the messages that the phone of ``pcap`` sent and received.

    ``rat`` replaces the RAT of the messages (UMTS shares GSM's). ``mcc`` and ``mnc``
    are for captures that don't name the network, ``area`` and ``cell`` for what is known of the
    place; else both are written as "not known". A broken file gives what could be read of it.
    Raises `OSError` where a file can't be read or written, `replay.traces.trace_files.TraceError`
    where the folder holds another form of the same file.
    """
    summary = Summary()
    by_rat: dict[str, list[tuple[int, NasMessage]]] = {}
    for kind, ts_ms, message in read_nas(pcap.read_bytes(), summary):
        by_rat.setdefault(rat or kind, []).append((ts_ms, message))
    camp = Camp("lte", mcc, mnc, area, cell)
    values = []
    for kind, messages in by_rat.items():
        values += messages_of(messages, subscriber, replace(camp, rat=kind), summary)
    with TraceWriter(out) as trace:
        trace.write("cell.signalling", values)
    return summary


def read_nas(data: bytes, summary: Summary) -> Iterator[tuple[str, int, NasMessage]]:
    """RAT, time (ms) and content of each message in the bytes of a capture; never raises."""
    capture = Capture(data)
    ciphered = False
    for ts_ms, link_type, packet in capture.packets():
        summary.packets += 1
        layer3 = layer3_of(link_type, packet)
        decoded = layer3 if isinstance(layer3, str) else _decoded(layer3, ciphered)
        if isinstance(layer3, str) or isinstance(decoded, str):
            summary.leave_out(str(decoded))
            continue
        if ts_ms is None or not 0 <= ts_ms <= _END_OF_TIME_MS:
            summary.leave_out("without_time")
            continue
        if decoded.cipher is not None and layer3.protocol == "nas_eps":
            ciphered = decoded.cipher not in _NULL_CIPHERS
        yield "lte" if layer3.protocol == "nas_eps" else "gsm", ts_ms, decoded
    if capture.fault:
        summary.leave_out(capture.fault)


def _decoded(message: Layer3, ciphered: bool) -> NasMessage | str:
    if message.protocol == "nas_eps":
        return decode_nas_eps(message.data, ciphered, message.uplink)
    return decode_nas_gsm(message.data)
