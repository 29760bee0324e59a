"""The door: all commands in one group, and what becomes of their errors.

Results go to standard output or ``--out``, progress and logs to standard error. Exit codes: 0 done,
1 failed, 2 wrong use. No room is imported before its command runs, so that help comes at once.
"""

import os
import sys
from importlib.abc import MetaPathFinder
from pathlib import Path
from typing import Any

import click

from cellhound import laptop
from cellhound.commands import field, kafka, profile, state, trace
from cellhound.commands.account import account
from cellhound.commands.calls import calls
from cellhound.commands.capacity import capacity
from cellhound.commands.detection.detect import detect
from cellhound.commands.detection.evaluate import evaluate
from cellhound.commands.imports import import_
from cellhound.commands.ingest import ingest
from cellhound.commands.numbers import numbers
from cellhound.commands.rollup import rollup


class _Door(click.Group):
    """Turns the errors that people can do something about into a sentence and an exit code."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (click.exceptions.Exit, click.ClickException, BrokenPipeError):
            # Who reads the output has seen enough, as `head` does: click ends without a word.
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
    "LateTrace": 2,
    "ScenarioError": 2,
    "EvaluationError": 2,
    "RegisterError": 2,
    "ImportFileError": 2,
    "RoadsError": 2,
    "ProfileError": 2,
    "StateError": 2,
    "BrokerError": 1,
    "StartError": 1,
    "KafkaUnavailable": 1,
    "KeyUnavailable": 1,
    "NoSuchAlert": 1,
    "NoProfile": 1,
    "ChannelFailed": 1,
    "BasemapError": 1,
    "StampFailed": 1,
    "UnreadableInput": 1,
    "KafkaError": 1,
    "OSError": 1,
}


#: The rights of everybody else.
_OTHERS = 0o077


@click.group(cls=_Door, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="cellhound")
def main() -> None:
    """Finds rogue base stations while they are on the air."""
    # Set before numpy is imported. The matrices here are small, and a worker is one of several
    # processes: more threads of the linear algebra library only wait for each other.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    for name in ("CELLHOUND_KEY", "CELLHOUND_NATIONAL_KEY"):
        _from_file(name)
        _from_file(f"{name}_FORMER")
    # Traces, findings, bundles and a broker's data hold places and pseudonyms of people: what is
    # made here, also by the programs that are started, is for its user alone.
    before = os.umask(_OTHERS)
    os.umask(before | _OTHERS)
    context = click.get_current_context()
    context.call_on_close(lambda: os.umask(before))
    sys.meta_path.insert(0, _PANDAS)
    context.call_on_close(lambda: sys.meta_path.remove(_PANDAS))


class _WithoutPandas(MetaPathFinder):
    """At its first array pyarrow imports pandas, where that is installed: a fifth of a second and
    50 MB in each process. No command needs it, so to commands it isn't there."""

    def find_spec(self, fullname: str, path: object = None, target: object = None) -> None:
        if fullname == "pandas":
            raise ModuleNotFoundError("no command needs pandas", name=fullname)


_PANDAS = _WithoutPandas()


def _from_file(variable: str) -> None:
    """A hashing key from the file that ``variable``_FILE names, where services have their secrets.

    What is set later is not in the environment that others can look at from outside.
    """
    place = f"{variable}_FILE"
    if not (name := os.environ.get(place)):
        return
    if os.environ.get(variable):
        raise click.UsageError(f"{variable} and {place} are both set; set one of them")
    try:
        key = Path(name).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        raise click.UsageError(f"{place}: {name} can't be read ({reason})") from error
    if not key:
        raise click.UsageError(f"{place}: {name} is empty; put a secret text into it")
    os.environ[variable] = key


for _command in (
    *(detect, trace.simulate, evaluate, trace.check_message),
    *(kafka.worker, kafka.replay, kafka.record, kafka.register, import_, kafka.broker),
    *(laptop.start, laptop.demo, ingest, profile.profile, state.state),
    *(account, capacity, numbers, calls, rollup),
    *(field.console, field.accounts, field.notify, field.evidence, field.doctor),
    field.basemap,
):
    main.add_command(_command)
