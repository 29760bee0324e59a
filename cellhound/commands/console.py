"""``console``: the field teams' service."""

from pathlib import Path

import click

from cellhound.options import FILE, kafka_options, settings_of


@click.command()
@click.option("--listen", metavar="HOST:PORT", help="Address to serve; else 127.0.0.1:8340.")
@click.option("--store", help="SQLite file or postgresql:// address; else the state folder.")
@click.option("--tls-cert", type=FILE, help="Certificate chain (PEM).")
@click.option("--tls-key", type=FILE, help="Its key (PEM).")
@click.option("--no-channels", is_flag=True, help="Don't send by the configured channels.")
@kafka_options
def console(
    listen: str | None,
    store: str | None,
    tls_cert: Path | None,
    tls_key: Path | None,
    no_channels: bool,
    config: Path | None,
    **kafka: str | None,
) -> None:
    """Serve the field teams' live map and API until told to stop (Ctrl-C, SIGTERM)."""
    from field.console.serve import run

    flags = {
        "listen": listen,
        "store": store,
        "tls_cert": str(tls_cert) if tls_cert else None,
        "tls_key": str(tls_key) if tls_key else None,
        "channels": False if no_channels else None,
    }
    console_flags = {f"console.{name}": value for name, value in flags.items()}
    run(settings_of(config, console_flags, **kafka))
