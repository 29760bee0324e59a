"""``evidence``: bundles."""

import sys
from pathlib import Path

import click

from cellhound.options import FILE, config_option, hasher_of, kafka_options, settings_of


@click.group()
def evidence() -> None:
    """Evidence bundles: all that stands behind an alert, with its digests."""


@evidence.command("export")
@click.argument("alert_id")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True)
@kafka_options
def evidence_export(alert_id: str, out: Path, config: Path | None, **kafka: str | None) -> None:
    """Write the bundle (zip) of ALERT_ID, read from the topics."""
    from field.evidence.export import export

    settings = settings_of(config, **kafka)
    click.echo(export(settings, hasher_of(settings), alert_id, out))


@evidence.command("verify")
@click.argument("bundle", type=FILE)
@config_option
def evidence_verify(bundle: Path, config: Path | None) -> None:
    """Say whether BUNDLE is whole and unchanged: exit code 0 when it is, 1 when not.

    Where the settings name a signing key, its signature must be by that key.
    """
    from field.evidence.signing import Signer
    from field.evidence.verify import verify

    found = verify(bundle, Signer.load(settings_of(config).evidence.signing_key))
    click.echo(found.text())
    sys.exit(0 if found.ok else 1)
