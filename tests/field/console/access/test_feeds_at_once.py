"""The bound on an account's feeds holds however many consoles make some at the same time."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from field.console.access import database
from field.console.access.accounts import Accounts
from field.console.access.credentials.feeds import MOST_FEEDS, Feeds
from field.console.access.credentials.passwords import Passwords
from field.console.access.database import open_database
from streams.config.settings import ConfigError
from tests.field.console.guarded_app import PASSWORD, QUICK

CONSOLES = 6


@pytest.mark.parametrize("where", ["file", "server"])
def test_those_who_ask_at_once_get_no_more_feeds_than_an_account_may_have(
    where: str, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "_BUSY_MS", 120_000)
    place = str(tmp_path / "some.db")
    if where == "server":
        place = request.getfixturevalue("postgres_address")
    engines = [open_database(place) for _ in range(CONSOLES)]
    desks = [Accounts(engine, lambda: 0.0, Passwords(QUICK)) for engine in engines]
    feeds = [Feeds(engine, desk, lambda: 0.0) for engine, desk in zip(engines, desks, strict=True)]
    together = Barrier(CONSOLES)

    def make(number: int) -> bool:
        together.wait(120)
        try:
            feeds[number].make("fei", "kml", "{}")
        except ConfigError:
            return False
        return True

    try:
        desks[0].put("fei", "field", PASSWORD)
        desks[0].put("di", "dispatcher", PASSWORD)
        for left in (1, 2, 1, 3):
            for one in feeds[0].all("fei")[:left]:
                feeds[0].remove(one.id)
            while len(feeds[0].all("fei")) < MOST_FEEDS - left:
                feeds[0].make("fei", "kml", "{}")
            with ThreadPoolExecutor(CONSOLES) as pool:
                made = sum(pool.map(make, range(CONSOLES)))
            assert (made, len(feeds[0].all("fei"))) == (left, MOST_FEEDS)
        # Nobody else's are counted.
        feeds[1].make("di", "csv", "{}")
        with pytest.raises(ConfigError, match="no account 'nobody'"):
            feeds[1].make("nobody", "csv", "{}")
    finally:
        for name in ("fei", "di"):
            desks[0].remove(name, even_last=True)
        for engine in engines:
            engine.dispose()
