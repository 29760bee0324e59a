"""A long while at many times its speed: memory and lag stay flat, and the alerts are right.

`make soak` is a week of a drawn city at a hundred times its speed: an hour and three quarters. By
the environment: SOAK_DAYS and SOAK_SPEED, SOAK_PHONES how many phones the city has, SOAK_SEED,
SOAK_WORK a folder that keeps the recording and what is due of it for another run, SOAK_OUT a file
for what was measured, as JSON.
"""

import json
import os
import statistics
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from benchmarks.measuring.chaos.city import city, made, undisturbed
from streams.kafka.local_broker import Broker
from tests.integration.chaos.verdicts import account_of, differences, newest
from tests.integration.deployment import KEY, SETTINGS, Deployment

pytestmark = [pytest.mark.integration, pytest.mark.long]

DAYS = float(os.environ.get("SOAK_DAYS", "7"))
SPEED = float(os.environ.get("SOAK_SPEED", "100"))
PHONES = int(os.environ.get("SOAK_PHONES", "200"))
SEED = int(os.environ.get("SOAK_SEED", "1"))
#: Each of the three transmitters is on the air once in so many seconds.
_AGAIN_S = 6 * 3600.0
_LOOK_EVERY_S = 5.0
#: A worker's memory in the last third may be so many times that of the third before.
GROWTH = 1.1
#: What arrives within so many seconds may be waiting in the last third.
LAG_S = 15.0
#: Looking whether all is worked off reads all states of two hours: that alone takes half a minute.
IDLE_S = 900.0
Look = dict[str, float]


@pytest.mark.timeout(6 * 3600)
def test_memory_and_lag_stay_flat(broker: Broker, tmp_path: Path) -> None:
    work = Path(os.environ.get("SOAK_WORK", tmp_path))
    work.mkdir(parents=True, exist_ok=True)
    trace = made(city(SEED, DAYS * 24.0, PHONES, _AGAIN_S), SEED, work)
    due = undisturbed(trace, work / "out", SETTINGS, KEY)
    deployment = Deployment(broker.bootstrap, "soak-", tmp_path)
    deployment.create_topics()
    try:
        workers = [deployment.start(program=("-m", "cellhound")) for _ in range(2)]
        begun = time.monotonic()
        looks, messages = _looks(deployment, trace)
        seconds = time.monotonic() - begun
        _write({"looks": looks, "seconds": round(seconds)})  # Whatever comes of the rest.
        deployment.wait_until_idle(timeout_s=IDLE_S)
        assert all(worker.alive() for worker in workers), "a worker ended by itself"
        differs = differences(deployment.alerts(), due)
        account = account_of(deployment)
    finally:
        deployment.stop_all()
    middle, last = (_medians(looks, begin, begin + 1 / 3) for begin in (1 / 3, 2 / 3))
    report = {"days": DAYS, "speed": SPEED, "phones": PHONES, "seed": SEED, "messages": messages}
    report |= {"seconds": round(seconds), "middle third": middle, "last third": last}
    report |= {"alerts": len(newest(due)), "revisions": len(due), "differs": differs}
    report |= {"account": account, "looks": looks}
    _write(report)
    print(json.dumps({name: report[name] for name in report if name != "looks"}))
    assert differs == []
    assert account["exit code"] == 0
    for name in ("worker-0 mib", "worker-1 mib"):
        assert last[name] <= GROWTH * middle[name], name
    assert last["behind"] <= LAG_S * messages / seconds


def _write(report: dict[str, Any]) -> None:
    if path := os.environ.get("SOAK_OUT"):
        Path(path).write_text(json.dumps(report, indent=1) + "\n", "utf-8")


def _looks(deployment: Deployment, trace: Path) -> tuple[list[Look], int]:
    """Replays, and looks meanwhile at memory and lag; all looks, and the records there are."""
    looks: list[Look] = []
    begun = time.monotonic()
    replay = deployment.start_replay(trace, str(SPEED))
    try:
        with deployment.looking() as look:
            while replay.poll() is None:
                committed, ends = look()
                behind = sum(end - committed.get(tp, 0) for tp, end in ends.items())
                found = {"at_s": round(time.monotonic() - begun, 1), "behind": float(behind)}
                for number, worker in enumerate(deployment.workers):
                    found[f"worker-{number} mib"] = round(_rss_mib(worker.process.pid), 1)
                looks.append(found)
                time.sleep(_LOOK_EVERY_S)
            _, ends = look()
    finally:
        replay.kill()
    assert replay.returncode == 0, (deployment.folder / "replay.log").read_text()
    return looks, sum(ends.values())


def _medians(looks: Sequence[Look], begin: float, end: float) -> Look:
    """Over the looks from one share of them to another."""
    some = looks[int(begin * len(looks)) : max(1, int(end * len(looks)))]
    return {name: statistics.median(look[name] for look in some) for name in some[0]}


def _rss_mib(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / (1 << 20)
