"""``ingest``: the gateway by which apps send without a client of Kafka."""

import sys
from pathlib import Path

import click

from cellhound.options import kafka_options, settings_of


@click.command()
@click.option("--listen", help="HOST:PORT to take requests on; else ingest.listen.")
@click.option(
    "--topic",
    "topics",
    multiple=True,
    help="Take messages for this topic too, beside those of ingest.topics; several times.",
)
@click.option("--stdin", "stdin", metavar="TOPIC", help="Send standard input to TOPIC, then end.")
@click.option("--arrow", is_flag=True, help="Standard input is an Arrow stream, not JSON lines.")
@click.option(
    "--new-token", "new_token", metavar="NAME", help="Print a token and its line for ingest.tokens."
)
@kafka_options
def ingest(
    listen: str | None,
    topics: tuple[str, ...],
    stdin: str | None,
    arrow: bool,
    new_token: str | None,
    config: Path | None,
    **kafka: str | None,
) -> None:
    """Take single messages by HTTP, or from standard input, and send them to Kafka in batches.

    POST /v1/TOPIC takes JSON (an object or an array), JSON lines (application/x-ndjson) and Arrow
    streams, packed by gzip or not, and answers 202 once Kafka has them.
    """
    if new_token is not None:
        from field.ingest.tokens import new_token as made

        token, line = made(new_token)
        click.echo(f"token: {token}\nline for ingest.tokens: {line}")
        return
    if arrow and stdin is None:
        raise click.UsageError("--arrow goes with --stdin")
    settings = settings_of(config, {"ingest.listen": listen}, **kafka)
    if topics:
        more = {"ingest.topics": [*dict.fromkeys((*settings.ingest.topics, *topics))]}
        settings = settings_of(config, {"ingest.listen": listen} | more, **kafka)
    if stdin is None:
        from field.ingest.serve import run

        run(settings)
        return
    if stdin not in settings.ingest.topics:
        raise click.UsageError(
            f"--stdin {stdin}: topics are {', '.join(settings.ingest.topics)}; others of the"
            " operator's are named with --topic too"
        )
    from field.ingest.hashing import hasher_beside_workers
    from field.ingest.stdin import run as run_stdin

    hasher = hasher_beside_workers(settings)
    counted = run_stdin(settings, hasher, stdin, sys.stdin.buffer, arrow)
    click.echo(f"{stdin}: {counted}")
    if counted.too_long:
        click.echo(f"cellhound: {counted.too_long} lines were too long and left out", err=True)
        sys.exit(1)
