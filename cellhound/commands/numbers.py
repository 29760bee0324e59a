"""``numbers``: what a number is by the plans, a plan of one's own, and the list of numbers."""

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


@click.group()
def numbers() -> None:
    """Numbering plans and the list of numbers: what a number is, ranges of your own, whose numbers
    are how to be treated (docs/numbers.md)."""


@numbers.command()
@click.argument("given", metavar="NUMBER...", nargs=-1, required=True)
@click.option("--nai", type=int, help="Nature of address, 1 to 4, of ITU-T Q.763.")
@click.option("--npi", type=int, help="Numbering plan indicator; 1 is telephony.")
@config_option
def show(given: tuple[str, ...], nai: int | None, npi: int | None, config: Path | None) -> None:
    """Say what each NUMBER is, a JSON object a line: class, country, carrier, region, what is
    malformed, and how it was read. The numbers themselves are not printed.

    A number as signalled: digits, perhaps after a +. With the plan of the settings (numbers.plan).
    """
    import msgspec

    from streams.numbers.plan_file import load_plan
    from streams.numbers.shown import shown

    settings = settings_of(config).numbers
    for each in shown(load_plan(settings), settings, given, nai, npi):
        click.echo(msgspec.json.encode(each))


@numbers.command()
@click.argument("file", type=FILE)
@config_checked
def check(file: Path) -> None:
    """Read a plan of your own (CSV) and say how many ranges it has; all that is wrong is listed."""
    from streams.numbers.plan_file import read_plan

    click.echo(f"{len(read_plan(file))} ranges")


@numbers.command("import")
@click.argument("file", type=FILE)
@click.option("--check", "only_check", is_flag=True, help="Only check the file; load nothing.")
@kafka_options
def import_(file: Path, only_check: bool, config: Path | None, **kafka: str | None) -> None:
    """Check a list of numbers (CSV) and load it into the topic number.register.

    All that is wrong is listed by line and column, and then nothing is loaded. Single numbers are
    hashed before they are sent.
    """
    from replay.kafka.numbers import load_numbers

    settings = settings_of(config, **kafka)
    click.echo(load_numbers(file, settings, hasher_of(settings), only_check))
