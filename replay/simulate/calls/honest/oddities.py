"""Honest oddities: exchanges that signal odd numbers, ranges that no plan lists, SIMs replaced."""

import numpy as np

from replay.simulate.calls.columns import (
    ONNET,
    WORKER,
    Change,
    Script,
    Story,
    Table,
    blank_calls,
    blank_texts,
)
from replay.simulate.calls.honest.outcomes import decide
from replay.simulate.calls.honest.texts import CODES, fill_codes
from replay.simulate.calls.number_ranges import fixed, serials
from replay.simulate.calls.stage import DAY_MS, Stage, region_names

EXTENSION_PER_HOUR = 0.5, 6.0
KINDS = ("sim_replaced", "forwarding_set", "secondary_number", "activated", "deactivated")
KIND_SHARES = (0.25, 0.3, 0.1, 0.25, 0.1)
CODES_AFTER_S = (60.0, 5400.0)
CODES_OF_NEW_PHONE = 1, 8
WORKER_CALLS = 3, 20


def befall(stage: Stage, script: Script) -> None:
    """All of them."""
    extensions(stage, script)
    changes(stage, script)
    new_phones(stage, script)
    new_workers(stage, script)


def new_ranges(stage: Stage, script: Script, calls: Table) -> None:
    """A story for each line of a range that no plan lists, of the calls that it has made."""
    lines = stage.lines
    rows = np.flatnonzero((calls["origin"] >= 0) & (calls["story"] < 0))
    rows = rows[lines["new_range"][calls["origin"][rows]]]
    order = rows[np.argsort(calls["origin"][rows], kind="stable")]
    for group in np.split(order, np.flatnonzero(np.diff(calls["origin"][order])) + 1):
        if len(group):
            number = int(lines["number"][calls["origin"][group[0]]])
            calls["story"][group] = script.begin(Story("look_alike", "new_range", [number]))


def extensions(stage: Stage, script: Script) -> None:
    """Extensions of private exchanges: their own digits, too many, or none as calling number."""
    rng = stage.random("pbx extensions")
    for _ in range(stage.count(rng, "pbx_extensions")):
        region = int(rng.integers(stage.regions))
        main = int(fixed(np.array([region]), serials(rng, 1))[0])
        extension = int(rng.integers(100, 10_000))
        shown = (
            stage.odd_number(f"{extension}"),
            stage.odd_number(f"{str(main)[2:]}{extension}"),
            stage.odd_number(f"0{extension}"),
            0,
        )[int(rng.integers(4))]
        n = 1 + int(rng.poisson(rng.uniform(*EXTENSION_PER_HOUR) * stage.busy_hours("office")))
        calls = blank_calls(n)
        calls["t"] = stage.times(rng, n, "office")
        calls["caller"], calls["presented"] = shown, main if rng.random() < 0.5 else 0
        calls["asserted"] = main if rng.random() < 0.5 else 0
        calls["nai"], calls["screening"] = 2, int(rng.integers(0, 2))
        calls["target"] = rng.choice(stage.people, n)
        calls["callee"] = stage.lines["number"][calls["target"]]
        calls["ingress"], calls["trunk"] = ONNET, stage.trunk(f"pbx-{int(rng.integers(400)):03d}")
        calls["region"] = region
        decide(stage, rng, calls)
        calls["story"] = script.begin(Story("look_alike", "pbx_extension", [shown or main]))
        script.calls.append(calls)
        row: dict[str, object] = {
            "class": "fixed",
            "region": region_names(stage.regions)[region],
            "rights": [stage.trunks[int(calls["trunk"][0])]],
        }
        script.listed.append((main, row))


def changes(stage: Stage, script: Script) -> None:
    """What befalls ordinary lines."""
    rng, lines = stage.random("changes"), stage.lines
    days = stage.end_ms / DAY_MS
    n = int(rng.poisson(stage.value("changes_per_day") / 1000.0 * len(lines) * days))
    times = stage.times(rng, n, "shops").tolist()
    rows = rng.integers(0, len(lines), n)
    kinds = rng.choice(len(KINDS), n, p=KIND_SHARES).tolist()
    numbers, places = lines["number"][rows].tolist(), lines["place"][rows].tolist()
    script.changes += [
        Change(t, number, KINDS[kind], place)
        for t, number, kind, place in zip(times, numbers, kinds, places, strict=True)
    ]


def new_phones(stage: Stage, script: Script) -> None:
    """Who has a SIM replaced, and then is sent codes by all that ask who it is."""
    rng, lines = stage.random("new phones"), stage.lines
    for line in stage.people_of(rng, range(stage.regions), stage.count(rng, "new_phones")).tolist():
        number, t = int(lines["number"][line]), int(stage.times(rng, 1, "shops")[0])
        story = script.begin(Story("look_alike", "new_phone", [number], lines=[line]))
        script.stories[story].spans.append((t, t + int(1000 * CODES_AFTER_S[1])))
        kind = "sim_replaced" if rng.random() < 0.8 else "secondary_number"
        script.changes.append(Change(t, number, kind, int(lines["place"][line])))
        texts = blank_texts(int(rng.integers(*CODES_OF_NEW_PHONE)))
        texts["t"] = t + 1000 * rng.uniform(*CODES_AFTER_S, len(texts))
        texts["line"], texts["story"] = line, story
        fill_codes(rng, texts, CODES)
        script.texts.append(texts[texts["t"] < stage.end_ms])


def new_workers(stage: Stage, script: Script) -> None:
    """Migrant workers with a new SIM who ring strangers about work, from one place."""
    rng, lines = stage.random("new workers"), stage.lines
    workers = np.flatnonzero(lines["kind"] == WORKER)
    if not len(workers):
        return
    for line in rng.choice(workers, min(len(workers), stage.count(rng, "new_phones"))).tolist():
        number, t = int(lines["number"][line]), int(stage.times(rng, 1, "shops")[0])
        calls = blank_calls(int(rng.integers(*WORKER_CALLS)))
        calls["t"] = rng.integers(t, stage.end_ms, len(calls))
        calls["origin"], calls["caller"], calls["ingress"] = line, number, ONNET
        calls["target"] = rng.choice(stage.people, len(calls))
        calls = calls[calls["target"] != line]
        calls["callee"] = lines["number"][calls["target"]]
        decide(stage, rng, calls)
        calls["story"] = script.begin(Story("look_alike", "migrant_worker", [number]))
        script.changes.append(Change(t, number, "activated", int(lines["place"][line])))
        script.calls.append(calls)
