"""``account``: whether all that came in is accounted for."""

import secrets
import sys
from pathlib import Path

import click

from cellhound.options import kafka_options, settings_of
from cellhound.reading import reading_topics


@click.command()
@click.option("--json", "as_object", is_flag=True, help="Print one JSON object.")
@kafka_options
def account(as_object: bool, config: Path | None, **kafka: str | None) -> None:
    """Count all that came in anew, and hold it against what was written of it.

    By input partition: produced = used + late + repeated + dead + waiting. Needs the settings of
    the workers, and no key. Exit code 1 where it doesn't add up, 2 where that can't be known.
    """
    from streams.account.run import NotKnownError
    from streams.account.run import account as made
    from streams.account.shown import as_json, as_text
    from streams.privacy.hasher import Hasher

    settings = settings_of(config, **kafka)
    # Nothing that is hashed is compared or shown, so whoever audits need not be given the key.
    hasher = Hasher(secrets.token_bytes(32), settings.senders)
    try:
        # What workers have condemned it makes the letters of itself.
        with reading_topics(settings, leaves_out=False):
            found = made(settings, hasher)
    except NotKnownError as error:
        click.echo(f"cellhound: it can't be known: {error}", err=True)
        sys.exit(2)
    click.echo(as_json(found) if as_object else as_text(found))
    sys.exit(0 if found.adds_up else 1)
