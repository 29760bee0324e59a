"""What tests of second factors share: an app's codes, an account that has one, a login by code."""

import httpx
import pyotp

from tests.field.console.guarded_app import PASSWORD, Browser, Door

#: That of RFC 6238's appendix B.
SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"


def code_at(door: Door, steps: int = 0, secret: str = SECRET) -> str:
    """What an app shows so many steps of 30 s from now."""
    return pyotp.TOTP(secret).at(int(door.clock.now) + 30 * steps)


def given(door: Door, name: str = "fei") -> list[str]:
    """A second factor for the account; its recovery codes. The time is some steps later then."""
    codes = door.access.factors.add(name, SECRET, code_at(door))
    assert codes is not None
    door.clock.now += 90
    return codes


def log_in(browser: Browser, code: str = "", **more: str) -> httpx.Response:
    sent = {"name": "fei", "password": PASSWORD, "code": code, **more}
    answer = browser.post("/api/login", json=sent)
    browser.csrf = answer.json().get("csrf", "")
    return answer


def events(door: Door) -> list[tuple[str, str, str]]:
    return [(row["event"], row["by"], row["detail"]) for row in door.access.log.read()]
