"""The hashing key is changed while workers work: they are started again one after the other, none
is refused, and alerts are those of an undisturbed run, whoever read what with which keys set."""

import gzip
import re
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from detectors.alert.record import Alert
from replay.detect import detect
from streams.config.settings import load_settings
from streams.privacy.hashing_key import load_key
from tests.integration.conftest import Known, read_known
from tests.integration.deployment import KEY, SETTINGS, Deployment
from tests.integration.messages import end_ms, in_order, partition_of, revisions
from tests.integration.waiting import wait_until
from tests.integration.worker.worker_process import Worker

pytestmark = pytest.mark.integration

#: Five minutes into the trace, three after its alert was opened.
CHANGE_MS = 1_748_916_300_000
NEW = {"CELLHOUND_KEY": "the key that comes after it"}
BOTH = NEW | {
    "CELLHOUND_KEY_FORMER": KEY,
    "CELLHOUND_KEY_FROM": datetime.fromtimestamp(CHANGE_MS / 1000, UTC).isoformat(),
}
_NAME = re.compile(rb'"(device|subscriber)":"[ds]-([0-9a-f]{16})"')


def _with_numbers(trace: Path, folder: Path) -> Path:
    """The trace as an operator's systems would send it that make no pseudonyms."""
    folder.mkdir()
    for file in trace.iterdir():
        if file.name.endswith(".jsonl.gz"):
            content = gzip.decompress(file.read_bytes())
            (folder / file.stem).write_bytes(_NAME.sub(_number, content))
        else:
            shutil.copy(file, folder)
    return folder


def _number(found: re.Match[bytes]) -> bytes:
    return b'"%s":"46000%010d"' % (found[1], int(found[2], 16) % 10**10)


def _found(trace: Path, out: Path, keys: dict[str, str]) -> Known:
    settings = load_settings(env=SETTINGS)
    detect(trace, out, settings, load_key(keys).hasher(settings.senders))
    return read_known(trace, out)


def _started(deployment: Deployment, keys: dict[str, str]) -> Worker:
    deployment.settings = {**keys}
    return deployment.start()


@pytest.mark.nightly
def test_a_key_is_changed_without_a_pause(
    deployment: Deployment, quarter_hour: Known, tmp_path: Path
) -> None:
    trace = _with_numbers(quarter_hour.trace, tmp_path / "numbers")
    known = _found(trace, tmp_path / "out", BOTH)
    plain = _found(trace, tmp_path / "plain", {"CELLHOUND_KEY": KEY})
    messages = in_order(trace)
    first = next(n for n, one in enumerate(messages) if one.arrival_ms >= CHANGE_MS - 60_000)
    last = next(n for n, one in enumerate(messages) if one.arrival_ms >= CHANGE_MS + 60_000)

    deployment.load_register(trace)
    old = [_started(deployment, {}), _started(deployment, {})]
    deployment.send(messages[:first], lambda message: partition_of(message, 2))
    wait_until(lambda: len(deployment.alerts()) > 0, "an alert before the change")
    both = []
    for worker in old:  # One after the other, while the other works on.
        assert worker.stop() == 0
        both.append(_started(deployment, BOTH))
    deployment.send(messages[first:last], lambda message: partition_of(message, 2))
    deployment.wait_until_idle(over=False)
    assert all(worker.alive() for worker in both)
    # The former key alone is too late now; the new one alone is not too early.
    deployment.settings = {}
    late = deployment.start(ready=False)
    wait_until(lambda: not late.alive(), "it ends")
    assert "has changed to another hashing key" in late.log_text()
    assert _started(deployment, NEW).stop() == 0
    deployment.send(messages[last:], lambda message: partition_of(message, 2))
    deployment.mark(end_ms(messages), end=True)
    deployment.wait_until_idle()
    assert all(worker.alive() for worker in both)
    assert revisions(deployment.alerts()) == revisions(known.alerts)
    assert not deployment.dead_letters()
    _are_nearly_alike(known.alerts, plain.alerts)


def _are_nearly_alike(changed: tuple[Alert, ...], plain: tuple[Alert, ...]) -> None:
    """The change makes two phones of one, so an alert that is open meanwhile counts a little
    otherwise, and is the same one."""
    assert {one.alert_id for one in changed} == {one.alert_id for one in plain}
    assert len(changed) == len(plain)
    before = [one for one in changed if one.ts < CHANGE_MS]
    assert before == [one for one in plain if one.ts < CHANGE_MS]
    assert len(before) > 5
    for one, other in zip(changed, plain, strict=True):
        assert abs(one.devices - other.devices) <= 2
        assert one.reports <= 1.1 * other.reports
