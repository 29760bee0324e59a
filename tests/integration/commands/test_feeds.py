"""The examples of producers on a real Kafka, by each of the three ways that docs/feeds.md shows."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from cellhound import main
from field.ingest.serve import READY
from tests.integration.deployment import Deployment
from tests.integration.door_process import ROOT, start_door
from tests.integration.waiting import PATIENCE_S, wait_until

pytestmark = pytest.mark.integration

_KEY = {"FEED_KEY": "a key for tests only"}
#: What goes by standard input, to which topic.
_STDIN = {
    "cell.signalling": (("mme_trace", "mme-trace.xml"), ("amf_events", "amf-events.jsonl")),
    "sms.metadata": (("smsc_cdr", "smsc.csv"),),
}


def feed(name: str, file: str, *words: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", f"tools.feeds.{name}", f"docs/feeds/{file}", *words]
    return subprocess.run(
        command, cwd=ROOT, env=os.environ | _KEY, capture_output=True, text=True, check=True
    )


@pytest.fixture
def gateway(deployment: Deployment, tmp_path: Path) -> Iterator[str]:
    log = tmp_path / "ingest.log"
    words = ("ingest", "--listen", "127.0.0.1:0", "--prefix", deployment.prefix)
    process = start_door(*words, env=deployment.environment, log=log)
    wait_until(lambda: READY in log.read_text() or process.poll() is not None, "it is ready")
    yield re.findall(r"http://127\.0\.0\.1:\d+", log.read_text())[0]
    process.terminate()
    process.wait(PATIENCE_S)


def test_what_they_send_is_on_the_topics_and_would_be_taken(
    deployment: Deployment, gateway: str, tmp_path: Path
) -> None:
    sent = {"cell.measurements": 3 + 3, "cell.signalling": 6 + 3, "sms.metadata": 2}
    kafka = ("--bootstrap", deployment.bootstrap, "--prefix", deployment.prefix)
    assert "3 messages" in feed("mdt", "mdt.jsonl", *kafka).stderr
    assert "3 messages" in feed("android", "cellinfo.jsonl", "--url", gateway).stderr
    for topic, sources in _STDIN.items():
        lines = "".join(feed(*source).stdout for source in sources)
        words = ("ingest", "--stdin", topic, "--topic", topic, "--prefix", deployment.prefix)
        done = subprocess.run(
            [sys.executable, "-m", "cellhound", *words],
            cwd=ROOT,
            env=deployment.environment,
            input=lines,
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout == f"{topic}: {sent[topic]} messages, 0 of them dead letters\n"
    traced = tmp_path / "trace"
    deployment.command("record", "--out", str(traced), "--form", "jsonl", *kafka[2:])
    names = {"cell.measurements": "measurements", "cell.signalling": "signalling"}
    for topic, count in sent.items():
        found = str(traced / f"{names.get(topic, 'sms')}.jsonl")
        judged = CliRunner().invoke(main, ["check-message", topic, found])
        whole = f"{count} messages of {topic}: {count} accepted, 0 accepted in part, 0 dead letters"
        assert judged.output.splitlines()[-1] == whole
    # The person's number in the centre's record was hashed before it was written.
    values = b"".join(record.value for record in deployment.read("sms.metadata"))
    assert b"95588" in values
    assert b"13912345678" not in values
