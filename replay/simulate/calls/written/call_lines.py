"""`calls.jsonl.gz`: one line a call and record point, in order of arrival."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from replay.simulate.calls.columns import (
    ABROAD,
    ATTESTATIONS,
    CHECKS,
    INGRESS,
    INTERCONNECT,
    INTERNATIONAL,
    ONNET,
    RELEASED,
    Flags,
    Ints,
    Table,
    mixed,
    share_of,
)
from replay.simulate.calls.honest.lines import CELLS
from replay.simulate.calls.number_ranges import CLASSES, class_of, is_mobile
from replay.simulate.calls.stage import CARRIERS, Stage, region_names
from replay.simulate.calls.written.json_lines import Column, Lines, cut, hexadecimal
from replay.simulate.calls.written.numbers import callee_forms, caller_forms, plain
from replay.simulate.calls.written.records import IBCF, MSC, POINTS, SIP, TAS, Records

MCC, MNC = 460, 0
RATS = ("gsm", "umts", "lte")
CELLS_OF_AREA, FIRST_AREA, AREAS_OF_REGION = 15, 1000, 60
ORDINARY = 10  # calling party's category (Q.763)
E164 = 1  # numbering plan (Q.763)
#: A withheld number is missing from so many records of other operators' calls, else empty.
LEFT_OUT = 0.5
INNER = 8  # trunks between switches
FAILED_SHARE = 0.02  # of verifications of honest calls and others alike
VERDICTS = ("TN-Validation-Passed", "TN-Validation-Failed", "No-TN-Validation")


def call_ref(stage: Stage, rows: Ints) -> Column:
    """The reference of calls, by their rows: the same at all points."""
    return hexadecimal(mixed(rows, 1000 + stage.world.seed))


def call_lines(stage: Stage, calls: Table, records: Records) -> Iterator[bytes]:
    """The lines of all records, some at a time."""
    names = region_names(stage.regions)
    for rows in cut(len(records.call)):
        call = records.call[rows]
        some, point = calls[call], records.point[rows]
        sip = np.isin(point, SIP)
        lines = Lines(len(call))
        lines.put("ts", records.ts[rows])
        lines.put("rx_ts", records.rx[rows])
        lines.put("call_ref", call_ref(stage, call))
        lines.words("point", point, POINTS)
        _numbers(stage, lines, call, some, sip, records.switch[rows])
        lines.words("callee_region", _region(stage, some["callee"]), names)
        lines.words("ingress", some["ingress"], INGRESS)
        lines.words("trunk", _trunks(stage, call, some, records.later[rows]), stage.trunks)
        lines.words("carrier", np.maximum(some["carrier"], 0), CARRIERS)
        lines.put("answered", some["answered"])
        lines.put("ring_ms", some["ring"])
        lines.put("duration_ms", some["duration"])
        lines.put("cause", some["cause"], some["cause"] > 0)
        lines.words("released_by", some["released"], RELEASED)
        _origin(stage, lines, call, some, point)
        _register(stage, lines, call, some, point, names)
        yield lines.finished()


def _trunks(stage: Stage, call: Ints, some: Table, later: Flags) -> Ints:
    """The trunks that records name: at the second point of a way perhaps one between switches."""
    inner = later & (share_of(call, 51) < stage.value("inner_trunk_share"))
    if not inner.any():
        return np.asarray(some["trunk"])
    names = np.array([stage.trunk(f"inner-{number}") for number in range(INNER)])
    between = names[(share_of(call, 52) * INNER).astype(np.int64)]
    return np.where(inner & (some["trunk"] >= 0), between, some["trunk"])


def _numbers(stage: Stage, lines: Lines, call: Ints, some: Table, sip: Flags, switch: Ints) -> None:
    """Calling, called and further numbers, and what goes with them."""
    abroad = some["ingress"] == INTERNATIONAL
    prefixed = share_of(switch, 41) < stage.value("trunk_prefix_share")
    caller, odd = some["caller"].astype(np.int64), stage.odd
    withheld = (some["presentation"] == 1) & (some["ingress"] != ONNET)
    empty = withheld & (share_of(call, 42) >= LEFT_OUT)
    form, nai = caller_forms(caller, odd, sip, abroad, prefixed, some["nai"])
    known = (caller != 0) & ~withheld
    form = pc.if_else(pa.array(empty), "", form)
    lines.put("caller", form, known | empty)
    lines.put("caller_nai", nai, known & (nai > 0))
    lines.put("caller_npi", np.full(len(call), E164), known & (nai > 0) & (caller > 0))
    lines.put("presentation", some["presentation"])
    lines.put("screening", some["screening"], ~sip)
    for name in ("presented", "asserted", "redirecting"):
        lines.put(name, plain(some[name], odd), some[name] != 0)
    category = np.where(some["category"] > 0, some["category"], ORDINARY)
    lines.put("caller_category", category, ~sip)
    lines.put("callee", callee_forms(some["callee"], odd, sip))


def _origin(stage: Stage, lines: Lines, call: Ints, some: Table, point: Ints) -> None:
    """SIM, terminal and cell of callers who are on the operator's own network."""
    rows = some["origin"]
    ours = (rows >= 0) & (some["ingress"] == ONNET)
    of = stage.lines[np.maximum(rows, 0)]
    here = np.isin(point, (MSC, TAS))

    def either(name: str) -> Ints:
        return np.where(some[name] >= 0, some[name], np.where(ours, of[name], -1)).astype(np.int64)

    seen = here & (share_of(call, 43) < stage.value("terminal_known_share"))
    sim, terminal, tac = either("sim"), either("terminal"), either("tac")
    salt = stage.world.seed
    lines.put("sim", hexadecimal(mixed(sim, salt + 1), "s-"), seen & (sim >= 0))
    lines.put("terminal", hexadecimal(mixed(terminal, salt + 2), "t-"), seen & (terminal >= 0))
    lines.put("imei_tac", tac, seen & (tac >= 0))
    roams = (share_of(call, 44) * of["cells"]).astype(np.int64) * 7
    at_home = of["place"].astype(np.int64) * CELLS + (of["cell"] + roams) % CELLS
    cell = np.where(some["cell"] >= 0, some["cell"], np.where(ours, at_home, -1))
    placed = here & (cell >= 0) & (share_of(call, 45) < stage.value("cell_known_share"))
    old = (share_of(terminal, 46) * 2).astype(np.int64)
    lines.words("rat", np.where(placed, np.where(point == TAS, 2, old), -1), RATS)
    lines.put("mcc", np.full(len(call), MCC), placed)
    lines.put("mnc", np.full(len(call), MNC), placed)
    lines.put("area", FIRST_AREA + cell // CELLS_OF_AREA, placed)
    lines.put("cell", cell + 1, placed)


def _register(
    stage: Stage, lines: Lines, call: Ints, some: Table, point: Ints, names: list[str]
) -> None:
    """What registers know of the caller: home, where it is, class, porting, verification."""
    rows = some["origin"]
    ours = (rows >= 0) & (some["ingress"] == ONNET)
    of = stage.lines[np.maximum(rows, 0)]
    home = np.where(ours, of["region"], some["region"])
    place = np.where(ours, of["place"], some["place"])
    away = (home >= 0) & (place >= 0) & (home != place)
    abroad = some["check"] == ABROAD
    lines.put("roaming", away | abroad, (place >= 0) | abroad)
    lines.words("home_region", home, names)
    lines.words("visited_region", place, names)
    asked = share_of(call, 47) < stage.value("roaming_check_share")
    lines.words("roaming_check", np.where(asked, some["check"], -1), CHECKS)
    classes = class_of(some["caller"].astype(np.int64))
    lines.words("number_class", np.where(some["ingress"] == ONNET, classes, -1), CLASSES)
    ported = (some["target"] >= 0) & stage.lines["ported"][some["target"]]
    lines.put("ported_to", pa.array(["rn-b"] * len(call)), ported)
    checked = (point == IBCF) & (share_of(call, 48) < stage.value("verified_share"))
    failed = np.where(share_of(call, 49) < FAILED_SHARE, 1, 0)
    verdict = np.where(some["ingress"] == INTERNATIONAL, 2, failed)
    lines.words("verstat", np.where(checked, verdict, -1), VERDICTS)
    given = np.where(some["ingress"] == INTERCONNECT, (share_of(call, 50) * 2).astype(int), 2)
    given = np.where(some["attestation"] >= 0, some["attestation"], given)
    lines.words("attestation", np.where(checked, given, -1), ATTESTATIONS)


def _region(stage: Stage, numbers: Ints) -> Ints:
    """The home region of mobile numbers, by their blocks."""
    numbers = numbers.astype(np.int64)
    return np.where(is_mobile(numbers), numbers // 10**6 % 100 % stage.regions, -1)
