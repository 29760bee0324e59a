"""The door: maps the commands to the rooms, importing each only when it is called.

Results go to standard output or ``--out``, progress and logs to standard error. Exit codes: 0 done,
1 failed, 2 wrong use. No room is imported before its command runs, so that help comes at once.
"""

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

import click

if TYPE_CHECKING:
    from streams.config.settings import Settings

F = TypeVar("F", bound=Callable[..., Any])

_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


class _OutFolder(click.Path):
    """A folder to write into, which may have to be made: refused where a file is in its way."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        folder = Path(str(super().convert(value, param, ctx)))
        nearest = next((path for path in (folder, *folder.parents) if path.exists()), Path())
        if not nearest.is_dir():
            self.fail(f"{nearest} is a file; name a folder to write into.", param, ctx)
        return folder


_OUT = _OutFolder()


class _Plmn(click.ParamType):
    """A network as people write it: 460-00."""

    name = "mcc-mnc"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, int]:
        parts = str(value).split("-")
        if len(parts) != 2 or not all(part.isdecimal() and len(part) <= 3 for part in parts):
            self.fail(f"{value} is no network; write MCC-MNC, such as 460-00.", param, ctx)
        return int(parts[0]), int(parts[1])


def _config(command: F) -> F:
    return click.option(
        "--config", type=_FILE, help="Settings (YAML) over the defaults; else CELLHOUND_CONFIG."
    )(command)


def _config_checked(command: F) -> F:
    """For commands that need no setting themselves: a file that is named is still checked, and the
    programs that they start are given it."""

    def take(_ctx: click.Context, _param: click.Parameter, value: Path | None) -> None:
        if value is not None:
            _settings(value)
            os.environ["CELLHOUND_CONFIG"] = str(value.resolve())

    return click.option(
        "--config",
        type=_FILE,
        expose_value=False,
        callback=take,
        help="Settings (YAML) over the defaults; else CELLHOUND_CONFIG.",
    )(command)


def _kafka(command: F) -> F:
    command = click.option(
        "--bootstrap", help="Broker, HOST:PORT; else KAFKA_BOOTSTRAP, else 127.0.0.1:9092."
    )(command)
    command = click.option("--prefix", help="Put before every topic and group name.")(command)
    return _config(command)


class _Door(click.Group):
    """Turns the errors that people can do something about into a sentence and an exit code."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except click.exceptions.Exit:
            raise
        except click.ClickException:
            raise
        except Exception as error:
            # Everything else is a bug, and shall be seen as one.
            names = (kind.__name__ for kind in type(error).__mro__)
            code = next((_EXIT_CODES[name] for name in names if name in _EXIT_CODES), None)
            if code is None:
                raise
            click.echo(f"cellhound: {_sentence(error)}", err=True)
            ctx.exit(code)


def _sentence(error: Exception) -> str:
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: can't be read or written ({error.strerror})."
    return str(error)


#: Errors that are no bugs, by name, so that no room is imported to know them. Those of the rooms
#: say what to do; the last two are a disk, a permission or a broker that failed on the way.
_EXIT_CODES = {
    "ConfigError": 2,
    "TraceError": 2,
    "ScenarioError": 2,
    "EvaluationError": 2,
    "RegisterError": 2,
    "RoadsError": 2,
    "BrokerError": 1,
    "KafkaUnavailable": 1,
    "KeyUnavailable": 1,
    "NoSuchAlert": 1,
    "ChannelFailed": 1,
    "KafkaError": 1,
    "OSError": 1,
}


@click.group(cls=_Door, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="cellhound")
def main() -> None:
    """Finds rogue base stations while they are on the air."""
    # Set before numpy is imported. The matrices here are small, and a worker is one of several
    # processes: more threads of the linear algebra library only wait for each other.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


@main.command()
@click.argument("trace", type=_FOLDER)
@click.option("--out", type=_OUT, required=True, help="Folder for alerts, findings and a summary.")
@click.option("--register", type=_FILE, help="Cell register (CSV); else the trace's own.")
@_config
def detect(trace: Path, out: Path, register: Path | None, config: Path | None) -> None:
    """Run the whole pipeline over TRACE in one process, without a broker."""
    from replay.detect import detect as run

    settings = _settings(config)
    summary = run(trace, out, settings, _hasher(settings), register)
    click.echo(
        f"{summary.messages} messages, {summary.findings} findings, {summary.dead_letters} dead"
        f" letters, {summary.alerts} alerts in {summary.seconds:.1f} s"
        f" ({summary.messages_per_second:.0f} messages/s): {out}"
    )


