"""``console``, ``accounts``, ``notify``, ``evidence``, ``doctor``, ``basemap``: the field teams'
service."""

import sys
from pathlib import Path

import click

from cellhound.options import (
    FILE,
    config_checked,
    config_option,
    hasher_of,
    kafka_options,
    settings_of,
)
from cellhound.reading import reading_topics


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


@click.group()
def accounts() -> None:
    """Who may use the console, and as what."""


_ROLE = click.Choice(["viewer", "field", "dispatcher", "admin"])


@accounts.command("add")
@click.argument("name")
@click.option("--role", type=_ROLE, default="viewer", show_default=True)
@click.option("--password-file", type=FILE, help="Else it is asked for, or read from input.")
@config_option
def accounts_add(name: str, role: str, password_file: Path | None, config: Path | None) -> None:
    """Add an account, or give NAME another password and role."""
    from field.console.access.commands import add

    if password_file is not None:
        password = password_file.read_text("utf-8").rstrip("\r\n")
    else:
        password = click.prompt("Password", hide_input=sys.stdin.isatty(), err=True)
    click.echo(add(settings_of(config), name, role, password))


@accounts.command("list")
@config_option
def accounts_list(config: Path | None) -> None:
    """All accounts with their roles and tokens."""
    from field.console.access.commands import summary

    click.echo(summary(settings_of(config)))


@accounts.command("remove")
@click.argument("name")
@config_option
def accounts_remove(name: str, config: Path | None) -> None:
    """Remove an account with its tokens; what it did stays in the audit trail."""
    from field.console.access.commands import remove

    click.echo(remove(settings_of(config), name))


@accounts.command("token")
@click.argument("name")
@click.option("--label", default="", help="What it is for: a scanner's name.")
@click.option("--days", type=click.FloatRange(min=0.0, min_open=True), help="At most 366; else 90.")
@click.option("--scope", help="The role that it has at most; else the account's.")
@config_option
def accounts_token(
    name: str, label: str, days: float | None, scope: str | None, config: Path | None
) -> None:
    """Make an API token of the account NAME; it is printed once and stored hashed."""
    from field.console.access.commands import token

    click.echo(token(settings_of(config), name, label, days, scope))


@accounts.command("mfa")
@click.argument("name")
@click.option("--off", is_flag=True, help="Take it away, from somebody who lost it.")
@config_option
def accounts_mfa(name: str, off: bool, config: Path | None) -> None:
    """Give the account NAME a second factor (TOTP).

    Prints what an authenticator app needs, asks for its first code, prints recovery codes once.
    """
    from field.console.access.commands import begin_mfa, confirm_mfa, remove_mfa

    settings = settings_of(config)
    if off:
        click.echo(remove_mfa(settings, name))
        return
    secret, address = begin_mfa(settings, name)
    click.echo(f"Add this to the authenticator app of {name}:\n{address}\nor the key: {secret}")
    codes = confirm_mfa(settings, name, secret, click.prompt("Code that it shows", err=True))
    click.echo("It is set up. Recovery codes, each for one login, shown only now:")
    click.echo("\n".join(codes))


@accounts.command("public-key")
@click.option("--new", is_flag=True, help="Make another key; restart the consoles then.")
@config_option
def accounts_public_key(new: bool, config: Path | None) -> None:
    """The public keys (PEM) by which others know what consoles sign, the one in use last."""
    from field.console.access.commands import public_key

    click.echo(public_key(settings_of(config), new), nl=False)


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


@click.group()
def evidence() -> None:
    """Evidence bundles: all that stands behind an alert, with its digests."""


