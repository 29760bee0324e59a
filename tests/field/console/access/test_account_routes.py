"""Who may change accounts and tokens by the API."""

from typing import Any

import pytest

from field.alerts.life_cycle import Role
from tests.field.console.guarded_app import NAMES, PASSWORD, Door

NEW = {"name": "new", "role": "field", "password": PASSWORD}
#: Method, path, body, and the least role that gets through (with what status).
TABLE: list[tuple[str, str, Any, Role, int]] = [
    ("GET", "/api/me", None, "viewer", 200),
    ("POST", "/api/logout", None, "viewer", 204),
    ("GET", "/api/accounts", None, "admin", 200),
    ("POST", "/api/accounts", NEW, "admin", 201),
    ("PATCH", "/api/accounts/vera", {"role": "field"}, "admin", 200),
    ("DELETE", "/api/accounts/vera", None, "admin", 204),
    ("POST", "/api/me/password", {"old": PASSWORD, "new": PASSWORD + "!"}, "viewer", 204),
    ("GET", "/api/me/mfa", None, "viewer", 200),
    ("POST", "/api/me/mfa", None, "viewer", 200),
    ("GET", "/api/tokens", None, "viewer", 200),
    ("POST", "/api/tokens", {"label": "van"}, "viewer", 201),
    ("POST", "/api/tokens", {"name": "vera"}, "admin", 201),
    ("GET", "/api/audit/access", None, "admin", 200),
]


@pytest.mark.slow
@pytest.mark.parametrize("role", ["field", "dispatcher", "admin"])
@pytest.mark.parametrize(("method", "path", "body", "least", "status"), TABLE)
def test_the_table_of_roles(
    door: Door, role: Role, method: str, path: str, body: Any, least: Role, status: int
) -> None:
    answer = door.logged_in(NAMES[role]).ask(method, path, json=body)
    allowed = least == "viewer" or role == "admin"
    assert answer.status_code == (status if allowed else 403)


def test_what_cannot_be_done_is_reported(door: Door) -> None:
    ada = door.logged_in("ada")
    assert ada.post("/api/accounts", json=NEW | {"name": "Fei"}).status_code == 409
    short = ada.post("/api/accounts", json=NEW | {"password": "short"})
    assert short.status_code == 422
    assert "needs 12 to 1024" in short.json()["detail"]
    assert ada.post("/api/accounts", json=NEW | {"role": "king"}).status_code == 422
    assert ada.ask("DELETE", "/api/accounts/nobody").status_code == 404
    assert ada.ask("DELETE", "/api/accounts/ada").status_code == 409
    assert ada.ask("PATCH", "/api/accounts/ada", json={"role": "field"}).status_code == 409
    assert ada.ask("PATCH", "/api/accounts/nobody", json={}).status_code == 404
    assert ada.ask("DELETE", "/api/tokens/chd_nothing").status_code == 404


def test_ones_own_password_needs_the_old_one_and_is_limited(door: Door) -> None:
    fei = door.logged_in("fei")
    wrong = {"old": "wrong password", "new": PASSWORD + "!"}
    for _ in range(10):
        assert fei.post("/api/me/password", json=wrong).status_code == 403
    assert fei.post("/api/me/password", json=wrong | {"old": PASSWORD}).status_code == 429


def test_only_ones_own_tokens_are_seen_and_removed(door: Door) -> None:
    tokens = door.access.tokens
    tokens.make("fei", "mine")
    tokens.make("di", "theirs")
    fei = door.logged_in("fei")
    assert [token["label"] for token in fei.get("/api/tokens").json()["tokens"]] == ["mine"]
    (other,) = tokens.all("di")
    assert fei.ask("DELETE", f"/api/tokens/{other.prefix}").status_code == 404
    assert len(door.logged_in("ada").get("/api/tokens").json()["tokens"]) == 2
