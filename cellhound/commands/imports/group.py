"""The group of importers, and what its commands share."""

from pathlib import Path
from typing import Any

import click

from cellhound.options import FILE, OUT, F, Plmn, config_option, hasher_of, settings_of


class UtcOffset(click.ParamType):
    """How far a clock is ahead of UTC, as people write it: +08:00."""

    name = "+hh:mm"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        from streams.register.column_map import utc_offset_ms

        found = utc_offset_ms(str(value))
        if found is None:
            self.fail(f"{value} is no offset from UTC; write it as +08:00.", param, ctx)
        return found


class _Importers(click.Group):
    """Lists its commands in the order in which they stand here; a terminal shows how far they
    are."""

    def invoke(self, ctx: click.Context) -> Any:
        from streams.progress import shown

        with shown():
            return super().invoke(ctx)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)


def recording(command: F) -> F:
    """A file, the folder of the trace, and whose phone it was."""
    command = click.argument("file", type=FILE)(command)
    command = click.option("--out", type=OUT, required=True, help="Folder of the trace.")(command)
    named = click.option(
        "--device", default="phone", show_default=True, help="Whose phone or probe it was."
    )
    return config_option(named(command))


def incomplete(command: F) -> F:
    """What the file may lack: its network, and how far its clock is ahead of UTC."""
    command = click.option("--plmn", type=Plmn(), help="MCC-MNC, where the file lacks it.")(command)
    return click.option(
        "--utc-offset",
        "utc_offset_ms",
        type=UtcOffset(),
        default=0,
        help="How far the file's local times are ahead of UTC; 0 if left out.",
    )(command)


def given(config: Path | None, device: str, **more: Any) -> Any:
    """What is known beside the file, of the options of `recording` and `incomplete`."""
    from replay.imports.importing import Given

    hasher = hasher_of(settings_of(config))
    return Given(hasher, hasher.pseudonym(device), **more)


@click.group("import", cls=_Importers)
def import_() -> None:
    """Other tools' recordings, made into traces; docs/imports.md has what each field becomes."""


@import_.command("auto")
@recording
@incomplete
def import_auto(file: Path, out: Path, **known: Any) -> None:
    """Any of the others but csv, by its content."""
    from replay.imports.importers import import_any
    from replay.imports.recognise import NAMES

    kind, summary = import_any(file, out, given(**known))
    click.echo(f"{file} is {NAMES[kind]}.", err=True)
    made = "cells" if kind in ("netmonster", "opencellid") else "messages"
    imported(summary, out, made, {"capture": "packets", "rayhunter": "lines"}.get(kind, "rows"))


def imported(summary: Any, out: Path, made: str = "messages", read: str = "rows") -> None:
    from replay.imports.importing import reasons

    left = reasons(summary)
    dropped = ", ".join(f"{count} {name}" for name, count in summary.dropped.items())
    click.echo(
        f"{summary.messages} {made} of {summary.packets} {read} in {out}"
        + (f"; left out: {left}" if left else "")
        + (f"; fields that a worker drops: {dropped}" if dropped else "")
        + ".",
        err=True,
    )
    if "lte_rrc_without_pycrate" in summary.left_out:
        click.echo("cellhound: to read LTE's RRC, install cellhound[captures].", err=True)
