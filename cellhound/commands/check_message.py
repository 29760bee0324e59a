"""``check-message``: what a worker would make of the messages in a file."""

import secrets
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import click

from cellhound.options import config_option, settings_of

_LINES = click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path)


class _Topic(click.ParamType):
    """An input topic, without a prefix."""

    name = "topic"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        from streams.decode.codec import TOPICS

        if value not in TOPICS:
            self.fail(f"{value} is no input topic; those are {', '.join(TOPICS)}.", param, ctx)
        return str(value)


@click.command("check-message")
@click.argument("topic", type=_Topic())
@click.argument("file", type=_LINES)
@click.option("--problems", is_flag=True, help="Leave out what is accepted whole.")
@config_option
def check_message(topic: str, file: Path, problems: bool, config: Path | None) -> None:
    """Say of each line of FILE what a worker would make of it as a message of TOPIC: accepted,
    accepted in part (which fields would be dropped, and why), or a dead letter and why.

    FILE holds JSON lines (.jsonl, .jsonl.gz, .jsonl.zst); - reads them from standard input. The
    exit code is 1 where there is a dead letter. What each field may hold: docs/messages.md.
    """
    from replay.traces.trace_lines import lines_in_memory, read_lines
    from streams.decode.check import Line, verdicts
    from streams.privacy.hasher import Hasher

    # Nothing is kept, so any key does.
    hasher = Hasher(secrets.token_bytes(32), settings_of(config).senders)
    on_disk = None if str(file) == "-" else read_lines(file)
    chunks = lines_in_memory(sys.stdin.buffer.read()) if on_disk is None else on_disk
    counts: Counter[str] = Counter()
    for chunk in chunks:
        numbered = zip(chunk.line_numbers.tolist(), chunk.values, chunk.rx_ms.tolist(), strict=True)
        for verdict in verdicts(topic, [Line(*parts) for parts in numbered], hasher):
            counts[verdict.outcome] += 1
            if not problems or verdict.reasons:
                click.echo(str(verdict))
    whole, part, dead = (counts[name] for name in ("accepted", "accepted in part", "dead letter"))
    click.echo(
        f"{sum(counts.values())} messages of {topic}: {whole} accepted, {part} accepted in part,"
        f" {dead} dead letters"
    )
    is_damaged = on_disk is not None and on_disk.warning is not None
    click.get_current_context().exit(1 if dead or is_damaged else 0)
