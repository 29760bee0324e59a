"""What several commands take: files, folders, settings, the broker's address, the hashing key."""

import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar
from urllib.parse import urlsplit

import click
from click.shell_completion import CompletionItem

if TYPE_CHECKING:
    from streams.config.settings import Settings

F = TypeVar("F", bound=Callable[..., Any])

FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
PORT = click.IntRange(1, 65535)

#: What Kafka takes in names of topics, and how much of one a prefix may be: 249 letters are all.
_LONGEST_PREFIX = 200
_PREFIX = re.compile(rf"[A-Za-z0-9._-]{{0,{_LONGEST_PREFIX}}}")


class NewFile(click.Path):
    """A file to write, in a folder that is there, or that the command makes by its eager ``--out``:
    else that would show after all the work."""

    def __init__(self) -> None:
        super().__init__(dir_okay=False, path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        file = Path(str(super().convert(value, param, ctx)))
        made: Path | None = None if ctx is None else ctx.params.get("out")
        is_made = made is not None and file.parent.absolute() == made.absolute()
        if not is_made and not file.parent.is_dir():
            self.fail(f"there is no folder {file.parent} for {file.name}.", param, ctx)
        return file


NEW_FILE = NewFile()


class OutFolder(click.Path):
    """A folder to write into, which may have to be made: refused where a file is in its way."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        folder = Path(str(super().convert(value, param, ctx)))
        nearest = next((path for path in (folder, *folder.parents) if path.exists()), Path())
        if not nearest.is_dir():
            self.fail(f"{nearest} is a file; name a folder to write into.", param, ctx)
        return folder


OUT = OutFolder()


class Scenario(click.Path):
    """A scenario's file, or the name of one that ships."""

    def __init__(self) -> None:
        super().__init__(exists=True, dir_okay=False, path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        from streams.config.shipped import no_such_scenario, scenario_file

        if found := scenario_file(value):
            return found
        if not Path(value).suffix and not Path(value).exists():
            self.fail(no_such_scenario(value), param, ctx)
        return Path(str(super().convert(value, param, ctx)))

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        from streams.config.shipped import shipped_scenarios

        names = [name for name in shipped_scenarios() if name.startswith(incomplete)]
        # Not both: bash forgets names where files are asked for.
        return [*map(CompletionItem, names)] or super().shell_complete(ctx, param, incomplete)


def list_scenarios(ctx: click.Context, _param: click.Parameter, wanted: bool) -> None:
    """Prints the scenarios that ship, each with a sentence, and ends."""
    if not wanted:
        return
    from streams.config.shipped import described_scenarios

    for name, sentence in described_scenarios():
        click.echo(f"{name:<36} {sentence}")
    ctx.exit()


class Plmn(click.ParamType):
    """A network as people write it: 460-00."""

    name = "mcc-mnc"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, int]:
        parts = str(value).split("-")
        if len(parts) != 2 or not all(part.isdecimal() and len(part) <= 3 for part in parts):
            self.fail(f"{value} is no network; write MCC-MNC, such as 460-00.", param, ctx)
        return int(parts[0]), int(parts[1])


def config_option(command: F, **more: Any) -> F:
    help_text = "Settings (YAML) over the defaults; else CELLHOUND_CONFIG."
    return click.option("--config", type=FILE, help=help_text, **more)(command)


def config_checked(command: F) -> F:
    """For commands that need no setting themselves: a file that is named is still checked, and the
    programs that they start are given it."""

    def take(_ctx: click.Context, _param: click.Parameter, value: Path | None) -> None:
        if value is not None:
            settings_of(value)
            os.environ["CELLHOUND_CONFIG"] = str(value.resolve())

    return config_option(command, expose_value=False, callback=take)


def kafka_options(command: F) -> F:
    command = click.option(
        "--bootstrap", help="Broker, HOST:PORT; else KAFKA_BOOTSTRAP, else 127.0.0.1:9092."
    )(command)
    command = click.option("--prefix", help="Put before every topic and group name.")(command)
    return config_option(command)


def settings_of(
    config: Path | None, more: Mapping[str, Any] | None = None, /, **kafka: str | None
) -> "Settings":
    from detectors.networks.names import name_networks
    from streams.config.settings import load_settings

    flags = {f"kafka.{name}": value for name, value in kafka.items()} | dict(more or {})
    settings = load_settings(config, flags=flags)
    name_networks(settings.operators)
    _check_address(settings.kafka.bootstrap)
    _check_prefix(settings.kafka.prefix)
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


def _check_prefix(prefix: str) -> None:
    """Refuses what can't begin the name of a topic, wherever it came from."""
    if not _PREFIX.fullmatch(prefix):
        raise click.UsageError(
            f"{prefix!r} can't begin names of topics: these are of letters, digits, dots, dashes"
            f" and underscores, and a prefix of {_LONGEST_PREFIX} of them at most; give another by"
            " --prefix, or kafka.prefix in the configuration"
        )


def language() -> Literal["en", "zh"]:
    """The language of the terminal (POSIX's LC_ALL, LC_MESSAGES, LANG), of those that we have."""
    names = (os.environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    return "zh" if next(filter(None, names), "").lower().startswith("zh") else "en"


def hasher_of(settings: "Settings") -> Any:
    from streams.privacy.hashing_key import load_key

    key = load_key(os.environ)
    if key.warning:
        click.echo(f"cellhound: {key.warning}", err=True)
    return key.hasher(settings.senders)
