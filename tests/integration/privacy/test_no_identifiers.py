"""Nothing that looks like IMSI, IMEI or MSISDN in pages, exports or logs, whoever puts it in."""

import json
import re
import time
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import pytest

from streams.decode.schema import SCHEMAS
from streams.kafka.topics import INPUTS
from tests.integration.conftest import Known
from tests.integration.console.live_console import PASSWORD, LiveConsole, running
from tests.integration.deployment import Deployment
from tests.integration.messages import in_order
from tests.integration.privacy.bare_numbers import (
    IMEIS,
    IMSIS,
    NUMBERS,
    found,
    in_every_form,
    put_in,
)
from tests.integration.waiting import wait_until
from tests.streams.privacy.canary_forms import forms
from tests.streams.privacy.canary_forms import found as found_forms

pytestmark = pytest.mark.integration

FORMS = len(list(forms()))
#: What comes out of the worker and the console. Inputs are as their producers wrote them.
OUTPUTS = (
    *("fbs.alerts", "fbs.evidence", "fbs.census", "fbs.actions", "fbs.deliveries", "fbs.health"),
    *("fraud.victims", "fraud.actions", "dead.letters"),
)
DEEDS = ("note", "acknowledge", "dispatch", "assign", "arrive", "not_found")
NOTE = "driver {0}, phone {1}, IMEI {2}; +86 {1}, 电话{1}"


def test_bare_numbers_come_out_nowhere(
    deployment: Deployment, quarter_hour: Known, tmp_path: Path
) -> None:
    deployment.load_register(quarter_hour.trace)
    worker = deployment.start()
    with running(deployment, tmp_path / "home") as console:
        messages = put_in(in_order(quarter_hour.trace))
        _send(deployment, messages)
        deployment.mark(messages[-1].arrival_ms + 1, end=True)
        deployment.wait_until_idle()
        ids = sorted({alert.alert_id for alert in deployment.alerts()})
        assert ids, "without an alert this would look at nothing"
        wait_until(lambda: len(_alerts(console)) == len(ids), "the console has read the alerts")

        _type_in(console, ids[0])
        problems: list[str] = []
        pages = _crawl(console, ids)
        for path, answer in pages.items():
            problems += found(path, str(answer.headers).encode() + answer.content)
        letters: Counter[str] = Counter()
        for topic in OUTPUTS:
            for record in deployment.read(topic):
                if topic == "dead.letters":
                    letters[json.loads(record.value)["topic"]] += 1
                problems += found(topic, (record.key or b"") + b" " + (record.value or b""))
        problems += found("the worker's log", worker.log_text().encode())
        problems += found("the console's log", console.log_text().encode())
        events = _events(console)
        problems += found("the stream of events", events)
        problems += [
            f"{file.name}: {number}"
            for file in console.home.glob("*.db*")
            for kept in (file.read_bytes(),)
            for number in (*IMSIS, *IMEIS, *NUMBERS)
            if number.encode() in kept
        ]
        for file in console.home.glob("*.db*"):
            problems += [f"{file.name}: {name}" for name in found_forms(_shown(file.read_bytes()))]
        print(
            f"{len(messages)} messages, {len(ids)} alerts; looked at {len(pages)} pages of "
            f"{sum(len(answer.content) for answer in pages.values()) // 1024} KiB"
        )
        assert not problems, "\n".join(problems[:30])
        # The canary has been read: of each topic half of its messages can't be used.
        read = {topic: letters[topic] for topic in SCHEMAS if topic in INPUTS}
        assert min(read.values()) >= FORMS // 2, read
        assert b"event: action" in events
        assert len(pages) > 20
        assert pages[f"/api/alerts/{ids[0]}/evidence.zip"].content.startswith(b"PK")
        assert "Traceback" not in console.log_text()


def _send(deployment: Deployment, messages: Any) -> None:
    """The messages, and in between what nobody can read, and what a foreign producer may write."""
    deployment.send(messages)
    producer = deployment.producer()
    at = messages[0].arrival_ms
    for number in (IMSIS[0], IMEIS[0], f"+86{NUMBERS[0]}"):
        for topic, value in (
            ("cell.measurements", {"ts": at, "rx_ts": at, "device": number}),
            ("cell.signalling", {"ts": at, "subscriber": number, "imsi": number}),
            ("sms.metadata", {"ts": "x", "sender": NUMBERS[1], "device": number}),
            ("field.feedback", _feedback(at, number)),
            ("field.measurements", _reading(at, number)),
        ):
            producer.send(deployment.name(topic), json.dumps(value).encode(), number.encode())
        producer.send(deployment.name("sms.metadata"), f"no JSON {number}".encode())
    for topic, some in in_every_form(at):
        if topic in INPUTS:
            producer.send(deployment.name(topic), json.dumps(some).encode())
    for _, form, text in forms():
        broken = f'{{"device": {json.dumps(text)}, "form": "{form}"'
        producer.send(deployment.name("cell.measurements"), broken.encode())
    producer.flush()
    producer.close()


