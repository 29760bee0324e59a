"""``worker``, ``replay``, ``record``, ``register``, ``broker``: the pipeline on Kafka."""

import sys
from pathlib import Path
from typing import Any

import click

from cellhound.options import (
    FILE,
    FOLDER,
    OUT,
    PORT,
    F,
    config_checked,
    hasher_of,
    kafka_options,
    settings_of,
)
from cellhound.reading import reading_topics


@click.command()
@kafka_options
@click.option(
    "--log-level",
    type=click.Choice(["crit", "error", "warn", "info", "debug"]),
    default="warn",
    show_default=True,
)
def worker(config: Path | None, log_level: str, **kafka: str | None) -> None:
    """Run a worker on Kafka until it is told to stop (Ctrl-C, SIGTERM)."""
    from streams.worker.worker import run

    run(settings_of(config, **kafka), log_level)


@click.command()
@click.argument("trace", type=FOLDER)
@click.option("--speed", default="max", show_default=True, help="Times real time, or max.")
@click.option(
    "--max-gap",
    type=click.FloatRange(min=0.0),
    default=60.0,
    show_default=True,
    help="Longer gaps (s) in the trace are cut.",
)
@click.option(
    "--late",
    is_flag=True,
    help="Publish it although the topics hold newer messages: what is older counts as late.",
)
@click.option("--single", is_flag=True, help="A record for each message, none of many.")
@kafka_options
def replay(
    trace: Path,
    speed: str,
    max_gap: float,
    late: bool,
    single: bool,
    config: Path | None,
    **kafka: str | None,
) -> None:
    """Publish TRACE to the topics, the register first, paced by its arrival times."""
    from replay.kafka.publish import publish

    counts = publish(trace, settings_of(config, **kafka), _speed(speed), max_gap, late, single)
    click.echo(_counted(counts))


@click.command()
@click.option("--out", type=OUT, required=True, help="Folder of the trace to write.")
@click.option("--from", "begin", type=int, help="First arrival time (ms since the epoch).")
@click.option("--to", "end", type=int, help="Arrival time (ms) at which to stop.")
@click.option(
    "--form",
    type=click.Choice(["jsonl", "jsonl.gz", "jsonl.zst", "parquet"]),
    default="jsonl.gz",
    show_default=True,
)
@kafka_options
def record(
    out: Path,
    begin: int | None,
    end: int | None,
    form: str,
    config: Path | None,
    **kafka: str | None,
) -> None:
    """Read the topics back into a trace: the opposite of replay."""
    from replay.kafka.record import record as run
    from streams.progress import shown

    if begin is not None and end is not None and begin >= end:
        raise click.UsageError(
            f"--from {begin} is not before --to {end}, so nothing would be taken"
        )
    settings = settings_of(config, **kafka)
    with shown(), reading_topics(settings):
        counts = run(out, settings, hasher_of(settings), form, begin, end)
    click.echo(_counted(counts))


def _counted(counts: dict[str, int]) -> str:
    return ", ".join(f"{topic} {count}" for topic, count in counts.items()) or "no messages"


def _speed(text: str) -> float | None:
    if text == "max":
        return None
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not 0.0 < speed < float("inf"):
        raise click.BadParameter(
            f"{text!r} is neither a number above 0 nor max", param_hint="--speed"
        )
    return speed


@click.group()
def register() -> None:
    """The cell register."""


@register.command("audit")
@click.argument("trace", type=FOLDER, required=False)
@click.option("--out", type=OUT, required=True, help="Folder for the rows that are likely wrong.")
@click.option("--register", "file", type=FILE, help="Cell register (CSV); else the trace's own.")
@click.option(
    "--minutes",
    type=click.FloatRange(min=0.0, min_open=True),
    help="Of a running installation, only so many of the last minutes.",
)
@kafka_options
def register_audit(
    trace: Path | None,
    out: Path,
    file: Path | None,
    minutes: float | None,
    config: Path | None,
    **kafka: str | None,
) -> None:
    """Find rows of the register that measurements show to be wrong: those of TRACE, or, with
    --bootstrap, those that a running installation counted."""
    if trace is not None and (minutes is not None or any(kafka.values())):
        raise click.UsageError("name a TRACE, or --bootstrap for a running installation, not both")
    if trace is None and (file is not None or kafka["bootstrap"] is None):
        raise click.UsageError("name a TRACE, or --bootstrap for a running installation")
    settings = settings_of(config, **kafka)
    if trace is not None:
        from replay.audit.trace import audit
        from streams.progress import shown

        with shown():
            summary = audit(trace, out, hasher_of(settings), file)
        click.echo(summary)
    else:
        from replay.audit.topics import audit_topics

        with reading_topics(settings):
            summary = audit_topics(out, settings, hasher_of(settings), minutes)
        click.echo(summary)


