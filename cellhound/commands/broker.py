"""``broker``: a local Kafka."""

import sys

import click

from cellhound.options import F, config_checked


@click.group()
def broker() -> None:
    """A real single-node Apache Kafka for a laptop or CI."""


def _port(command: F) -> F:
    command = click.option(
        "--port", type=click.IntRange(1, 65535), default=9092, show_default=True
    )(command)
    return config_checked(command)


@broker.command()
@_port
def up(port: int) -> None:
    """Start it; returns when it is ready."""
    from streams.kafka.local_broker import Broker, default_home

    node = Broker(default_home(), port=port)
    node.up()
    click.echo(f"Kafka is ready on {node.bootstrap}")


@broker.command()
@_port
def down(port: int) -> None:
    """Stop it; its data stays."""
    from streams.kafka.local_broker import Broker, default_home

    node = Broker(default_home(), port=port)
    now = node.status()
    if now.running and now.bootstrap != node.bootstrap:
        raise click.UsageError(f"the broker runs on {now.bootstrap}; name that port with --port")
    click.echo("Kafka has stopped" if node.down() else "Kafka was not running")


@broker.command()
@_port
def status(port: int) -> None:
    """Say whether it runs: exit code 0 when it does, 1 when not."""
    from streams.kafka.local_broker import Broker, default_home

    node = Broker(default_home(), port=port)
    now = node.status()
    up = now.ready and now.bootstrap == node.bootstrap
    click.echo(f"Kafka is {'up' if up else 'down'} ({node.bootstrap})")
    if now.ready and not up:
        click.echo(f"cellhound: the broker runs on {now.bootstrap}", err=True)
    sys.exit(0 if up else 1)