@main.command()
@_kafka
@click.option(
    "--log-level",
    type=click.Choice(["crit", "error", "warn", "info", "debug"]),
    default="warn",
    show_default=True,
)
def worker(config: Path | None, log_level: str, **kafka: str | None) -> None:
    """Run a worker on Kafka until it is told to stop (Ctrl-C, SIGTERM)."""
    from streams.worker.worker import run

    run(_settings(config, **kafka), log_level)


@main.command()
@click.argument("trace", type=_FOLDER)
@click.option("--speed", default="max", show_default=True, help="Times real time, or max.")
@click.option(
    "--max-gap",
    type=click.FloatRange(min=0.0),
    default=60.0,
    show_default=True,
    help="Longer gaps (s) in the trace are cut.",
)
@_kafka
def replay(
    trace: Path, speed: str, max_gap: float, config: Path | None, **kafka: str | None
) -> None:
    """Publish TRACE to the topics, the register first, paced by its arrival times."""
    from replay.kafka.publish import publish

    counts = publish(trace, _settings(config, **kafka), _speed(speed), max_gap)
    click.echo(_counted(counts))


@main.command()
@click.option("--out", type=_OUT, required=True, help="Folder of the trace to write.")
@click.option("--from", "begin", type=int, help="First arrival time (ms since the epoch).")
@click.option("--to", "end", type=int, help="Arrival time (ms) at which to stop.")
@click.option(
    "--form",
    type=click.Choice(["jsonl", "jsonl.gz", "jsonl.zst", "parquet"]),
    default="jsonl.gz",
    show_default=True,
)
@_kafka
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

    if begin is not None and end is not None and begin >= end:
        raise click.UsageError(
            f"--from {begin} is not before --to {end}, so nothing would be taken"
        )
    settings = _settings(config, **kafka)
    counts = run(out, settings, _hasher(settings), form, begin, end)
    click.echo(_counted(counts))


@main.command()
@click.argument("scenario", type=_FILE)
@click.option("--out", type=_OUT, required=True, help="Folder of the trace to write.")
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True)
@_config_checked
def simulate(scenario: Path, out: Path, seed: int) -> None:
    """Make a trace with its truth from SCENARIO (YAML); the same seed makes the same trace."""
    from replay.simulate import load_scenario
    from replay.simulate import simulate as run

    made = run(load_scenario(scenario), seed, out)
    click.echo(
        f"{made.scenario}, seed {made.seed}: {made.measurements} reports,"
        f" {made.signalling} updates, {made.sms} SMS of {made.phones} phones,"
        f" {made.register_rows} registered cells, {made.transmitters} transmitters,"
        f" {made.captures} captures: {out}"
    )


@main.command()
@click.argument("alerts", type=_FILE)
@click.option("--truth", type=_FILE, required=True, help="truth.jsonl of the trace.")
@click.option("--register", type=_FILE, help="Register (CSV) that tells honest service.")
@click.option("--json", "as_json", is_flag=True, help="JSON instead of a table.")
@click.option("--calibration", is_flag=True, help="Also what stated probabilities are worth.")
@click.option(
    "--also",
    type=(_FILE, _FILE),
    multiple=True,
    metavar="ALERTS TRUTH",
    help="Another run to score together with the first; may be repeated.",
)
@_config_checked
def evaluate(
    alerts: Path,
    truth: Path,
    register: Path | None,
    as_json: bool,
    calibration: bool,
    also: tuple[tuple[Path, Path], ...],
) -> None:
    """Score ALERTS (alerts.jsonl) against the truth."""
    from replay.scoring.evaluate import judge_all, read_register_rows, report

    rows = read_register_rows(register) if register else None
    judged = judge_all([(alerts, truth), *also], rows)
    click.echo(report(judged, calibration=calibration, as_json=as_json))


@main.group()
def register() -> None:
    """The cell register."""


@register.command("import")
@click.argument("file", type=_FILE)
@click.option("--check", is_flag=True, help="Only check the file; load nothing.")
@_kafka
def register_import(file: Path, check: bool, config: Path | None, **kafka: str | None) -> None:
    """Check a register FILE (OpenCelliD's CSV, plain or gzip) and load it into the topic."""
    from replay.kafka.load_register import load_register

    click.echo(load_register(file, None if check else _settings(config, **kafka)))


