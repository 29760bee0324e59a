"""``start``, ``demo``: all of it on a laptop, in one command."""

import os
from pathlib import Path

import click

from cellhound.options import OUT, PORT, config_checked, kafka_options, language, settings_of


@click.command()
@click.option("--data", type=OUT, help="Folder of all that is kept; else this user's usual ones.")
@click.option("--port", type=PORT, help="Port of the page; else that of console.listen, 8340.")
@click.option(
    "--broker-port", type=PORT, help="Port of the broker; else that which it had last, else 9092."
)
@click.option("--no-browser", is_flag=True, help="Don't open the page in the browser.")
@kafka_options
def start(
    data: Path | None,
    port: int | None,
    broker_port: int | None,
    no_browser: bool,
    config: Path | None,
    **kafka: str | None,
) -> None:
    """Start broker, worker, console, channels and the page on this computer, until Ctrl-C.

    The broker is one of its own, unless --bootstrap, KAFKA_BOOTSTRAP or the settings name another.
    A program that ends by itself stops everything, with its last lines and exit code 1.
    """
    from field.laptop.together import Asked
    from field.laptop.together import start as run
    from streams.kafka.laptop.known_brokers import broker_in
    from streams.kafka.settings import KafkaSettings
    from streams.privacy.hashing_key import HOME_VARIABLE, state_folder

    settings = settings_of(config, **kafka)
    given = kafka["bootstrap"] or os.environ.get("KAFKA_BOOTSTRAP")
    foreign = bool(given) or settings.kafka.bootstrap != KafkaSettings().bootstrap
    if foreign and broker_port is not None:
        raise click.UsageError(
            f"--broker-port is of a broker of its own, but {settings.kafka.bootstrap} is named"
        )
    env = dict(os.environ)
    if data is not None:
        env[HOME_VARIABLE] = str(data.resolve())
    if config is not None:
        env["CELLHOUND_CONFIG"] = str(config.resolve())
    broker_folder = None if data is None else data / "broker"
    node = None if foreign else broker_in(broker_folder, broker_port)
    run(Asked(settings, state_folder(env), env, node, port, not no_browser), click.echo)


@click.command()
@click.option("--out", type=OUT, default=Path("out/demo"), show_default=True)
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True)
@click.option("--no-broker", is_flag=True, help="Run in one process, without Kafka.")
@click.option("--stay", is_flag=True, help="Open the page on the alerts; all stays until Ctrl-C.")
@click.option(
    "--port",
    type=PORT,
    help="Of the page, with --stay; else that of console.listen, 8340.",
)
@click.option("--no-browser", is_flag=True, help="With --stay: don't open the page.")
@config_checked
def demo(
    out: Path, seed: int, no_broker: bool, stay: bool, port: int | None, no_browser: bool
) -> None:
    """Simulate an hour in a city, detect, and end with alerts and a map to look at."""
    from replay.demo import Stay
    from replay.demo import demo as run
    from streams.progress import shown

    if not stay and (port is not None or no_browser):
        raise click.UsageError("--port and --no-browser are of the page, which needs --stay")
    if stay and no_broker:
        raise click.UsageError("--stay needs a broker; leave --no-broker away")
    with shown():
        staying = Stay(port, not no_browser) if stay else None
        run(out, seed, not no_broker, staying, language())
