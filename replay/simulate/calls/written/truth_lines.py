"""`truth.jsonl` of a call world: frauds, honest callers that look odd, and victims."""

import msgspec
import numpy as np

from replay.simulate.calls.columns import LEVELS, SHALLOW, Flags, Ints, Script, Table
from replay.simulate.calls.stage import Stage
from replay.simulate.calls.written.call_lines import call_ref
from replay.simulate.calls.written.records import Records
from replay.simulate.calls.written.small_feeds import number_text


def truth_lines(stage: Stage, script: Script, calls: Table, records: Records) -> list[str]:
    """One line for each story that left a trace, then one for each level of a victim."""
    recorded = np.zeros(len(calls), bool)
    recorded[records.call] = True
    groups = _groups(calls, recorded, len(script.stories))
    spans = _spans(script, calls, groups)
    lines = [
        _story(stage, script, row, calls, groups[row], spans[row])
        for row in range(len(script.stories))
        if spans[row] is not None
    ]
    return [*lines, *_victims(stage, script, calls, recorded)]


def _groups(calls: Table, recorded: Flags, stories: int) -> list[Ints]:
    """Rows of the recorded calls of each story."""
    rows = np.flatnonzero((calls["story"] >= 0) & recorded)
    order = rows[np.argsort(calls["story"][rows], kind="stable")]
    ends = np.searchsorted(calls["story"][order], np.arange(stories + 1))
    return [order[ends[row] : ends[row + 1]] for row in range(stories)]


def _spans(script: Script, calls: Table, groups: list[Ints]) -> list[tuple[int, int] | None]:
    """From when to when each story went on; None where nothing of it was recorded."""
    texts = script.all_texts()
    spans: list[tuple[int, int] | None] = []
    by_text: dict[int, list[int]] = {}
    for row, t in zip(texts["story"].tolist(), texts["t"].tolist(), strict=True):
        if row >= 0:
            by_text.setdefault(row, []).append(t)
    for row, story in enumerate(script.stories):
        some = calls[groups[row]]
        times = [*by_text.get(row, ()), *(t for span in story.spans for t in span)]
        if len(some):
            ends = some["t"] + some["ring"] + some["duration"]
            times += [int(some["t"].min()), int(ends.max())]
        spans.append((min(times), max(times)) if times else None)
    return spans


def _story(
    stage: Stage,
    script: Script,
    row: int,
    calls: Table,
    group: Ints,
    span: tuple[int, int] | None,
) -> str:
    story = script.stories[row]
    assert span is not None
    aside = calls["aside"][group]
    refs = np.array(call_ref(stage, group).to_pylist(), dtype=object)
    kind = story.look or story.kind
    line: dict[str, object] = {
        "id": f"{kind}-{row + 1}",
        "kind": story.kind,
        "calls": refs[~aside].tolist(),
        "callers": [number_text(number, stage.odd) for number in story.callers],
        "active": [[stage.start_ms + span[0], stage.start_ms + span[1]]],
        "transmitter": story.transmitter,
    }
    if aside.any():
        line["callbacks"] = refs[aside].tolist()
    if story.look is not None:
        line["look"] = story.look
    if story.lines:
        numbers = stage.lines["number"][story.lines].tolist()
        line["subscribers"] = [number_text(number, stage.odd) for number in numbers]
    return msgspec.json.encode(line).decode()


def _victims(stage: Stage, script: Script, calls: Table, recorded: Flags) -> list[str]:
    """Levels that follow from records: a shallow one only where its call was recorded."""
    known = {
        (story, line, t)
        for story, line, t in zip(
            *(calls[name][recorded].tolist() for name in ("story", "target", "t")), strict=True
        )
        if story >= 0
    }
    lines: list[str] = []
    for victim in sorted(script.victims, key=lambda each: (each.t, each.line, each.level)):
        if victim.level == SHALLOW and (victim.story, victim.line, victim.t) not in known:
            continue
        story = script.stories[victim.story]
        line = {
            "id": f"victim-{len(lines) + 1}",
            "kind": "victim",
            "subscriber": number_text(int(stage.lines["number"][victim.line]), stage.odd),
            "level": LEVELS[victim.level],
            "since": stage.start_ms + victim.t,
            "by": f"{story.kind}-{victim.story + 1}",
        }
        lines.append(msgspec.json.encode(line).decode())
    return lines
