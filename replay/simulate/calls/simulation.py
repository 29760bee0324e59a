"""A call world in, a trace folder with its truth out."""

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
import numpy as np
from msgspec import Struct, structs

from replay.simulate.calls.call_world import CallFile, CallWorld, calls_of, read_calls
from replay.simulate.calls.columns import INTERCONNECT, Ints, Script, Table
from replay.simulate.calls.fraud.plan import counts
from replay.simulate.calls.fraud.police import play_police
from replay.simulate.calls.fraud.rogue_callback import Wave, call_back
from replay.simulate.calls.fraud.sim_box import fill_boxes, go_on
from replay.simulate.calls.fraud.spoofed import call_from_abroad
from replay.simulate.calls.fraud.takeover import take_over
from replay.simulate.calls.fraud.wangiri import ring_once
from replay.simulate.calls.honest.abroad import arrive
from replay.simulate.calls.honest.firms import work
from replay.simulate.calls.honest.lines import draw_lines
from replay.simulate.calls.honest.oddities import befall, new_ranges
from replay.simulate.calls.honest.people import ring_around
from replay.simulate.calls.honest.texts import send
from replay.simulate.calls.honest.troubles import black_out, fail_over
from replay.simulate.calls.parameters import named
from replay.simulate.calls.stage import CARRIERS, Stage
from replay.simulate.calls.written.call_lines import call_lines
from replay.simulate.calls.written.json_lines import write_packed
from replay.simulate.calls.written.records import record
from replay.simulate.calls.written.small_feeds import changes_feed, numbers_feed, reports_feed
from replay.simulate.calls.written.text_lines import text_lines
from replay.simulate.calls.written.truth_lines import truth_lines
from replay.simulate.drawn.world_draw import parameters_of
from replay.simulate.feeds.writing import Feed, write_lines
from replay.simulate.scenario.scenario_types import ScenarioError
from streams.progress import steps

PLAYED = {
    "spoofed_campaigns": call_from_abroad,
    "police_gangs": play_police,
    "sim_boxes": fill_boxes,
    "wangiri_campaigns": ring_once,
    "home_scammers": go_on,
    "rogue_callbacks": call_back,
    "account_takeovers": take_over,
}


class CallSummary(Struct, frozen=True):
    """What a simulation wrote; ``stories`` counts lines of the truth by kind."""

    seed: int
    subscribers: int
    calls: int
    records: int
    texts: int
    changes: int
    numbers: int
    reports: int
    stories: dict[str, int]


def play(world: CallWorld, waves: Sequence[Wave] = ()) -> tuple[Stage, Script, Table]:
    """Everything that happens in a world: its stage, its script, and its calls."""
    stage, script = draw_lines(world), Script()
    ring_around(stage, script)
    new_ranges(stage, script, script.calls[0])
    send(stage, script)
    work(stage, script)
    arrive(stage, script)
    befall(stage, script)
    black_out(stage, script)
    for kind, number in counts(stage).items():
        for place in range(number):
            PLAYED[kind](stage, script, place)
    for place, wave in enumerate(waves):
        call_back(stage, script, 10_000 + place, wave)
    return stage, script, fail_over(stage, routed(stage, script.all_calls()))


def routed(stage: Stage, calls: Table) -> Table:
    """The calls with the trunk by which those of other operators come in."""
    rows = np.flatnonzero((calls["ingress"] == INTERCONNECT) & (calls["trunk"] < 0))
    place = carriers(stage, calls[rows])
    names = [stage.trunk(f"interconnect-{number}") for number in range(len(CARRIERS))]
    calls["carrier"][rows], calls["trunk"][rows] = place, np.array(names)[place]
    return calls


def carriers(stage: Stage, calls: Table) -> Ints:
    """Other operators, by the callers' ranges."""
    return np.asarray(1 + calls["caller"].astype(np.int64) // 10**8 % stage.operators)


def simulate_calls(world: CallWorld, out: Path, waves: Sequence[Wave] = ()) -> CallSummary:
    """Writes the trace of a call world to the folder ``out``. The same values, the same bytes.

    ``waves`` are texts of transmitters that another feed has, with numbers that are rung.
    """
    with steps("the calls", 5) as begin:
        return _written(world, out, waves, begin)


def _written(
    world: CallWorld, out: Path, waves: Sequence[Wave], begin: Callable[[str], None]
) -> CallSummary:
    """As `simulate_calls`; ``begin`` is called with the name of each step."""
    begin("what happens")
    stage, script, calls = play(world, waves)
    begin("records")
    records = record(stage, calls)
    texts = script.all_texts()
    begin("files of calls and texts")
    out.mkdir(parents=True, exist_ok=True)
    write_packed(out / "calls.jsonl.gz", call_lines(stage, calls, records))
    write_packed(out / "sms.jsonl.gz", text_lines(stage, texts))
    begin("smaller files")
    feeds = {
        "subscribers": changes_feed(stage, script),
        "numbers": numbers_feed(stage, script),
        "reports": reports_feed(stage, script, calls),
    }
    for name, feed in feeds.items():
        _write(feed, out / f"{name}.jsonl.gz")
    begin("truth")
    truth = truth_lines(stage, script, calls, records)
    write_lines(out / "truth.jsonl", truth)
    described = {**msgspec.to_builtins(world), "start_ms": stage.start_ms, "end_ms": stage.end_ms}
    described["frauds"] = counts(stage)
    (out / "world.json").write_bytes(msgspec.json.format(msgspec.json.encode(described)) + b"\n")
    kinds = Counter(str(msgspec.json.decode(line)["kind"]) for line in truth)
    return CallSummary(
        seed=world.seed,
        subscribers=len(stage.lines),
        calls=len(calls),
        records=len(records.call),
        texts=len(texts),
        stories=dict(sorted(kinds.items())),
        **{{"subscribers": "changes"}.get(name, name): len(feed) for name, feed in feeds.items()},
    )


def simulate_calls_asked(
    path: Path | None,
    out: Path,
    *,
    seed: int | None = None,
    honest: bool = False,
    given: Sequence[str] = (),
) -> CallSummary:
    """Simulates the call world that a person asks for, with or without a file.

    ``given`` are ``NAME=VALUE`` of parameters. Raises `ScenarioError`.
    """
    asked = CallFile(drawn_calls=True) if path is None else read_calls(path)
    if asked is None:
        raise ScenarioError(f"{path}: a scenario without `drawn_calls: true`; it has no calls")
    more = {**asked.parameters, **parameters_of(given, named)}
    asked = structs.replace(asked, parameters=more, honest=asked.honest or honest)
    return simulate_calls(calls_of(asked, seed), out)


def asks_for_calls(path: Path | None) -> bool:
    """Whether a file asks for a call world. Raises `ScenarioError` where it can't be read."""
    return path is not None and read_calls(path) is not None


def _write(feed: Feed, path: Path) -> None:
    """The feed's file; none, and none of an earlier run, where it holds nothing."""
    path.unlink(missing_ok=True)
    if len(feed):
        feed.write(path)
