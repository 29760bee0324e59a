"""Makes the golden alerts: a tiny scenario and a seed in, the text of its alerts out.

Only the scenario and the alerts are committed; the trace between them is made anew each time.
``python tests/golden/rewrite.py`` writes all of them, or those that are named; the diff is to be
reviewed like code.
"""

import sys
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))

import msgspec  # noqa: E402

from replay.detect import detect  # noqa: E402
from replay.simulate import load_scenario, simulate  # noqa: E402
from streams.config.settings import load_settings  # noqa: E402
from streams.privacy.hasher import Hasher  # noqa: E402

SEED = 1
NAMES = sorted(path.stem for path in (HERE / "scenarios").glob("*.yaml"))


def golden(name: str) -> Path:
    """The committed alerts of a scenario."""
    return HERE / f"{name}.alerts.json"


def made(name: str) -> str:
    """The alerts of a scenario as they come out now."""
    with tempfile.TemporaryDirectory() as folder:
        trace, out = Path(folder, "trace"), Path(folder, "out")
        simulate(load_scenario(HERE / "scenarios" / f"{name}.yaml"), SEED, trace)
        settings = load_settings(HERE / "settings.yaml", env={})
        detect(trace, out, settings, Hasher(b"golden" * 5, settings.senders))
        return as_text((out / "alerts.jsonl").read_bytes().splitlines())


def as_text(lines: list[bytes]) -> str:
    """A JSON array of alerts with one field a line, so that a diff shows which field changed."""
    alerts: list[dict[str, Any]] = [msgspec.json.decode(line) for line in lines]
    return "[\n" + ",\n".join(_one(alert) for alert in alerts) + "\n]\n"


def _one(alert: dict[str, Any]) -> str:
    fields = (
        f"  {msgspec.json.encode(name).decode()}: {msgspec.json.encode(value).decode()}"
        for name, value in alert.items()
    )
    return "{\n" + ",\n".join(fields) + "\n}"


def main(names: list[str]) -> int:
    if unknown := set(names) - set(NAMES):
        print(f"{', '.join(sorted(unknown))}: none of {', '.join(NAMES)}", file=sys.stderr)
        return 2
    for name in names or NAMES:
        text, path = made(name), golden(name)
        same = path.is_file() and path.read_text("utf-8") == text
        path.write_text(text, "utf-8", newline="\n")
        print(f"{path.relative_to(HERE.parents[1])}: {'as it was' if same else 'written'}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