@main.group("import")
def import_() -> None:
    """Other tools' recordings, made into traces."""


@import_.command("nas")
@click.argument("capture", type=_FILE)
@click.option("--out", type=_OUT, required=True, help="Folder of the trace.")
@click.option("--subscriber", default="phone", show_default=True, help="Whose phone it was.")
@click.option("--rat", type=click.Choice(["gsm", "umts", "lte"]), help="Else by the messages.")
@click.option("--plmn", type=_Plmn(), help="MCC-MNC, where the messages don't name it.")
@click.option("--area", type=click.IntRange(0), help="LAC or TAC, where it is known.")
@click.option("--cell", type=click.IntRange(0), help="Cell identity, where it is known.")
@_config
def import_nas(
    capture: Path,
    out: Path,
    subscriber: str,
    rat: str | None,
    plmn: tuple[int, int] | None,
    area: int | None,
    cell: int | None,
    config: Path | None,
) -> None:
    """Signalling from a phone's diagnostic port: a pcap CAPTURE of NAS messages (link type 148) or
    of GSMTAP."""
    from replay.imports.nas_pcap import import_nas as run

    mcc, mnc = plmn or (None, None)
    who = _hasher(_settings(config)).pseudonym(subscriber)
    summary = run(capture, out, subscriber=who, rat=rat, mcc=mcc, mnc=mnc, area=area, cell=cell)
    _imported(summary, out)


@import_.command("nas-table")
@click.argument("table", type=_FILE)
@click.option("--out", type=_OUT, required=True, help="Folder of the trace.")
@_config_checked
def import_nas_table(table: Path, out: Path) -> None:
    """Signalling from a TABLE (CSV) of decoded NAS messages, a subscriber for each trace in it."""
    from replay.imports.tables import import_nas_events as run

    _imported(run(table, out), out)


def _imported(summary: Any, out: Path) -> None:
    left = ", ".join(f"{n} {why.replace('_', ' ')}" for why, n in summary.left_out.items())
    click.echo(
        f"{summary.messages} messages of {summary.packets} packets in {out}"
        + (f"; left out: {left}." if left else "."),
        err=True,
    )


@main.group()
def broker() -> None:
    """A real single-node Apache Kafka for a laptop or CI."""


def _port(command: F) -> F:
    command = click.option(
        "--port", type=click.IntRange(1, 65535), default=9092, show_default=True
    )(command)
    return _config_checked(command)


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


@main.command()
@click.option("--out", type=_OUT, default=Path("out/demo"), show_default=True)
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True)
@click.option("--no-broker", is_flag=True, help="Run in one process, without Kafka.")
@_config_checked
def demo(out: Path, seed: int, no_broker: bool) -> None:
    """Simulate an hour in a city, detect, and end with alerts and a map to look at."""
    from replay.demo import demo as run

    run(out, seed, with_broker=not no_broker)


@main.command()
@click.option("--listen", metavar="HOST:PORT", help="Address to serve; else 127.0.0.1:8340.")
@click.option("--store", help="SQLite file or postgresql:// address; else the state folder.")
@click.option("--tls-cert", type=_FILE, help="Certificate chain (PEM).")
@click.option("--tls-key", type=_FILE, help="Its key (PEM).")
@click.option("--no-channels", is_flag=True, help="Don't send by the configured channels.")
@_kafka
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
    run(_settings(config, console_flags, **kafka))


@main.group()
def accounts() -> None:
    """Who may use the console, and as what."""


_ROLE = click.Choice(["viewer", "field", "dispatcher", "admin"])


@accounts.command("add")
@click.argument("name")
@click.option("--role", type=_ROLE, default="viewer", show_default=True)
@click.option("--password-file", type=_FILE, help="Else it is asked for, or read from input.")
@_config
def accounts_add(name: str, role: str, password_file: Path | None, config: Path | None) -> None:
    """Add an account, or give NAME another password and role."""
    from field.console.access.commands import add

    if password_file is not None:
        password = password_file.read_text("utf-8").rstrip("\r\n")
    else:
        password = click.prompt("Password", hide_input=sys.stdin.isatty(), err=True)
    click.echo(add(_settings(config), name, role, password))


@accounts.command("list")
@_config
def accounts_list(config: Path | None) -> None:
    """All accounts with their roles and tokens."""
    from field.console.access.commands import listed

    click.echo(listed(_settings(config)))


