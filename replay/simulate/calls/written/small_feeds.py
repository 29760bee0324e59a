"""`subscribers`, `numbers` and `reports`: changes of lines, the number register, complaints."""

from collections.abc import Mapping

import numpy as np

from replay.simulate.calls.columns import Ints, Script, Table
from replay.simulate.calls.number_ranges import (
    AREAS,
    BANKS,
    IOT_BASE,
    MVNO,
    NEW,
    OTHERS,
    OWN,
    POLICE,
    SHORTS,
    VOICE_MAIL,
)
from replay.simulate.calls.stage import CARRIERS, DAY_MS, HOUR_MS, Stage, region_names
from replay.simulate.feeds.writing import Feed

OUTLETS = 40
CHANGE_DELAY_MS = 60_000
SOURCES, SOURCE_SHARES = ("12321", "app", "police", "bank"), (0.3, 0.55, 0.1, 0.05)
CATEGORIES = ("impersonation", "loan", "refund", "harassment", "advertising", "other")
PROTECTED = (*BANKS, POLICE)
ROWS_BEFORE_MS = HOUR_MS
LATE_ROW_SHARE = 0.05


def number_text(number: int, odd: list[str]) -> str:
    """A number as the truth has it: with a plus; short and odd ones as they are."""
    if number < 0:
        return odd[-number - 1]
    return f"+{number}" if number >= 10**6 else str(number)


def changes_feed(stage: Stage, script: Script) -> Feed:
    """What befell lines."""
    rng, feed = stage.random("change lines"), Feed()
    names = region_names(stage.regions)
    for change in sorted(script.changes, key=lambda each: (each.t, each.number, each.kind)):
        ts = stage.start_ms + change.t
        body: dict[str, object] = {
            "subscriber": number_text(change.number, stage.odd),
            "kind": change.kind,
            "region": names[change.region],
            "outlet": f"outlet-{int(rng.integers(OUTLETS)):02d}" if rng.random() < 0.8 else None,
        }
        feed.add(ts, ts + int(rng.exponential(CHANGE_DELAY_MS)), body)
    return feed


def numbers_feed(stage: Stage, script: Script) -> Feed:
    """The number register: ranges, public numbers and firms' lines; partly stale or missing."""
    rng, feed = stage.random("number rows"), Feed()
    first = stage.start_ms - ROWS_BEFORE_MS
    for row in _ranges(stage, rng):
        feed.add(first, first, row)
    seen: set[int] = set()
    for number, known in script.listed:
        if number in seen or number < 10**6 or rng.random() < stage.value("plan_row_missing_share"):
            continue
        seen.add(number)
        row = {"prefix": str(number), "length": len(str(number)), **known}
        stale = stage.value("plan_row_stale_share") + stage.value("plan_row_stale_more")
        if rng.random() < stale:
            row |= _stale(rng, first, row)
        ts = first
        if rng.random() < LATE_ROW_SHARE:
            ts = first + ROWS_BEFORE_MS + int(rng.integers(0, stage.end_ms))
        feed.add(ts, ts, row)
    return feed


def _ranges(stage: Stage, rng: np.random.Generator) -> list[dict[str, object]]:
    """Rows of whole ranges and of short numbers."""
    rows: list[dict[str, object]] = []

    def add(prefix: int | str, length: int, kind: str, **more: object) -> None:
        rows.append({"prefix": str(prefix), "length": length, "class": kind, **more})

    for prefix in OWN:
        add(f"86{prefix}", 13, "mobile", carrier=CARRIERS[0])
    for place, some in enumerate(OTHERS, 1):
        for prefix in some:
            add(f"86{prefix}", 13, "mobile", carrier=CARRIERS[place])
    for prefix in MVNO:
        add(f"86{prefix}", 13, "mvno", carrier=CARRIERS[0])
    for prefix in NEW:  # opened lately: half of them have no row yet
        if rng.random() < 0.5:
            since = stage.start_ms - int(rng.integers(0, 90)) * DAY_MS
            add(f"86{prefix}", 13, "mobile", carrier=CARRIERS[0], valid_from=since)
    add(str(IOT_BASE)[:7], 15, "iot", carrier=CARRIERS[0])
    add("86400", 12, "400")
    for (code, digits), name in zip(
        AREAS[: stage.regions], region_names(stage.regions), strict=True
    ):
        add(f"86{code}", 2 + len(str(code)) + digits, "fixed", region=name)
    for short in SHORTS:
        never = True if short in (POLICE, VOICE_MAIL) else None
        kept = True if short in PROTECTED else None
        add(short, len(str(short)), "short", protected=kept, do_not_originate=never)
    return rows


