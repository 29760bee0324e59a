"""Traces in one process, without a broker: made and checked."""

import secrets
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import click

from cellhound.options import (
    OUT,
    Scenario,
    config_checked,
    config_option,
    list_scenarios,
    settings_of,
)

_LINES = click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path)


@click.command()
@click.argument("scenario", type=Scenario(), required=False)
@click.option("--out", type=OUT, required=True, help="Folder of the trace to write.")
@click.option("--seed", type=click.IntRange(min=0), help="Else that of SCENARIO, else 1.")
@click.option("--drawn", is_flag=True, help="Draw a world; takes no SCENARIO, or one of `drawn`.")
@click.option(
    "--drawn-calls",
    is_flag=True,
    help="Draw a world of calls; takes no SCENARIO, or one of `drawn_calls`.",
)
@click.option("--honest", is_flag=True, help="A drawn world without any transmitter or fraud.")
@click.option(
    "--parameter",
    "given",
    multiple=True,
    metavar="NAME=VALUE",
    help="A value that is not to be drawn (docs/reference.md); may be repeated.",
)
@click.option(
    "--list",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=list_scenarios,
    help="Print the scenarios that ship, and end.",
)
@config_checked
def simulate(
    scenario: Path | None,
    out: Path,
    seed: int | None,
    drawn: bool,
    drawn_calls: bool,
    honest: bool,
    given: tuple[str, ...],
) -> None:
    """Make a trace with its truth; the same seed makes the same trace.

    SCENARIO says what happens: a YAML file, or the name of a scenario that ships (--list). With
    --drawn everything that is uncertain about a city, its register, its phones and its transmitters
    is drawn, and the values written to world.json. With --drawn-calls so is everything about those
    who call, honest or not.
    """
    from replay.simulate import simulate_any
    from streams.progress import shown

    asked: Any = {"seed": seed, "honest": honest, "given": given}
    with shown():
        made, calls = simulate_any(scenario, out, drawn=drawn, drawn_calls=drawn_calls, **asked)
    if calls is not None:
        kinds = ", ".join(f"{number} {kind}" for kind, number in calls.stories.items())
        click.echo(
            f"calls, seed {calls.seed}: {calls.calls} of {calls.subscribers} subscribers in"
            f" {calls.records} records, {calls.texts} SMS, {calls.changes} changes,"
            f" {calls.numbers} rows of the number register, {calls.reports} reports"
            f" ({kinds or 'nothing in the truth'}): {out}"
        )
    if made is None:
        return
    click.echo(
        f"{made.scenario}, seed {made.seed}: {made.measurements} reports,"
        f" {made.signalling} updates, {made.sms} SMS of {made.phones} phones,"
        f" {made.register_rows} registered cells, {made.transmitters} transmitters,"
        f" {made.captures} captures: {out}"
    )


class _Topic(click.ParamType):
    """An input topic, without a prefix."""

    name = "topic"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        from streams.decode.codec import TOPICS

        if value not in TOPICS:
            self.fail(f"{value} is no input topic; those are {', '.join(TOPICS)}.", param, ctx)
        return str(value)


@click.command("check-message")
@click.argument("topic", type=_Topic())
@click.argument("file", type=_LINES)
@click.option("--problems", is_flag=True, help="Leave out what is accepted whole.")
@config_option
def check_message(topic: str, file: Path, problems: bool, config: Path | None) -> None:
    """Say of each line of FILE what a worker would make of it as a message of TOPIC: accepted,
    accepted in part (which fields would be dropped, and why), or a dead letter and why.

    FILE holds JSON lines (.jsonl, .jsonl.gz, .jsonl.zst); - reads them from standard input. The
    exit code is 1 where there is a dead letter. What each field may hold: docs/messages.md.
    """
    from replay.traces.trace import lines_in_memory, read_lines
    from streams.decode.check import Line, verdicts
    from streams.privacy.hasher import Hasher

    # Nothing is kept, so any key does.
    hasher = Hasher(secrets.token_bytes(32), settings_of(config).senders)
    on_disk = None if str(file) == "-" else read_lines(file)
    chunks = lines_in_memory(sys.stdin.buffer.read()) if on_disk is None else on_disk
    counts: Counter[str] = Counter()
    for chunk in chunks:
        numbered = zip(chunk.line_numbers.tolist(), chunk.values, chunk.rx_ms.tolist(), strict=True)
        for verdict in verdicts(topic, [Line(*parts) for parts in numbered], hasher):
            counts[verdict.outcome] += 1
            if not problems or verdict.reasons:
                click.echo(str(verdict))
    whole, part, dead = (counts[name] for name in ("accepted", "accepted in part", "dead letter"))
    click.echo(
        f"{sum(counts.values())} messages of {topic}: {whole} accepted, {part} accepted in part,"
        f" {dead} dead letters"
    )
    is_damaged = on_disk is not None and on_disk.warning is not None
    click.get_current_context().exit(1 if dead or is_damaged else 0)
