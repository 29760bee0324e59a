"""Action links: one thing, for a time, in somebody's name, and nothing else."""

from pathlib import Path

import pytest

from field.console.access import database
from field.console.access.database import open_database
from field.console.access.network.outside import outside_link
from streams.config.console import ConsoleSettings
from tests.field.console.guarded_app import Door, opened


def path_of(link: str) -> str:
    return "/api/act/" + link.rpartition("/")[2]


def test_a_link_is_performed_without_a_session(door: Door) -> None:
    link = door.access.action_link("a-1", "acknowledge", 60, "channel:van 1")
    assert link.startswith("http://127.0.0.1:8340/api/act/")
    foreign = {"Origin": "https://ntfy.example", "Sec-Fetch-Site": "cross-site"}
    first = door.browser().post(path_of(link), headers=foreign)
    again = door.browser().post(path_of(link))
    assert first.status_code == again.status_code == 200
    assert first.json() == again.json()
    (signed, role), (repeated, _) = door.done
    assert (signed.alert_id, signed.action, signed.by) == ("a-1", "acknowledge", "channel:van 1")
    assert role == "field"
    assert repeated.action_id == signed.action_id


def test_other_links_are_other_actions(door: Door) -> None:
    links = [
        door.access.action_link(alert, action, ttl, by)
        for alert, action, ttl, by in [
            ("a-1", "acknowledge", 60, "fei"),
            ("a-2", "acknowledge", 60, "fei"),
            ("a-1", "dispatch", 60, "fei"),
            ("a-1", "acknowledge", 61, "fei"),
            ("a-1", "acknowledge", 60, "di"),
        ]
    ]
    for link in links:
        assert door.browser().post(path_of(link)).status_code == 200
    assert len({signed.action_id for signed, _role in door.done}) == len(links)


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"])
def test_a_link_is_only_posted_to(door: Door, method: str) -> None:
    """What looks ahead at links in messages does nothing by it."""
    link = door.access.action_link("a-1", "acknowledge", 60)
    assert door.browser().ask(method, path_of(link)).status_code == 401
    assert door.done == []


def test_whatever_is_wrong_with_a_link_is_refused(door: Door) -> None:
    good = path_of(door.access.action_link("a-1", "acknowledge", 60))
    cookie = door.access.sessions.begin("ada")
    payload, _, signature = good.rpartition(".")
    wrong = [good[:-1], good + "x", payload, f"{payload}.", f"{payload}x.{signature}"]
    wrong += ["/api/act/" + text for text in (cookie, "x", "%00", "%C3%A9", "%ED%A0%80")]
    for path in wrong:
        answer = door.browser().post(path)
        assert answer.status_code == 403, path
        assert "signature" not in answer.text
    assert door.browser().post("/api/act/").status_code in (401, 403, 404)
    assert door.browser().post("/api/act/../accounts").status_code in (401, 403)
    door.clock.now += 60
    assert door.browser().post(good).status_code == 403
    assert door.done == []


def test_a_link_acts_as_its_account_is_now(door: Door) -> None:
    link = path_of(door.access.action_link("a-1", "dispatch", 60, "di"))
    assert door.browser().post(link).status_code == 200
    assert door.done[-1][1] == "dispatcher"
    door.access.accounts.change("di", role="viewer")
    assert door.browser().post(link).status_code == 403
    door.access.accounts.remove("di")
    assert door.browser().post(link).status_code == 403
    assert len(door.done) == 1


def test_a_link_outlives_a_restart_and_names_the_public_address(tmp_path: Path) -> None:
    with opened(tmp_path, public_url="https://console.example/") as before:
        link = before.access.action_link("a-1", "acknowledge", 60)
    assert link.startswith("https://console.example/api/act/")
    with opened(tmp_path) as after:
        assert after.browser().post(path_of(link)).status_code == 200


def test_who_sends_without_a_console_signs_by_its_key(door: Door) -> None:
    where = door.access.engine.url.database
    assert where is not None
    settings = ConsoleSettings(accounts=where, public_url="https://console.example/")
    link = outside_link(settings, door.clock)
    assert link is not None
    address = link("a-1", "acknowledge")
    assert address.startswith("https://console.example/api/act/")
    assert door.browser().post(path_of(address)).status_code == 200
    assert [(signed.alert_id, signed.action) for signed, _ in door.done] == [("a-1", "acknowledge")]
    door.clock.now += 86_401.0
    assert door.browser().post(path_of(address)).status_code == 403
    assert outside_link(ConsoleSettings(accounts=where), door.clock) is None


def test_without_a_consoles_key_there_is_no_button_and_nothing_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "_BUSY_MS", 300)  # How long it is tried again.
    file = tmp_path / "accounts.db"
    settings = ConsoleSettings(accounts=str(file), public_url="https://console.example")
    assert outside_link(settings) is None
    assert not file.exists()
    open_database(str(file)).dispose()
    assert outside_link(settings) is None
    away = "postgresql://nobody@127.0.0.1:1/none"
    assert outside_link(ConsoleSettings(accounts=away, public_url="https://c.example")) is None


def test_another_console_does_not_take_it(door: Door, tmp_path: Path) -> None:
    link = path_of(door.access.action_link("a-1", "acknowledge", 60))
    (tmp_path / "other").mkdir()
    with opened(tmp_path / "other") as other:
        assert other.browser().post(link).status_code == 403


def test_no_link_for_what_is_no_action(door: Door) -> None:
    with pytest.raises(ValueError, match="'explode' is no action; actions are acknowledge, "):
        door.access.action_link("a-1", "explode", 60)