@accounts.command("remove")
@click.argument("name")
@_config
def accounts_remove(name: str, config: Path | None) -> None:
    """Remove an account with its tokens; what it did stays in the audit trail."""
    from field.console.access.commands import remove

    click.echo(remove(_settings(config), name))


@accounts.command("token")
@click.argument("name")
@click.option("--label", default="", help="What it is for: a scanner's name.")
@click.option("--days", type=click.FloatRange(min=0.0, min_open=True), help="Else without end.")
@_config
def accounts_token(name: str, label: str, days: float | None, config: Path | None) -> None:
    """Make an API token of the account NAME; it is printed once and stored hashed."""
    from field.console.access.commands import token

    click.echo(token(_settings(config), name, label, days))


@main.group()
def notify() -> None:
    """Channels: who gets alerts by which way."""


@notify.command("run")
@_kafka
def notify_run(config: Path | None, **kafka: str | None) -> None:
    """Send by all channels until told to stop, without a console."""
    from field.channels.commands import run

    run(_settings(config, **kafka))


@notify.command("test")
@click.argument("channel")
@_config
def notify_test(channel: str, config: Path | None) -> None:
    """Send a test message by CHANNEL (its name in the settings)."""
    from field.channels.commands import test

    click.echo(test(_settings(config), channel))


@notify.command("list")
@_config
def notify_list(config: Path | None) -> None:
    """The channels of the settings, without their secrets."""
    from field.channels.commands import listed

    click.echo(listed(_settings(config)))


@main.group()
def evidence() -> None:
    """Evidence bundles: all that stands behind an alert, with its digests."""


@evidence.command("export")
@click.argument("alert_id")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True)
@_kafka
def evidence_export(alert_id: str, out: Path, config: Path | None, **kafka: str | None) -> None:
    """Write the bundle (zip) of ALERT_ID, read from the topics."""
    from field.evidence.export import export

    settings = _settings(config, **kafka)
    click.echo(export(settings, _hasher(settings), alert_id, out))


@evidence.command("verify")
@click.argument("bundle", type=_FILE)
@_config
def evidence_verify(bundle: Path, config: Path | None) -> None:
    """Say whether BUNDLE is whole and unchanged: exit code 0 when it is, 1 when not.

    Where the settings name a signing key, its signature must be by that key.
    """
    from field.evidence.signing import Signer
    from field.evidence.verify import verify

    found = verify(bundle, Signer.load(_settings(config).evidence.signing_key))
    click.echo(found.text())
    sys.exit(0 if found.ok else 1)


@main.command()
@click.option("--json", "as_json", is_flag=True, help="JSON instead of a table.")
@_kafka
def doctor(as_json: bool, config: Path | None, **kafka: str | None) -> None:
    """Examine the installation: exit code 0 when nothing is broken, 1 when something is."""
    from field.doctor.run import examine

    found = examine(_settings(config, **kafka))
    click.echo(found.json() if as_json else found.text())
    sys.exit(0 if found.ok else 1)


def _settings(
    config: Path | None, more: Mapping[str, Any] | None = None, /, **kafka: str | None
) -> "Settings":
    from streams.config.settings import load_settings

    flags = {f"kafka.{name}": value for name, value in kafka.items()} | dict(more or {})
    settings = load_settings(config, flags=flags)
    _check_address(settings.kafka.bootstrap)
    return settings


def _check_address(bootstrap: str) -> None:
    """Refuses what is no list of HOST:PORT, wherever it came from."""
    for server in bootstrap.split(","):
        try:
            address = urlsplit(f"//{server.strip()}")
            usable = bool(address.hostname) and address.port != 0
        except ValueError:
            usable = False
        if not usable:
            raise click.UsageError(
                f"{bootstrap!r} is no broker's address; give HOST:PORT, several with commas between"
                " them, by --bootstrap, KAFKA_BOOTSTRAP or kafka.bootstrap in the configuration"
            )


def _counted(counts: dict[str, int]) -> str:
    return ", ".join(f"{topic} {count}" for topic, count in counts.items()) or "no messages"


def _hasher(settings: "Settings") -> Any:
    from streams.privacy.hasher import Hasher
    from streams.privacy.hashing_key import load_key

    key = load_key(os.environ)
    if key.warning:
        click.echo(f"cellhound: {key.warning}", err=True)
    return Hasher(key.key, settings.senders)


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


if __name__ == "__main__":
    main()
