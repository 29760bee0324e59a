"""docs/start.md: each command is one that there is, and all of them do what the page says."""

import json
import os
import re
import shlex
import sys
from pathlib import Path

import click
import pytest

from cellhound import main
from tools.ten_minutes import PAGE, blocks, run_page

ROOT = Path(__file__).parents[2]
TEXT = PAGE.read_text("utf-8")
BLOCKS = blocks(TEXT)
COMMANDS = re.findall(r"(?m)(?<![\w/])cellhound (?!is\b)[^\n`);]+", "\n".join(BLOCKS.values()))


def test_every_block_is_run_and_in_the_order_of_the_page() -> None:
    assert list(BLOCKS) == ["install", "trace", "start", "live", "alert"]
    assert TEXT.count("```") == 2 * len(BLOCKS)
    assert len(COMMANDS) == 8


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_is_one_that_there_is(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is parsed with all of its options, and not run; within the door, since a command keeps the
    names of its help from where it is first called."""
    monkeypatch.chdir(tmp_path)
    for name in ("trace/register.csv", "trace/truth.jsonl", "found/alerts.jsonl"):
        file = tmp_path / "out" / "start" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    group: click.Command = main
    words = shlex.split(command)[1:]
    context = click.Context(main, **main.context_settings)
    while isinstance(group, click.Group) and not words[0].startswith("-"):
        found = group.get_command(context, words.pop(0))
        assert found is not None, command
        group = found
    if isinstance(group, click.Group):
        assert words == ["--version"]
    else:
        group.make_context("cellhound", words, parent=context)


@pytest.mark.parametrize("place", re.findall(r"\]\(([\w./-]+\.md)\)", TEXT))
def test_what_it_points_to_is_there(place: str) -> None:
    assert (ROOT / "docs" / place).is_file()


@pytest.mark.long
@pytest.mark.integration
def test_all_commands_of_the_page_do_what_it_says(kafka: str, tmp_path: Path) -> None:
    """On the broker of the tests' own; what is installed is what is here."""
    env = {name: os.environ[name] for name in os.environ if not name.startswith("CELLHOUND")}
    env |= {"KAFKA_BOOTSTRAP": kafka, "CELLHOUND_HOME": str(tmp_path / "home")}
    env |= {"CELLHOUND__KAFKA__PREFIX": "start-page-", "PYTHONPATH": str(ROOT)}
    env["PATH"] = f"{Path(sys.executable).parent}:{env['PATH']}"
    ran: list[str] = []
    run_page(tmp_path, env, lambda name, _took_s: ran.append(name), "install")
    assert ran == ["trace", "start", "live", "alert", "stop"]
    alerts = json.loads((tmp_path / "out" / "start" / "alerts.json").read_text())
    assert alerts["alerts"]
