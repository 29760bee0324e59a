"""Shell completion, as docs/reference.md says to set it up: commands, options, scenarios."""

import os
import pty
import re
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "reference.md").read_text("utf-8")
SECTION = PAGE.partition("## Shell completion\n")[2].partition("\n## ")[0]
#: How each shell passes what is typed, and what it gets back for a name.
ASKED = {
    "bash": ({"COMP_WORDS": "{words}", "COMP_CWORD": "{at}"}, "plain,{name}"),
    "zsh": ({"COMP_WORDS": "{words}", "COMP_CWORD": "{at}"}, "plain\n{name}\n"),
    "fish": ({"COMP_WORDS": "{words}", "COMP_CWORD": "{last}"}, "plain,{name}"),
}


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """The console script, as an installation has it."""
    script = tmp_path / "bin" / "cellhound"
    script.parent.mkdir()
    code = "from cellhound import main; main(prog_name='cellhound')"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -c "{code}" "$@"\n')
    script.chmod(0o755)
    return script


def run(program: Path, **env: str) -> str:
    known = os.environ | {"PYTHONPATH": str(ROOT)} | env
    done = subprocess.run([program], env=known, capture_output=True, text=True, check=True)
    return done.stdout


@pytest.mark.parametrize("shell", list(ASKED))
@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("cellhound det", "detect"),
        ("cellhound simulate moving-b", "moving-blaster"),
        ("cellhound simulate attacks/backp", "attacks/backpack"),
        ("cellhound detect --rep", "--report"),
        ("cellhound record --form jsonl.z", "jsonl.zst"),
    ],
)
def test_what_is_begun_is_completed(program: Path, shell: str, typed: str, name: str) -> None:
    given, expected = ASKED[shell]
    words = typed.split()
    holes = {"words": typed, "at": len(words) - 1, "last": words[-1]}
    env = {key: value.format(**holes) for key, value in given.items()}
    found = run(program, _CELLHOUND_COMPLETE=f"{shell}_complete", **env)
    assert expected.format(name=name) in found


@pytest.mark.parametrize("shell", list(ASKED))
def test_the_page_has_the_line_that_sets_it_up(program: Path, shell: str) -> None:
    assert re.search(rf"_CELLHOUND_COMPLETE={shell}_source cellhound", SECTION)
    if shell == "bash" and shutil.which("bash") is None:
        pytest.skip("no bash here, whose version is asked for")
    source = run(program, _CELLHOUND_COMPLETE=f"{shell}_source")
    assert f"_CELLHOUND_COMPLETE={shell}_complete" in source


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash here")
@pytest.mark.parametrize(
    ("typed", "offered"), [("moving-b", ["moving-blaster"]), ("tests/gol", [])]
)
def test_bash_completes_after_the_line_of_the_page(
    program: Path, typed: str, offered: list[str]
) -> None:
    (line,) = re.findall(r"(?m)^(eval .*bash_source.*)$", SECTION)
    words = f"COMP_WORDS=(cellhound simulate {typed}); COMP_CWORD=2"
    script = f'{line}\n{words}\n_cellhound_completion cellhound\necho "${{COMPREPLY[*]}}"'
    path = f"{program.parent}:{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-c", script],
        env=os.environ | {"PYTHONPATH": str(ROOT), "PATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == offered
    # Where no scenario has such a name, bash is asked for files.
    assert ("compopt" in done.stderr) == (not offered)


def page_line(shell: str) -> str:
    """The line of the page that sets it up."""
    (line,) = re.findall(rf"(?m)^(.*_CELLHOUND_COMPLETE={shell}_source cellhound.*)$", SECTION)
    return str(line)


def surroundings(program: Path, home: Path) -> dict[str, str]:
    """An environment without the developer's own settings, where `cellhound` is the program."""
    path = f"{program.parent}:{os.environ['PATH']}"
    here = {"HOME": str(home), "XDG_CONFIG_HOME": str(home / ".config"), "ZDOTDIR": str(home)}
    return os.environ | here | {"PATH": path, "PYTHONPATH": str(ROOT), "TERM": "dumb"}


@pytest.mark.skipif(shutil.which("fish") is None, reason="no fish here")
def test_fish_completes_after_the_line_of_the_page(program: Path, tmp_path: Path) -> None:
    file = tmp_path / ".config" / "fish" / "completions" / "cellhound.fish"
    assert str(file.relative_to(tmp_path)) in SECTION
    file.parent.mkdir(parents=True)
    file.write_text(page_line("fish") + "\n")
    for typed, offered in (("simulate moving-b", "moving-blaster"), ("det", "detect")):
        done = subprocess.run(
            ["fish", "--command", f"complete --do-complete 'cellhound {typed}'"],
            env=surroundings(program, tmp_path),
            capture_output=True,
            text=True,
            check=True,
        )
        assert [line.partition("\t")[0] for line in done.stdout.splitlines()] == [offered]


@pytest.mark.skipif(shutil.which("zsh") is None, reason="no zsh here")
def test_zsh_completes_after_the_line_of_the_page(program: Path, tmp_path: Path) -> None:
    """Typed at a terminal, with the Tab key."""
    begun = "autoload -Uz compinit && compinit -u -D\n" + page_line("zsh") + "\nPS1='ready> '\n"
    (tmp_path / ".zshrc").write_text(begun)
    outer, inner = pty.openpty()
    with subprocess.Popen(
        ["zsh", "--no-globalrcs", "-i"],
        env=surroundings(program, tmp_path),
        stdin=inner,
        stdout=inner,
        stderr=inner,
        start_new_session=True,
        cwd=tmp_path,
    ) as shell:
        os.close(inner)
        try:
            shown(outer, lambda text: "ready> " in text)
            os.write(outer, b"cellhound simulate moving-b\t")
            shown(outer, lambda text: "moving-blaster" in text)
        finally:
            shell.kill()
            os.close(outer)


def shown(terminal: int, is_enough: Callable[[str], bool]) -> str:
    """What a terminal shows, once it is enough."""
    text, until_s = "", time.monotonic() + 60
    while not is_enough(text):
        assert time.monotonic() < until_s, text
        if select.select([terminal], [], [], 1)[0]:
            text += os.read(terminal, 4096).decode("utf-8", "replace")
    return text
