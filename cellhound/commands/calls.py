"""``calls``: the way of one call, and what became of complaints about numbers."""

import sys
import time
from pathlib import Path

import click

from cellhound.options import FOLDER, config_option, hasher_of, kafka_options, settings_of

_DAY_S = 86_400.0


@click.group()
def calls() -> None:
    """Calls: their way back, and the cases of complaints about numbers (docs/acting.md)."""


@calls.command("trace")
@click.argument("trace", type=FOLDER, required=False)
@click.option("--call", "call_ref", required=True, help="The call_ref, as an alert lists it.")
@click.option(
    "--from",
    "begin",
    type=int,
    help="First arrival time (ms); else all of TRACE, or a day before --to.",
)
@click.option(
    "--to", "end", type=int, help="Arrival time (ms) at which to stop; else TRACE's end, or now."
)
@click.option("--table", is_flag=True, help="A table for people, no JSON.")
@kafka_options
def trace_call(
    trace: Path | None,
    call_ref: str,
    begin: int | None,
    end: int | None,
    table: bool,
    config: Path | None,
    **kafka: str | None,
) -> None:
    """Trace a call back: all points that recorded it, in order, and who handed it over.

    From TRACE, else from call.signalling on Kafka, of which only a span of time is read. Exit code
    1 where nothing has recorded it.
    """
    from replay.calls import tracing

    if trace is not None and (given := [f"--{name}" for name, value in kafka.items() if value]):
        raise click.UsageError(f"{' and '.join(given)}: a broker isn't asked where TRACE is given")
    if begin is not None and end is not None and begin >= end:
        raise click.UsageError(f"--from {begin} is not before --to {end}")
    settings = settings_of(config, **kafka)
    hasher = hasher_of(settings)
    if trace is not None:
        way = tracing.trace_in_folder(trace, call_ref, settings, hasher, begin, end)
    else:
        to_ms = end if end is not None else int(time.time() * 1000)
        from_ms = begin if begin is not None else to_ms - int(_DAY_S * 1000)
        if from_ms >= to_ms:
            raise click.UsageError(f"--from {from_ms} is not before --to {to_ms}")
        way = tracing.trace_on_topic(call_ref, from_ms, to_ms, settings, hasher)
    shown = tracing.table(way) if table else [line.decode() for line in tracing.lines(way)]
    for line in shown:
        click.echo(line)
    if not way.legs:
        click.echo(f"cellhound: nothing has recorded {way.call_ref}", err=True)
        sys.exit(1)


@calls.command()
@click.argument("trace", type=FOLDER)
@config_option
def cases(trace: Path, config: Path | None) -> None:
    """The cases that the complaints of TRACE open, a JSON object a line: number (a pseudonym),
    class, and who has to answer for it."""
    import msgspec

    from replay.calls.complaints import cases_in

    settings = settings_of(config)
    for case in cases_in(trace, settings, hasher_of(settings)):
        click.echo(msgspec.json.encode(case))


@calls.command()
@click.argument("trace", type=FOLDER)
@click.option(
    "--by",
    type=click.Choice(["both", "class", "carrier"]),
    default="both",
    show_default=True,
    help="What a month's figures are split by.",
)
@click.option("--table", is_flag=True, help="A table for people, no JSON.")
@config_option
def sums(trace: Path, by: str, table: bool, config: Path | None) -> None:
    """Monthly figures of the complaints of TRACE by class of number and carrier, a JSON object a
    line. Complaints a million users where `cases.users` of the settings says how many there are."""
    import msgspec

    from detectors.acting.sums import BOTH
    from replay.calls import complaints

    settings = settings_of(config)
    asked = tuple(one for one in BOTH if by in ("both", one))
    found = complaints.sums_in(trace, settings, hasher_of(settings), asked)
    shown = complaints.table(found) if table else [msgspec.json.encode(one) for one in found]
    for line in shown:
        click.echo(line)
