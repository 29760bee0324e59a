"""Logging in to an account that has a second factor: two steps, limits, tickets."""

import re

from tests.field.console.access.factors.authenticator import code_at, events, given, log_in
from tests.field.console.guarded_app import PASSWORD, Door


def test_the_login_asks_for_the_code_in_a_second_step(door: Door) -> None:
    given(door)
    browser = door.browser()
    asked = log_in(browser)
    assert (asked.status_code, asked.json()["code_needed"]) == (401, True)
    assert not browser.cookies
    assert browser.get("/for/viewer").status_code == 401
    ticket = asked.json()["ticket"]
    wrong = browser.post("/api/login", json={"ticket": ticket, "code": "000000"})
    assert (wrong.status_code, wrong.json()["ticket"]) == (401, ticket)
    right = browser.post("/api/login", json={"ticket": ticket, "code": code_at(door)})
    assert (right.status_code, right.json()["name"]) == (200, "fei")
    assert browser.get("/for/field").status_code == 200
    # Who read both on the way has nothing by it.
    again = door.browser().post("/api/login", json={"ticket": ticket, "code": code_at(door)})
    assert again.status_code == 401
    assert events(door)[0] == ("login_failed", "fei", "a code that was used before")


def test_the_form_asks_in_a_second_step_too(door: Door) -> None:
    codes = given(door)
    browser = door.browser()
    first = {"name": "fei", "password": PASSWORD, "next": "/?q=1&r=2"}
    asked = browser.post("/api/login", data=first, headers={"Accept-Language": "zh"})
    assert asked.status_code == 401
    assert "恢复码" in asked.text
    assert "script" not in asked.headers["content-security-policy"]
    assert PASSWORD not in asked.text
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', asked.text))
    assert hidden["next"] == "/?q=1&amp;r=2"
    second = {"next": "/?q=1&r=2", "ticket": hidden["ticket"]}
    wrong = browser.post("/api/login", data=second | {"code": "000000"})
    assert "The code isn't right" in wrong.text
    right = browser.post("/api/login", data=second | {"code": codes[0]})
    assert (right.status_code, right.headers["location"]) == (303, "/?q=1&r=2")
    assert browser.get("/for/field").status_code == 200
    assert ("recovery_code_used", "fei", "9 left") in events(door)


def test_a_wrong_password_gets_the_same_answer_with_a_factor_and_without(door: Door) -> None:
    given(door)
    ways = [
        {"name": "fei"},
        {"name": "vera"},
        {"name": "nobody"},
        {"name": "fei", "code": code_at(door)},
    ]
    answers = [
        door.browser().post("/api/login", json={"password": "wrong password"} | way).content
        for way in ways
    ]
    assert len(set(answers)) == 1
    # And the code that came with it is not used up.
    assert door.access.factors.check("fei", code_at(door)) == "right"


def test_a_ticket_is_over_in_time_and_goes_with_the_password(door: Door) -> None:
    given(door)
    old = log_in(door.browser()).json()["ticket"]
    door.clock.now += 301
    answers = [door.browser().post("/api/login", json={"ticket": old, "code": code_at(door)})]
    other = log_in(door.browser()).json()["ticket"]
    door.access.accounts.change("fei", password="another password")
    for ticket in (other, other[:-1], door.access.signer.cookie("x"), "x"):
        sent = {"ticket": ticket, "code": code_at(door)}
        answers.append(door.browser().post("/api/login", json=sent))
    assert [answer.status_code for answer in answers] == [401] * 5
    assert all("ticket is over" in answer.json()["detail"] for answer in answers)
    form = door.browser().post("/api/login", data={"ticket": "x", "code": "1"})
    assert "That took too long" in form.text


def test_failed_codes_count_as_failed_logins_also_where_the_owner_is_known(door: Door) -> None:
    home = door.browser(address="192.0.2.7")
    assert log_in(home).status_code == 200
    given(door)
    for minute in range(5):
        for number in range(10):
            address = "192.0.2.7" if minute == 0 else f"10.0.{minute}.{number}"
            assert log_in(door.browser(address=address), "000000").status_code == 401
        limited = log_in(door.browser(address="10.9.9.9"), "000000")
        assert limited.status_code == 429
        door.clock.now += 61
    door.access.log.write("login", "fei", address="192.0.2.8")
    late = log_in(door.browser(address="192.0.2.8"), code_at(door))
    assert (late.status_code, int(late.headers["retry-after"]) > 600) == (429, True)
    door.clock.now += 3600
    assert log_in(door.browser(address="192.0.2.8"), code_at(door)).status_code == 200


def test_right_codes_are_not_counted(door: Door) -> None:
    given(door)
    for _ in range(12):
        assert log_in(door.browser()).status_code == 401
        assert log_in(door.browser(), code_at(door)).status_code == 200
        door.clock.now += 30
