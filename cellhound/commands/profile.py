"""``profile``: what an installation has learned, taken along and looked at."""

from pathlib import Path

import click

from cellhound.options import FILE, kafka_options, settings_of


@click.group()
def profile() -> None:
    """What an installation has learned: where sites are, what is usual where. No phone is in it."""


@profile.command("export")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    help="File to write (.json, .json.gz).",
)
@kafka_options
def profile_export(out: Path, config: Path | None, **kafka: str | None) -> None:
    """Write the profile that workers keep on Kafka to a file."""
    from streams.profile.profile_file import write_profile
    from streams.profile.topic import read_topic

    known, unusable = read_topic(settings_of(config, **kafka))
    write_profile(out, known)
    click.echo(f"{len(known.zones)} zones, {len(unusable)} parts of another form left out: {out}")


@profile.command("import")
@click.argument("file", type=FILE)
@kafka_options
def profile_import(file: Path, config: Path | None, **kafka: str | None) -> None:
    """Check FILE and load it for workers that begin without a state of their own."""
    from streams.profile.profile_file import read_profile
    from streams.profile.topic import load

    settings = settings_of(config, **kafka)
    click.echo(load(settings, read_profile(file, settings.rules)))


@profile.command("show")
@click.argument("file", type=FILE, required=False)
@kafka_options
def profile_show(file: Path | None, config: Path | None, **kafka: str | None) -> None:
    """Say in words what is known, since when and from how many reports: in FILE, else on Kafka."""
    from streams.profile.profile_file import read_profile
    from streams.profile.topic import read_topic
    from streams.profile.words import text

    settings = settings_of(config, **kafka)
    known = (read_profile(file, settings.rules), []) if file else read_topic(settings)
    click.echo(text(*known))
