"""`sms.jsonl.gz`: texts as the centre records them and as phones report them."""

from collections.abc import Iterator

import numpy as np
import pyarrow.compute as pc

from replay.simulate.calls.columns import Ints, Table, mixed, share_of
from replay.simulate.calls.honest.lines import CELLS
from replay.simulate.calls.honest.texts import DOMAINS, SENDERS
from replay.simulate.calls.stage import Stage
from replay.simulate.calls.written.call_lines import (
    CELLS_OF_AREA,
    FIRST_AREA,
    MCC,
    MNC,
    RATS,
)
from replay.simulate.calls.written.json_lines import Lines, cut, hexadecimal, words
from replay.simulate.calls.written.numbers import plain

SMSC = "+8613800100500"
REFERENCE_SHARE = 0.75
CENTRE_MS, PHONE_MS = 4000, 20_000
PART = 67
ROGUE_AREA = 40_000
SOURCES = ("smsc", "device")


def text_lines(stage: Stage, texts: Table) -> Iterator[bytes]:
    """The lines of all texts, in order of arrival."""
    rng = stage.random("text lines")
    row = np.concatenate([np.flatnonzero(texts["recorded"]), np.flatnonzero(texts["by_phone"])])
    source = np.repeat([0, 1], [int(texts["recorded"].sum()), int(texts["by_phone"].sum())])
    behind = np.where(source == 0, CENTRE_MS, PHONE_MS) * rng.exponential(1.0, len(row))
    ts = stage.start_ms + texts["t"][row] + np.where(source == 0, 0, 900)
    rx = ts + behind.astype(np.int64)
    order = np.argsort(rx, kind="stable")
    for rows in cut(len(order)):
        place = order[rows]
        yield _lines(stage, texts, row[place], source[place], ts[place], rx[place])


def _lines(stage: Stage, texts: Table, row: Ints, source: Ints, ts: Ints, rx: Ints) -> bytes:
    some = texts[row]
    lines = Lines(len(row))
    lines.put("ts", ts)
    lines.put("rx_ts", rx)
    lines.words("source", source, SOURCES)
    lines.put("device", plain(stage.lines["number"][some["line"]], stage.odd))
    lines.put("subscription_mcc", np.full(len(row), MCC))
    lines.put("subscription_mnc", np.full(len(row), MNC))
    lines.words("sender", some["sender"], SENDERS)
    lines.put("smsc", words(np.zeros(len(row)), [SMSC]))
    lines.put("length", some["length"])
    lines.put("parts", np.where(some["length"] <= 70, 1, 1 + (some["length"] - 1) // PART))
    flipped = np.uint64(1) << (mixed(row, 61) % np.uint64(64))
    lines.put("content_hash", hexadecimal(some["template"].view(np.uint64) ^ flipped))
    lines.put("has_url", some["domain"] >= 0)
    lines.words("url_domain", some["domain"], DOMAINS)
    lines.put("short_url", some["short_url"], some["domain"] >= 0)
    lines.put("callback", plain(some["callback"], stage.odd), some["callback"] != 0)
    lines.put("sent_ts", stage.start_ms + some["t"] // 1000 * 1000)
    numbered = some["recorded"] & (share_of(row, 62) < REFERENCE_SHARE)
    reference = pc.utf8_slice_codeunits(hexadecimal(mixed(row, 63 + stage.world.seed)), 4)
    lines.put("message_ref", pc.binary_join_element_wise("m-", reference, ""), numbered)
    rogue, seen = ~some["recorded"] & (some["story"] >= 0), source == 1  # a phone knows its cell
    of = stage.lines[some["line"]]
    cell = of["place"].astype(np.int64) * CELLS + of["cell"]
    lines.words("rat", np.where(seen, np.where(rogue | ~of["volte"], 0, 2), -1), RATS)
    lines.put("mcc", np.full(len(row), MCC), seen)
    lines.put("mnc", np.full(len(row), MNC), seen)
    rogue_area = ROGUE_AREA + some["story"] % 20_000
    lines.put("area", np.where(rogue, rogue_area, FIRST_AREA + cell // CELLS_OF_AREA), seen)
    lines.put("cell", np.where(rogue, 10 + some["story"] % 60_000, cell + 1), seen)
    return lines.finished()
