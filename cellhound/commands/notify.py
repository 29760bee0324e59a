"""``notify``: the channels."""

from pathlib import Path

import click

from cellhound.options import config_option, kafka_options, settings_of


@click.group()
def notify() -> None:
    """Channels: who gets alerts by which way."""


@notify.command("run")
@kafka_options
def notify_run(config: Path | None, **kafka: str | None) -> None:
    """Send by all channels until told to stop, without a console."""
    from field.channels.commands import run
    from field.console.access.network.outside import outside_link

    settings = settings_of(config, **kafka)
    run(settings, outside_link(settings.console))


@notify.command("test")
@click.argument("channel")
@config_option
def notify_test(channel: str, config: Path | None) -> None:
    """Send a test message by CHANNEL (its name in the settings)."""
    from field.channels.commands import test

    click.echo(test(settings_of(config), channel))


@notify.command("list")
@config_option
def notify_list(config: Path | None) -> None:
    """The channels of the settings, without their secrets."""
    from field.channels.commands import summary

    click.echo(summary(settings_of(config)))