def _stale(rng: np.random.Generator, now: int, row: Mapping[str, object]) -> dict[str, object]:
    """What a row that is out of date says instead: ended, another trunk, or another class."""
    kind = int(rng.integers(3))
    if kind == 0:
        return {"valid_to": now - int(rng.integers(1, 400)) * DAY_MS}
    if kind == 1:
        return {"rights": [f"pbx-{int(rng.integers(400)):03d}"]}
    return {"class": "fixed" if row.get("class") != "fixed" else "mobile"}


def reports_feed(stage: Stage, script: Script, calls: Table) -> Feed:
    """Complaints: of few calls, some late, and some about honest numbers."""
    rng, feed = stage.random("reports"), Feed()
    kinds = np.array([story.kind != "look_alike" for story in script.stories] + [False])
    scam = kinds[calls["story"]] & ~calls["aside"] & (calls["caller"] != 0)
    called = np.flatnonzero(scam & (calls["target"] >= 0))
    true = called[rng.random(len(called)) < stage.value("report_share")]
    mistaken = stage.value("report_mistaken_share")
    wanted = rng.poisson((len(true) + 0.5) * mistaken / (1.0 - mistaken))
    honest = np.flatnonzero((calls["story"] < 0) | (~kinds[calls["story"]] & ~calls["aside"]))
    honest = honest[(calls["target"][honest] >= 0) & (calls["caller"][honest] != 0)]
    odd_ones = honest[calls["story"][honest] >= 0]
    pool = odd_ones if len(odd_ones) and rng.random() < 0.9 else honest
    wrong = rng.choice(pool, wanted) if len(pool) else pool
    _complain(stage, rng, feed, calls, true, "call")
    _complain(stage, rng, feed, calls, wrong, "call")
    texts = script.all_texts()
    rogue = ~texts["recorded"] & (texts["story"] >= 0)
    rows = np.flatnonzero((texts["callback"] != 0) & rogue)
    for row in rows[rng.random(len(rows)) < stage.value("report_share")].tolist():
        number = number_text(int(texts["callback"][row]), stage.odd)
        body = {"about": "sms", "number": number, "category": "impersonation"}
        _add(stage, rng, feed, int(texts["t"][row]), int(texts["line"][row]), body)
    return feed


def _complain(
    stage: Stage, rng: np.random.Generator, feed: Feed, calls: Table, rows: Ints, about: str
) -> None:
    for row in rows.tolist():
        body: dict[str, object] = {
            "about": about,
            "number": number_text(int(calls["caller"][row]), stage.odd),
            "category": CATEGORIES[int(rng.integers(len(CATEGORIES)))],
        }
        _add(stage, rng, feed, int(calls["t"][row]), int(calls["target"][row]), body)


def _add(
    stage: Stage,
    rng: np.random.Generator,
    feed: Feed,
    t: int,
    line: int,
    body: Mapping[str, object],
) -> None:
    """One complaint, unless the trace is over by then."""
    t += int(rng.exponential(stage.value("report_delay_h")) * HOUR_MS)
    if t >= stage.end_ms:
        return
    source = SOURCES[int(rng.choice(len(SOURCES), p=SOURCE_SHARES))]
    case = f"case-{int(rng.integers(10**6)):06d}" if source == "police" else None
    ts = stage.start_ms + t
    record = {
        "source": source,
        **body,
        "reporter": f"r-{line * 7919 % 10**9:09d}",
        "case_ref": case,
    }
    feed.add(ts, ts + int(rng.exponential(30_000)), record)
