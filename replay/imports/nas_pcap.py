"""A phone's signalling in a capture file, as a trace.

Understood are pcap files of link type 148 (plain NAS-EPS) and of GSMTAP in whatever
`replay.imports.link` unpacks.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from replay.imports.conversations import Camp, Summary, messages_of
from replay.imports.link import Layer3, layer3_of
from replay.imports.nas_eps import decode_nas_eps
from replay.imports.nas_gsm import decode_nas_gsm
from replay.imports.pcap import Capture
from replay.imports.told import Told
from replay.traces.trace_writer import TraceWriter

_NULL_CIPHERS = (None, "EEA0")


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
    """Writes the trace ``out`` with what the phone of ``pcap`` said and heard.

    ``rat`` is what the messages say unless told (UMTS shares GSM's messages). ``mcc`` and ``mnc``
    are for captures that don't name the network, ``area`` and ``cell`` for what is known of the
    place; else both are written as "not known". A broken file gives what could be read of it.
    Raises `OSError` where a file can't be read or written, `replay.traces.trace_files.TraceError`
    where the folder holds another form of the same file.
    """
    summary = Summary()
    by_rat: dict[str, list[tuple[int, Told]]] = {}
    for kind, ts_ms, told in read_nas(pcap.read_bytes(), summary):
        by_rat.setdefault(rat or kind, []).append((ts_ms, told))
    camp = Camp("lte", mcc, mnc, area, cell)
    values = []
    for kind, messages in by_rat.items():
        values += messages_of(messages, subscriber, replace(camp, rat=kind), summary)
    with TraceWriter(out) as trace:
        trace.write("cell.signalling", values)
    return summary


def read_nas(data: bytes, summary: Summary) -> Iterator[tuple[str, int, Told]]:
    """RAT, time (ms) and content of each message in the bytes of a capture; never raises."""
    capture = Capture.of(data)
    ciphered = False
    for ts_ms, packet in capture.packets():
        summary.packets += 1
        message = layer3_of(capture.link_type, packet)
        if isinstance(message, str):
            summary.leave_out(message)
            continue
        told = _decoded(message, ciphered)
        if isinstance(told, str):
            summary.leave_out(told)
            continue
        if told.cipher is not None and message.protocol == "nas_eps":
            ciphered = told.cipher not in _NULL_CIPHERS
        yield "lte" if message.protocol == "nas_eps" else "gsm", ts_ms, told
    if capture.fault:
        summary.leave_out(capture.fault)


def _decoded(message: Layer3, ciphered: bool) -> Told | str:
    if message.protocol == "nas_eps":
        return decode_nas_eps(message.data, ciphered, message.uplink)
    return decode_nas_gsm(message.data)