def _feedback(ts: int, number: str) -> dict[str, Any]:
    note = NOTE.format(IMSIS[1], NUMBERS[2], IMEIS[1])
    return {
        "ts": ts,
        "rx_ts": ts,
        "alert_id": "nobody",
        "verdict": "not_found",
        "by": number,
        "note": note,
    }


def _reading(ts: int, device: str) -> dict[str, Any]:
    cell = {"rat": "gsm", "mcc": 460, "mnc": 0, "area": 547, "cell": 50637, "signal_dbm": -71.0}
    return cell | {"ts": ts, "device": device, "lat": 30.66, "lon": 104.06}


def _alerts(console: LiveConsole) -> list[Any]:
    answer = console.client.get("/api/alerts")
    assert answer.status_code == 200, answer.text
    return list(answer.json()["alerts"])


def _type_in(console: LiveConsole, alert_id: str) -> None:
    """What people and instruments send to the API."""
    number = iter((*NUMBERS[12:], *NUMBERS))
    imei = f"{IMEIS[2][:8]} {IMEIS[2][8:14]} {IMEIS[2][14]}"
    for action in DEEDS:
        note = NOTE.format(IMSIS[2], next(number), imei)
        deed = {"action": action, "note": note, "assignee": f"van {next(number)}"}
        answer = console.client.post(f"/api/alerts/{alert_id}/actions", json=deed)
        assert answer.status_code == 200, answer.text
    now = int(time.time() * 1000)
    for device in (IMSIS[3], f"+86{NUMBERS[3]}", NUMBERS[4], f"van {NUMBERS[5]}", f"x{IMSIS[4]}"):
        answer = console.client.post("/api/measurements", json=_reading(now, device))
        assert answer.status_code in (201, 422), answer.text
    note = NOTE.format(IMSIS[5], NUMBERS[8], imei)
    for path, body in (
        ("/api/cases/links", {"alert_ids": [alert_id], "note": note}),
        (f"/api/alerts/{alert_id}/companions", {"order_number": f"A-{NUMBERS[6]}"}),
        (f"/api/alerts/{alert_id}/companions/asks", {"order_number": f"A-{NUMBERS[6]}"}),
        ("/api/accounts", {"name": "boss", "role": "admin", "password": PASSWORD + NUMBERS[9]}),
    ):
        answer = console.client.post(path, json=body)
        assert answer.status_code < 500, path
    wait_until(lambda: len(_actions(console)) >= len(DEEDS), "the actions are read")


def _actions(console: LiveConsole) -> list[Any]:
    return list(console.client.get("/api/audit?limit=1000").json()["actions"])


def _crawl(console: LiveConsole, ids: list[str]) -> dict[str, httpx.Response]:
    """All that can be got of what OpenAPI names, of each alert, and the pages beside it."""
    paths = console.client.get("/openapi.json").json()["paths"]
    cases = console.client.get("/api/cases")
    case_ids = [case["case_id"] for case in cases.json().get("cases", [])] or ["none"]
    campaigns = console.client.get("/api/campaigns").json().get("campaigns", [])
    values: dict[str, list[str]] = {
        "{campaign}": [one["campaign"] for one in campaigns] or ["none"],
        "{alert_id}": ids,
        "{case_id}": case_ids,
        "{name}": ["alerts", "cells"],
        "{key}": ["gsm-460-0-547-50637"],
        "{digest}": ["00"],
        "{topic}": ["fbs.alerts"],
        "{secret}": ["chf_nothing"],
        "{file}": ["alerts.kml"],
    }
    wanted = {"/", "/openapi.json", "/api/deliveries?limit=1000"}
    wanted |= set(re.findall(r'(?:src|href)="(/static/[^"]+)"', _page(console, "/").text))
    for path in (path for path, methods in paths.items() if "get" in methods):
        filled = {path}
        for name, known in values.items():
            filled = {each.replace(name, one) for each in filled for one in known}
        wanted |= filled - {"/api/stream"}
    assert not [path for path in wanted if "{" in path]
    return {path: _page(console, path) for path in sorted(wanted)}


def _events(console: LiveConsole) -> bytes:
    """All events that the console still has, as a page that was cut off gets them."""
    epoch = _page(console, "/api/alerts").json()["last_event_id"].rpartition("-")[0]
    got, begin = b"", {"Last-Event-ID": f"{epoch}-0"}
    with console.client.stream("GET", "/api/stream", headers=begin) as events:
        for chunk in events.iter_bytes():
            got += chunk
            # What was missed comes first and at once; then what is new, such as health.
            if got.count(b"event: action") >= len(DEEDS) and b"event: health" in got:
                break
    return got


def _shown(kept: bytes) -> str:
    """The texts in a file of a database, in whatever script."""
    return re.sub(r"[\x00-\x1f\x7f]+", " ", kept.decode("utf-8", "ignore"))


def _page(console: LiveConsole, path: str) -> httpx.Response:
    answer = console.client.get(path)
    assert answer.status_code < 500, path
    return answer
