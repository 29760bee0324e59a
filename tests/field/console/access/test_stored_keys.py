"""Secrets beside the accounts: several consoles that start at once have the same."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import Engine

from field.console.access.credentials import stored_keys
from field.console.access.credentials.stored_keys import known_key, put_key
from field.console.access.credentials.trail_keys import public_trail_keys, trail_key
from field.console.access.database import KEYS, open_database

_AT_ONCE = 6


def _all_at_once(address: str, ask: Callable[[Engine], object]) -> list[object]:
    engines = [open_database(address) for _ in range(_AT_ONCE)]
    ready = Barrier(_AT_ONCE)

    def one(engine: Engine) -> object:
        ready.wait()
        return ask(engine)

    try:
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            return list(pool.map(one, engines))
    finally:
        for engine in engines:
            engine.dispose()


@pytest.mark.slow
def test_consoles_that_start_at_once_on_postgres_have_one_key(postgres_address: str) -> None:
    engine = open_database(postgres_address)
    with engine.begin() as db:
        db.execute(KEYS.delete())
    keys = _all_at_once(postgres_address, lambda engine: trail_key(engine).id)
    assert set(keys) == set(public_trail_keys(engine).by_id)
    assert len(set(keys)) == 1
    engine.dispose()


def test_what_another_console_wrote_in_between_is_written_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = open_database(str(tmp_path / "accounts.db"))
    changed, answers = stored_keys._changed, iter([False])

    def before_the_other_wrote(engine: Engine, name: str, value: str) -> bool:
        first = next(answers, None)
        if first is None:
            return changed(engine, name, value)
        with engine.begin() as db:
            db.execute(KEYS.insert().values(name=name, value="the other's"))
        return first

    monkeypatch.setattr(stored_keys, "_changed", before_the_other_wrote)
    put_key(engine, "head w1", "ours")
    assert known_key(engine, "head w1") == "ours"
    engine.dispose()
