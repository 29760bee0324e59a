"""The console's own figures and probes, without a broker."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from field.console.routes.metrics import ConsoleMetrics
from tests.field.console.full_console import Whole, whole
from tests.field.console.guarded_app import Browser


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    with whole(tmp_path_factory.mktemp("whole")) as made:
        yield made


def ingest(*troubled: str, caught_up: bool = True) -> Any:
    seen = asyncio.Event()
    if caught_up:
        seen.set()
    return SimpleNamespace(troubled=troubled, caught_up=seen)


def test_strangers_get_a_word_and_no_figure(console: Whole) -> None:
    console.app.state.metrics.ingest = None
    stranger = Browser(console.app)
    live, ready = stranger.get("/livez"), stranger.get("/readyz")
    assert (live.status_code, live.text) == (200, "ok\n")
    assert (ready.status_code, ready.text) == (503, "starting\n")
    for answer in (live, ready):
        assert "default-src 'self'" in answer.headers["content-security-policy"]
        assert answer.headers["cache-control"] == "no-store"
        assert "server" not in answer.headers
    assert stranger.get("/metrics").status_code == 401
    for method, path in (("POST", "/livez"), ("GET", "/livez/"), ("GET", "/readyz/x")):
        assert stranger.ask(method, path).status_code in (401, 403)


def test_probes_know_of_the_proxy_that_ends_tls(tmp_path: Path) -> None:
    with whole(tmp_path, proxy_addresses=["10.0.0.5"]) as console:
        for peer, scheme, by_tls in (
            ("10.0.0.5", "https", True),
            ("10.0.0.5", "http", False),
            ("10.0.0.6", "https", False),
        ):
            headers = {"X-Forwarded-Proto": scheme}
            answer = Browser(console.app, address=peer).get("/livez", headers=headers)
            assert ("strict-transport-security" in answer.headers) == by_tls, peer


@pytest.mark.parametrize(
    ("state", "word"),
    [
        (ingest(), "ok"),
        (ingest("Kafka"), "broker_away"),
        (ingest("store"), "store_failing"),
        (ingest(caught_up=False), "catching_up"),
        (None, "starting"),
    ],
)
def test_readiness_has_a_reason(console: Whole, state: Any, word: str) -> None:
    metrics: ConsoleMetrics = console.app.state.metrics
    metrics.ingest = state
    assert metrics._why_not() == word


def test_a_database_that_fails_is_named(console: Whole, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise OperationalError("select 1", {}, Exception("disk I/O error"))

    metrics: ConsoleMetrics = console.app.state.metrics
    metrics.ingest = ingest()
    monkeypatch.setattr(console.access.accounts, "exist", fail)
    assert metrics._why_not() == "accounts_failing"
    monkeypatch.setattr(console.store, "read", fail)
    assert metrics._why_not() == "store_failing"
    # What isn't in the database is still measured.
    assert b"cellhound_disk_free_bytes" in metrics.meters.text()


def test_strangers_ask_the_databases_once_a_second_at_most(console: Whole) -> None:
    metrics: ConsoleMetrics = console.app.state.metrics
    metrics.ingest = ingest()
    metrics._ready = (0.0, "starting")
    asked: list[int] = []

    def why_not() -> str:
        asked.append(1)
        return "ok"

    metrics._why_not, before = why_not, metrics._why_not  # type: ignore[method-assign]
    try:

        async def many() -> set[str]:
            metrics._asking = asyncio.Lock()
            return set(await asyncio.gather(*(metrics.ready() for _ in range(500))))

        assert asyncio.run(many()) == {"ok"}
    finally:
        metrics._why_not = before  # type: ignore[method-assign]
        metrics._asking = asyncio.Lock()
    # Five hundred may take more than a second on a busy machine, but not one each.
    assert len(asked) < 50


def test_figures_of_alerts_and_answers(console: Whole) -> None:
    metrics: ConsoleMetrics = console.app.state.metrics
    metrics.ingest = ingest("Kafka")
    browser = console.logged_in("vera")
    value = metrics.meters.registry.get_sample_value
    before = value("cellhound_console_answers_total", {"code": "4xx"}) or 0
    browser.get("/nothing")
    text = browser.get("/metrics").text
    assert value("cellhound_console_answers_total", {"code": "4xx"}) == before + 1
    assert f'cellhound_console_alerts{{state="new"}} {len(console.alert_ids)}.0' in text
    assert 'cellhound_console_trouble{what="kafka"} 1.0' in text
    assert 'cellhound_console_trouble{what="store"} 0.0' in text
    assert 'cellhound_disk_free_bytes{place="accounts"}' in text
    assert not any(alert_id in text for alert_id in console.alert_ids)
