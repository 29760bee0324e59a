"""``state``: what the correlators keep on Kafka, looked at and reset."""

import sys
import time
from pathlib import Path

import click

from cellhound.options import kafka_options, settings_of


@click.group()
def state() -> None:
    """What the second stage keeps on Kafka (fbs.correlators): look at it, or begin anew."""


@state.command("show")
@kafka_options
def state_show(config: Path | None, **kafka: str | None) -> None:
    """Say of each partition's state how large, how old and of what it is, and whether it is whole.

    Exit code 1 where one can't be taken up.
    """
    from streams.state.asked import shown, states

    found = states(settings_of(config, **kafka).kafka)
    click.echo(shown(found, time.time_ns() // 1_000_000))
    sys.exit(1 if any(one.broken for one in found.values()) else 0)


@state.command("reset")
@click.option("--partition", "numbers", type=int, multiple=True, help="Only this one; repeatable.")
@click.option(
    "--from-now",
    is_flag=True,
    help="Begin with what is written from now on, not with what the topics hold.",
)
@click.option("--yes", is_flag=True, help="Don't ask.")
@kafka_options
def state_reset(
    numbers: tuple[int, ...], from_now: bool, yes: bool, config: Path | None, **kafka: str | None
) -> None:
    """Let correlators begin anew, from what is on the topics between the stages.

    Workers must be stopped. Incidents of which the topics hold the beginning get the same alert
    ids again; what was learned is taken from the profile.
    """
    from streams.state.asked import begin_anew

    settings = settings_of(config, **kafka)
    which = ", ".join(map(str, numbers)) or "all partitions"
    if not yes:
        click.confirm(f"Forget the state of {which} of {settings.kafka.bootstrap}?", abort=True)
    click.echo(begin_anew(settings.kafka, numbers, from_now, time.time_ns() // 1_000_000))