@evidence.command("export")
@click.argument("alert_id")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True)
@click.option("--stamp", metavar="URL", help="Of a time stamping authority (RFC 3161) to be asked.")
@kafka_options
def evidence_export(
    alert_id: str, out: Path, stamp: str | None, config: Path | None, **kafka: str | None
) -> None:
    """Write the bundle (zip) of ALERT_ID, read from the topics."""
    from field.console.trail_check import keys_here, sealer
    from field.evidence.export import export
    from field.evidence.stamping import stamper

    settings = settings_of(config, **kafka)
    stamped = None if stamp is None else stamper(stamp)
    hasher, seal, consoles = hasher_of(settings), sealer(settings), keys_here(settings)
    with reading_topics(settings):
        done = export(settings, hasher, alert_id, out, seal, consoles, stamped)
    click.echo(done)


@evidence.command("verify")
@click.argument("bundle", type=FILE, required=False)
@click.option("--public-key", type=FILE, help="Of who should have made it (PEM).")
@click.option("--tsa-certificate", type=FILE, help="Of who should have stamped it (PEM).")
@click.option("--trail", is_flag=True, help="Examine the audit trail on its topic as well.")
@kafka_options
def evidence_verify(
    bundle: Path | None,
    public_key: Path | None,
    tsa_certificate: Path | None,
    trail: bool,
    config: Path | None,
    **kafka: str | None,
) -> None:
    """Say whether BUNDLE is whole, unchanged, and by whom.

    Exit code 0 when it is and somebody who is known vouches for it, 1 when not. Known are
    --public-key, else the signing key of the settings, else this user's own. With --tsa-certificate
    it must have a time stamp by that authority, too.
    """
    from field.console.trail_check import trail_text, verified
    from field.evidence.stamping import certificates

    if bundle is None and not trail:
        raise click.UsageError("name a BUNDLE, or examine the audit trail with --trail")
    settings, ok = settings_of(config, **kafka), True
    if bundle is not None:
        authority = certificates(tsa_certificate) if tsa_certificate else ()
        found = verified(settings, bundle, public_key, authority)
        click.echo(found.text())
        ok = found.ok
    if trail:
        text, is_whole = trail_text(settings)
        click.echo(text)
        ok = ok and is_whole
    sys.exit(0 if ok else 1)


@evidence.command("public-key")
@config_option
def evidence_public_key(config: Path | None) -> None:
    """The public key (PEM) by which others know the bundles that are made here."""
    import os

    from field.evidence.signing import Signer

    pem = Signer.of(settings_of(config).evidence.signing_key, os.environ).public_pem
    if not pem:
        raise click.UsageError("evidence.signing_key is a shared secret, which has no public key")
    click.echo(pem, nl=False)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="JSON instead of a table.")
@kafka_options
def doctor(as_json: bool, config: Path | None, **kafka: str | None) -> None:
    """Examine the installation: exit code 0 when nothing is broken, 1 when something is."""
    from field.doctor.run import examine

    settings = settings_of(config, **kafka)
    with reading_topics(settings):
        found = examine(settings)
    click.echo(found.json() if as_json else found.text())
    sys.exit(0 if found.ok else 1)


@click.group()
def basemap() -> None:
    """The streets under the console's map."""


@basemap.command("make")
@click.argument("extract", type=FILE)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    default="basemap.pmtiles",
    show_default=True,
    help="Where the map goes (.pmtiles).",
)
@click.option("--planetiler", type=FILE, help="Planetiler's jar, to make it with Java instead.")
@config_checked
def basemap_make(extract: Path, out: Path, planetiler: Path | None) -> None:
    """Make a base map of EXTRACT, an OpenStreetMap file (.osm.pbf) of the area that is watched."""
    from field.basemap.make import find_tools, make

    made = make(extract, out, find_tools(planetiler))
    west, south, east, north = made.box
    area = f"{south:.2f}, {west:.2f} to {north:.2f}, {east:.2f}"
    click.echo(f"{out}: {', '.join(sorted(made.layers))}; {area}")
    click.echo(
        f"set console.basemap.source to {out.resolve()}, and console.basemap.attribution to what"
        " the extract asks for (© OpenStreetMap contributors)",
        err=True,
    )
