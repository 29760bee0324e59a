"""Cases, companions, precision and bundles over the API of a console on a real Kafka.

One console serves all tests; the one that makes accounts has its own, since from then on it asks
who is there.

Long because two consoles, with accounts and without, show the same alerts.
"""

import io
import json
import urllib.error
import urllib.request
import uuid
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from detectors.alert.record import Alert, Evidence
from detectors.model.finding import Identity
from field.alerts.life_cycle import Action
from field.evidence.verify import verify
from streams.kafka.stage_records import encode
from tests.conftest import free_port
from tests.field.evidence.test_matching import alert_of, finding_of
from tests.integration.console.console_process import deeds
from tests.integration.deployment import Deployment
from tests.integration.door_process import start_door
from tests.integration.waiting import PATIENCE_S, wait_until

pytestmark = pytest.mark.integration

T0 = 1_748_916_000_000
DAY = 86_400_000
#: Half an hour eastwards, a fix each minute.
TRACK = [(T0 + 60_000 * n, 30.6, round(104.0 + 0.01 * n, 6)) for n in range(31)]
PASSWORD = "a long enough password 4711"
DRIVER, RESIDENT = "460001234567890", "d-resident"


class Console:
    """A console process and requests to it."""

    def __init__(self, deployment: Deployment, home: Path, settings: dict[str, str]) -> None:
        self.address = f"127.0.0.1:{free_port()}"
        #: Where commands find its accounts.
        self.home = replace(deployment, settings={"CELLHOUND_HOME": str(home)} | settings)
        self.log = home / "console.log"
        words = ("console", "--listen", self.address, "--prefix", deployment.prefix)
        self.process = start_door(*words, env=self.home.environment, log=self.log)

    def ask(self, path: str, body: Any = None, token: str | None = None) -> tuple[int, Any, bytes]:
        """Status, the JSON (``None`` for what is none), and the bytes of an answer."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        data = None
        if body is not None:
            data, headers = (
                json.dumps(body).encode(),
                headers | {"Content-Type": "application/json"},
            )
        request = urllib.request.Request(f"http://{self.address}{path}", data, headers)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                code, raw = answer.status, answer.read()
        except urllib.error.HTTPError as error:
            code, raw = error.code, error.read()
        try:
            return code, json.loads(raw), raw
        except ValueError:
            return code, None, raw

    def reasons(self, name: str, other: str) -> list[str]:
        """Why two alerts are alike."""
        alike = self.ask(f"/api/alerts/{name * 32}/similar")[1]["similar"]
        return [why for one in alike if one["alert_id"] == other * 32 for why in one["reasons"]]

    def is_ready(self) -> bool:
        assert self.process.poll() is None, self.log.read_text()
        return "console is ready" in self.log.read_text()


def _alert(name: str, days: int, **changes: Any) -> Alert:
    """An alert of the moving transmitter, so many days later; ``changes`` goes over it."""
    share = Evidence(
        "phantom_sms", 1, 2.0, 3, T0, T0, "sent", values={"content": "ab" + "0" * 12 + "ff"}
    )
    base = alert_of(
        alert_id=name * 32,
        first_seen=T0 + days * DAY,
        last_seen=T0 + days * DAY + 1_800_000,
        ts=T0 + days * DAY + 1_800_000,
        identities=[Identity("gsm", 460, 0, 65000 + days, 17, 62, 11)],
        track=[(ts + days * DAY, lat, lon) for ts, lat, lon in TRACK],
        evidence=[share],
    )
    return msgspec.structs.replace(base, **changes)


def _fill(deployment: Deployment) -> None:
    """Two days of one transmitter, one alert of something else; phones on the first day."""
    producer = deployment.producer()
    other = _alert(
        "c", 2, track=None, position={"lat": 31.5, "lon": 121.0}, region=None, evidence=[]
    )
    other = msgspec.structs.replace(other, identities=[Identity("lte", 460, 1, 7, 7)])
    for alert in (_alert("a", 0), _alert("b", 1), other):
        value = msgspec.json.encode(alert)
        producer.send(deployment.name("fbs.alerts"), value, alert.alert_id.encode())
    for minute, (ts, lat, lon) in enumerate(TRACK):
        cell = {"rat": "gsm", "mcc": 460, "mnc": 0, "area": 65000, "cell": 17, "signal_dbm": -70}
        near = cell | {"ts": ts, "device": DRIVER, "lat": lat, "lon": lon, "accuracy_m": 10.0}
        home = cell | {"ts": ts, "device": RESIDENT, "lat": 30.6, "lon": 104.15}
        value = json.dumps([near, home] if minute % 2 else near).encode()
        producer.send(deployment.name("cell.measurements"), value, b"k", timestamp_ms=ts)
    finding = finding_of(
        detector="phantom_sms",
        ts=T0 + DAY + 60_000,
        claimed=Identity("gsm", 460, 0, 65001, 17),
        place=None,
        values={"content": "ab" + "0" * 12 + "f0", "domain": "prize.example"},
    )
    producer.send(deployment.name("fbs.evidence"), encode(finding), b"z")
    producer.flush()
    producer.close()


@pytest.fixture(scope="module")
def shared(kafka: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    """The console of all tests but one."""
    folder = tmp_path_factory.mktemp("casework")
    deployment = Deployment(kafka, f"casework-{uuid.uuid4().hex[:8]}-", folder)
    deployment.create_topics()
    with _filled(deployment, folder) as console:
        yield console


@pytest.fixture
def done_since(shared: Console) -> Callable[[], list[Action]]:
    """What this test has done so far."""
    before = {action.action_id for action in _actions(shared.home)}
    return lambda: [one for one in _actions(shared.home) if one.action_id not in before]


@contextmanager
def _filled(deployment: Deployment, folder: Path, **settings: str) -> Iterator[Console]:
    """A console that has read all alerts and the finding."""
    _fill(deployment)
    home = folder / "home"
    home.mkdir()
    made = Console(deployment, home, settings)
    try:
        wait_until(made.is_ready, "the console is ready")
        wait_until(lambda: len(made.ask("/api/alerts")[1]["alerts"]) == 3, "alerts are read")
        # The finding comes by a topic of its own, in its own time.
        wait_until(lambda: "same SMS template" in made.reasons("a", "b"), "and the finding")
        yield made
    finally:
        made.process.terminate()
        made.process.wait(timeout=PATIENCE_S)


def _actions(deployment: Deployment) -> list[Action]:
    return [msgspec.json.decode(value, type=Action) for value in deeds(deployment)]


def test_similar_alerts_are_linked_to_a_case_and_unlinked(
    shared: Console, done_since: Callable[[], list[Action]]
) -> None:
    a, b, c = ("a" * 32, "b" * 32, "c" * 32)
    code, answer, _ = shared.ask(f"/api/alerts/{a}/similar")
    assert code == 200
    assert [like["alert_id"] for like in answer["similar"]] == [b]
    reasons = answer["similar"][0]["reasons"]
    assert reasons[0] == "same SMS template"
    assert {"same channel and code 62, 11", "route 100 % alike"} <= set(reasons)
    assert shared.ask("/api/cases")[1] == {"cases": []}

    code, linked, _ = shared.ask("/api/cases/links", {"alert_ids": [a, b], "note": "one van"})
    assert code == 200, linked
    case_id = linked["case_id"]
    cases = shared.ask("/api/cases")[1]["cases"]
    assert [(case["case_id"], case["alert_ids"]) for case in cases] == [(case_id, [a, b])]
    code, case, _ = shared.ask(f"/api/cases/{case_id}")
    assert [alert["alert_id"] for alert in case["alerts"]] == [a, b]
    assert [(link["alert_id"], link["by"], link["note"]) for link in case["links"]] == [
        (a, "local", "one van"),
        (b, "local", "one van"),
    ]
    assert case["likeness"][0]["score"] > 0.8
    # Another joins the case that one of them is in.
    assert shared.ask("/api/cases/links", {"alert_ids": [b, c]})[1]["case_id"] == case_id
    undone = shared.ask("/api/cases/links", {"alert_ids": [c], "unlink": True})
    assert undone[0] == 200
    assert shared.ask("/api/cases")[1]["cases"][0]["alert_ids"] == [a, b]
    assert shared.ask("/api/cases/links", {"alert_ids": [c], "unlink": True})[0] == 409
    assert shared.ask("/api/cases/links", {"alert_ids": ["nobody"]})[0] == 404
    assert shared.ask("/api/cases/none")[0] == 404
    words = [(action.action, action.details["case_id"]) for action in done_since()]
    assert words == [("link", case_id)] * 4 + [("unlink", case_id)]


def test_companions_are_searched_by_order_only_and_answered_as_pseudonyms(
    shared: Console, done_since: Callable[[], list[Action]]
) -> None:
    path = f"/api/alerts/{'a' * 32}/companions"
    assert shared.ask(path, {})[0] == 422
    for vague in (" \t ", "aaa", "aaaaaaaa", "20260123", "A-1"):
        assert shared.ask(path, {"order_number": vague})[0] == 422
    assert shared.ask(f"/api/alerts/{'c' * 32}/companions", {"order_number": "X-1"})[0] == 422
    assert done_since() == [], "what can't be searched is no search"
    code, answer, raw = shared.ask(path, {"order_number": "2026-0123"})
    assert code == 200, answer
    assert [one["places"] for one in answer["companions"]] == [31]
    assert answer["companions"][0]["device"].startswith("h-")
    assert DRIVER.encode() not in raw
    assert answer["complete"]
    (action,) = done_since()
    assert (action.action, action.by, action.details["order_number"]) == (
        "companions",
        "local",
        "2026-0123",
    )
    assert action.action_id == answer["action_id"]


def test_precision_follows_verdicts(shared: Console) -> None:
    alert_id = "a" * 32
    for word in ("dispatch", "found"):
        done = shared.ask(f"/api/alerts/{alert_id}/actions", {"action": word})
        assert done[0] == 200, done
    answer = shared.ask("/api/rules/precision?days=3650")[1]
    (rule,) = answer["rules"]
    assert (rule["rule"], rule["alerts"], rule["confirmed"]) == ("phantom_sms", 2, 1)
    assert rule["text"] == "not enough verdicts"


def test_a_bundle_is_downloaded_and_its_export_is_in_the_trail(
    shared: Console, done_since: Callable[[], list[Action]], tmp_path: Path
) -> None:
    alert_id = "b" * 32
    code, _, raw = shared.ask(f"/api/alerts/{alert_id}/evidence.zip")
    assert code == 200
    path = tmp_path / "bundle.zip"
    path.write_bytes(raw)
    found = verify(path)
    assert not found.problems, found.text()
    assert found.manifest is not None
    assert (found.manifest.alert_id, found.manifest.by) == (alert_id, "local")
    with zipfile.ZipFile(io.BytesIO(raw)) as zipped:
        assert b'"prize.example"' in zipped.read("findings.jsonl")
        assert b'"action":"export"' in zipped.read("actions.jsonl")
    assert [action.action for action in done_since()] == ["export"]
    assert shared.ask("/api/alerts/nobody/evidence.zip")[0] == 404


def test_roles_and_a_second_person_bound_what_may_be_done(
    deployment: Deployment, tmp_path: Path
) -> None:
    tokens: dict[str, str] = {}
    people = (("vera", "viewer"), ("dora", "dispatcher"), ("ada", "admin"), ("bo", "admin"))
    with _filled(deployment, tmp_path, CELLHOUND__CONSOLE__FOUR_EYES="always") as console:
        order = {"order_number": "2026-0123"}
        path = f"/api/alerts/{'a' * 32}/companions"
        for asked in (path, f"{path}/asks"):
            code, answer, _ = console.ask(asked, order)
            assert code == 409
            assert "this console has no accounts" in answer["detail"]
        for name, role in people:
            secret = tmp_path / name
            secret.write_text(PASSWORD)
            words = ("accounts", "add", name, "--role", role, "--password-file", str(secret))
            console.home.command(*words)
            printed = console.home.command("accounts", "token", name).stdout
            tokens[name] = next(word for word in printed.split() if word.startswith("chd_"))
        alert_id = "a" * 32
        link = {"alert_ids": [alert_id]}
        assert console.ask("/api/cases")[0] == 401
        assert console.ask("/api/cases", token=tokens["vera"])[0] == 200
        assert console.ask("/api/cases/links", link, tokens["vera"])[0] == 403
        assert console.ask(f"/api/alerts/{alert_id}/evidence.zip", token=tokens["vera"])[0] == 403
        assert console.ask("/api/cases/links", link, tokens["dora"])[0] == 200
        for name in ("dora", "ada"):  # A token searches for nobody, not even an admin's.
            assert console.ask(path, order, tokens[name])[0] == 403
        with _logged_in(console, "ada") as ada, _logged_in(console, "bo") as bo:
            assert ada.post(path, json=order).status_code == 409
            ask_id = ada.post(f"{path}/asks", json=order).json()["ask_id"]
            approve = {"approve": True}
            assert ada.post(f"{path}/asks/{ask_id}", json=approve).status_code == 403
            assert bo.post(f"{path}/asks/{ask_id}", json=approve).json()["state"] == "approved"
            found = ada.post(path, json=order)
            assert [one["places"] for one in found.json()["companions"]] == [31]
            assert ada.post(path, json=order).status_code == 409
        done = [(one.action, one.by, one.details.get("ask_id")) for one in _actions(deployment)]
        assert done == [
            ("link", "dora", None),
            ("companions_ask", "ada", None),
            ("companions_approve", "bo", ask_id),
            ("companions", "ada", ask_id),
        ]


@contextmanager
def _logged_in(console: Console, name: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"http://{console.address}", timeout=60) as client:
        answer = client.post("/api/login", json={"name": name, "password": PASSWORD})
        client.headers["X-CSRF-Token"] = answer.json()["csrf"]
        yield client
