"""Runs every command of docs/start.md in a fresh clone, as a newcomer would, and prints the times.

    python -m tools.ten_minutes

The folder of the user's state is a new one, and ports that are taken are replaced by free ones.
"""

import os
import re
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
PAGE: Final = ROOT / "docs" / "start.md"
_READY: Final = "Ctrl-C stops all of it."
_PAGE_PORT, _BROKER_PORT = 8340, 9092
#: So many words a newcomer reads in a minute.
_WORDS_A_MINUTE: Final = 200


def blocks(text: str) -> dict[str, str]:
    """The page's commands by the name of their block, in order."""
    return dict(re.findall(r"^```sh (\w+)\n(.*?)^```$", text, re.DOTALL | re.MULTILINE))


def run_page(
    folder: Path, env: Mapping[str, str], show: Callable[[str, float], None], *left_out: str
) -> None:
    """Runs the blocks in a folder, each in a shell that ends at the first failure.

    `start` stays up while the later ones run, and is stopped as by Ctrl-C. Raises
    `subprocess.CalledProcessError` where a command fails.
    """
    found = blocks(PAGE.read_text("utf-8"))
    begin = [name for name in found if name not in ("start", "live", "alert", *left_out)]
    for name in begin:
        show(name, _timed(found[name], folder, env))
    page, broker = _free(_PAGE_PORT), _free(_BROKER_PORT)
    words = f" --no-browser --port {page}"
    here = dict(env)
    if "KAFKA_BOOTSTRAP" not in env:
        words += f" --broker-port {broker}"
        here["KAFKA_BOOTSTRAP"] = f"127.0.0.1:{broker}"
    begun_s = time.monotonic()
    with _up(found["start"].strip() + words, folder, env):
        show("start", time.monotonic() - begun_s)
        for name in ("live", "alert"):
            text = found[name].replace(f":{_PAGE_PORT}/", f":{page}/")
            show(name, _timed(text, folder, here))
        begun_s = time.monotonic()
    show("stop", time.monotonic() - begun_s)


def _timed(text: str, folder: Path, env: Mapping[str, str]) -> float:
    begun_s = time.monotonic()
    subprocess.run(["bash", "-euo", "pipefail", "-c", text], cwd=folder, env=env, check=True)
    return time.monotonic() - begun_s


@contextmanager
def _up(command: str, folder: Path, env: Mapping[str, str]) -> Iterator[None]:
    process = subprocess.Popen(
        ["bash", "-c", f"exec {command}"], cwd=folder, env=env, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        for line in process.stdout:
            print(line, end="", flush=True)
            if line.strip() == _READY:
                break
        else:
            raise subprocess.CalledProcessError(process.wait(), command)
        yield
    finally:
        process.send_signal(signal.SIGINT)
        rest = process.communicate()[0]
        print(rest, end="")
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)


def _free(port: int) -> int:
    """The port itself where nobody listens on it, else another one."""
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", port)) != 0:
            return port
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        found: int = other.getsockname()[1]
        return found


def main() -> None:
    """The whole page in a clone of this repository's last commit."""
    times: dict[str, float] = {}

    def note(name: str, took_s: float) -> None:
        times[name] = took_s

    with tempfile.TemporaryDirectory(prefix="ten-minutes-") as made:
        clone, begun_s = Path(made) / "cellhound", time.monotonic()
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
        note("clone", time.monotonic() - begun_s)
        own = {"VIRTUAL_ENV", "PYTHONPATH", "KAFKA_BOOTSTRAP"}
        env = {
            name: value
            for name, value in os.environ.items()
            if name not in own and not name.startswith(("CELLHOUND", "MAKE", "MFLAGS"))
        }
        env["CELLHOUND_HOME"] = str(Path(made) / "home")
        env["PATH"] = f"{clone / '.venv' / 'bin'}:{env['PATH']}"
        run_page(clone, env, note)
        # The last thing is to take it all away again, which no newcomer does.
        for name, took_s in times.items():
            print(f"{name:8} {took_s:6.1f} s")
        words = len(re.findall(r"\w+", re.sub(r"(?s)```.*?```", "", PAGE.read_text("utf-8"))))
        print(
            f"commands {sum(times.values()):6.1f} s; to read: {words} words,"
            f" {words / _WORDS_A_MINUTE:.1f} minutes at {_WORDS_A_MINUTE} a minute",
            flush=True,
        )


if __name__ == "__main__":
    main()
