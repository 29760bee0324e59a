"""``rollup``: from province to nation over MirrorMaker 2, and back."""

import os
from pathlib import Path

import click

from cellhound.options import (
    FILE,
    config_checked,
    config_option,
    hasher_of,
    kafka_options,
    settings_of,
)

_ONCE = click.option("--once", is_flag=True, help="Write what there is to write now, then end.")


@click.group()
def rollup() -> None:
    """From provinces to the nation over Kafka's MirrorMaker 2, and back (docs/rollup.md)."""


@rollup.command()
@_ONCE
@click.option("--province", help="This province's name; else rollup.province of the settings.")
@kafka_options
def export(once: bool, province: str | None, config: Path | None, **kafka: str | None) -> None:
    """The province's side, until it is told to stop: alerts about calls and marks of numbers go to
    rollup.*, what other provinces know of numbers comes to number.reputation.

    Needs CELLHOUND_KEY and CELLHOUND_NATIONAL_KEY as the province's workers have them.
    """
    from field.rollup.running import export as run

    settings = settings_of(config, {"rollup.province": province}, **kafka)
    run(settings, hasher_of(settings), once)


@rollup.command()
@_ONCE
@kafka_options
def national(once: bool, config: Path | None, **kafka: str | None) -> None:
    """The nation's side, until it is told to stop: what provinces put up is put together on
    national.*. Needs no key."""
    from field.rollup.running import nationwide

    nationwide(settings_of(config, **kafka), once)


@rollup.command("mirror-config")
@click.option("--national", required=True, metavar="HOST:PORT", help="The nation's brokers.")
@click.option(
    "--province",
    "provinces",
    multiple=True,
    required=True,
    metavar="NAME=HOST:PORT",
    help="A province's name and brokers; once for each.",
)
@click.option(
    "--copies",
    type=click.IntRange(1, 9),
    default=3,
    show_default=True,
    help="Of each topic that MirrorMaker makes.",
)
@click.option("--prefix", help="Put before every topic's name, on all clusters.")
@config_option
def mirror_config(
    national: str,
    provinces: tuple[str, ...],
    copies: int,
    prefix: str | None,
    config: Path | None,
) -> None:
    """Print mm2.properties, for connect-mirror-maker.sh."""
    from field.rollup.mirroring import ALIAS, properties

    settings = settings_of(config, prefix=prefix)
    top = settings.rollup.national
    by_name: dict[str, str] = {}
    for one in provinces:
        name, _, servers = one.partition("=")
        if not ALIAS.fullmatch(name) or not servers or name in (top, *by_name):
            raise click.BadParameter(
                f"{one!r}: give NAME=HOST:PORT, each name once, of letters, digits, - and _",
                param_hint="--province",
            )
        by_name[name] = servers
    click.echo("\n".join(properties(settings.kafka, (top, national), by_name, copies)))


@rollup.command()
@click.argument("properties", type=FILE)
@config_checked
def mirror(properties: Path) -> None:
    """Run MirrorMaker 2 with PROPERTIES, by the artefacts of the local broker (Java, Maven)."""
    from field.rollup.local_mirror import command, environment
    from streams.kafka.local_broker import default_home

    home = default_home()
    home.mkdir(parents=True, exist_ok=True)
    given = command(home, properties)
    os.execve(given[0], given, environment(home))