@register.command("import")
@click.argument("file", type=FILE)
@click.option("--check", is_flag=True, help="Only check the file; load nothing.")
@click.option("--columns", type=FILE, help="Which column is which (YAML): docs/imports.md.")
@kafka_options
def register_import(
    file: Path, check: bool, columns: Path | None, config: Path | None, **kafka: str | None
) -> None:
    """Check a register FILE (OpenCelliD's CSV, with a header or without, or any CSV with a column
    map; plain or gzip) and load it into the topic."""
    from replay.kafka.load_register import load_register
    from streams.progress import shown
    from streams.register.column_map import read_column_map
    from streams.register.csv_layout import REGISTER_FIELDS

    column_map = read_column_map(columns, REGISTER_FIELDS) if columns else None
    settings = None if check else settings_of(config, **kafka)
    with shown():
        report = load_register(file, settings, column_map)
    click.echo(report)


@click.group()
def broker() -> None:
    """A real single-node Apache Kafka for a laptop or CI; the ACLs for one of your own."""


def _which(command: F) -> F:
    """Which of the brokers: by the port, by the folder of its data, or that which was started."""
    command = click.option(
        "--port",
        type=PORT,
        help="Else that on which it was started last, else 9092.",
    )(command)
    command = click.option(
        "--data", type=OUT, help="Folder of its data, else that of this user's only broker."
    )(command)
    return config_checked(command)


@broker.command()
@_which
def up(port: int | None, data: Path | None) -> None:
    """Start it; returns when it is ready. Another one runs beside it with --data and --port."""
    from streams.kafka.laptop.known_brokers import broker_in, remember

    node = broker_in(data, port)
    node.up()
    remember(node)
    click.echo(f"Kafka is ready on {node.bootstrap}")


def _asked(port: int | None, data: Path | None) -> list[Any]:
    """The brokers that are meant: one by its folder or port, else all that run, else the usual."""
    from streams.kafka.laptop.known_brokers import broker_in, running

    if data is not None:
        return [broker_in(data, port)]
    if port is not None:
        return [node for node in running() if node.port == port] or [broker_in(None, port)]
    return running() or [broker_in()]


@broker.command()
@_which
def down(port: int | None, data: Path | None) -> None:
    """Stop it; its data stays."""
    nodes = _asked(port, data)
    if len(nodes) > 1:
        places = ", ".join(f"{node.bootstrap} (data in {node.home})" for node in nodes)
        raise click.UsageError(f"several brokers run: {places}; name one with --port or --data")
    (node,) = nodes
    now = node.status()
    if now.running and now.bootstrap != node.bootstrap:
        raise click.UsageError(f"the broker runs on {now.bootstrap}; name that port with --port")
    click.echo("Kafka has stopped" if node.down() else "Kafka was not running")


@broker.command()
@_which
def status(port: int | None, data: Path | None) -> None:
    """Say whether it runs: exit code 0 when it does, 1 when not. A line for each that runs."""
    from streams.kafka.local_broker import default_home

    all_up = True
    for node in _asked(port, data):
        now = node.status()
        up = now.ready and now.bootstrap == node.bootstrap
        where = "" if node.home == default_home() else f", data in {node.home}"
        click.echo(f"Kafka is {'up' if up else 'down'} ({node.bootstrap}{where})")
        if now.ready and not up:
            click.echo(f"cellhound: the broker runs on {now.bootstrap}", err=True)
        all_up = all_up and up
    sys.exit(0 if all_up else 1)


@broker.command()
@click.option("--role", "roles", multiple=True, help="Only this one; may be given several times.")
@click.option(
    "--principal",
    default="User:cellhound-{role}",
    show_default=True,
    help="How the broker calls each, with {role} in it.",
)
@kafka_options
def acls(roles: tuple[str, ...], principal: str, config: Path | None, **kafka: str | None) -> None:
    """Print the kafka-acls.sh lines that give each program what it needs and no more."""
    from streams.kafka.security.acls import ROLES, commands

    known = [role.name for role in ROLES]
    if unknown := [name for name in roles if name not in known]:
        raise click.UsageError(f"no role {', '.join(unknown)}; roles are {', '.join(known)}")
    click.echo("\n".join(commands(settings_of(config, **kafka).kafka, principal, roles)))
