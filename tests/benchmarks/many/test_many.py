"""Many transmitters in one city: they stand apart, parts are parts, texts are named by content."""

import json
from pathlib import Path

import msgspec
import numpy as np
import pytest

from benchmarks import many
from benchmarks.measuring.many import crowded_city
from benchmarks.measuring.many.crowded_city import APART_M, crowded, number_of, part_of
from benchmarks.measuring.many.texts_alone import Sent, named_in
from replay.simulate.drawn.parameters import Value
from replay.simulate.scenario.rogue import Parked
from streams.config.settings import load_settings


def test_transmitters_stand_apart_and_send_texts_of_their_own() -> None:
    scenario = crowded(3, 30)
    at = [rogue.place.at_m for rogue in scenario.rogues if isinstance(rogue.place, Parked)]
    places = np.array(at)
    apart_m = np.hypot(*(places[:, None, :] - places[None, :, :]).transpose(2, 0, 1))
    assert len(places) == 30
    assert apart_m[~np.eye(30, dtype=bool)].min() >= APART_M
    assert len({number_of(rogue) for rogue in scenario.rogues}) == 30
    assert crowded(3, 30) == scenario


def test_groups_of_a_size_share_no_transmitter() -> None:
    scenario = crowded(3, 30)
    groups = many.groups_of(scenario, 3, 10, 3)
    assert sorted(len(group) for group in groups) == [10, 10, 10]
    assert len(frozenset().union(*groups)) == 30
    assert {rogue.id for rogue in part_of(scenario, tuple(groups[0])).rogues} == groups[0]
    assert many.groups_of(scenario, 3, 0, 1) == [frozenset()]


def test_alerts_count_for_the_transmitter_whose_text_they_name(tmp_path: Path) -> None:
    def revision(alert_id: str, chance: float, content: str) -> bytes:
        evidence = [{"values": {"content": content}}]
        return msgspec.json.encode(
            {"alert_id": alert_id, "probability": chance, "evidence": evidence}
        )

    lines = [
        revision("a", 0.6, "01"),
        revision("b", 0.9, "02"),
        revision("c", 0.4, "01"),
        revision("d", 0.7, "99"),
    ]
    (tmp_path / "alerts.jsonl").write_bytes(b"\n".join(lines))
    sent = {"one": Sent(contents={"01"}), "two": Sent(contents={"02"})}
    named = named_in(tmp_path / "alerts.jsonl", sent)
    assert named == {"a": "one", "b": "two", "d": None}


@pytest.mark.long
def test_a_small_city_is_measured_by_its_texts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small: dict[str, Value] = {**crowded_city.CITY, "city_size_m": 3000.0, "cells": 600.0}
    monkeypatch.setattr(crowded_city, "CITY", small)
    monkeypatch.setattr(crowded_city, "PHONES", 1200)
    settings = load_settings(env={})
    none, both = many.run_city(3, [0, 2], ["texts"], tmp_path, settings, most=2)
    assert (none.at_once, none.ought, none.alert_ids, none.false_alerts) == (0, 0, 0, 0)
    assert both.at_once == 2
    assert both.found <= both.ought
    trace = tmp_path / "3-2" / "texts" / "whole"
    assert len((trace / "truth.jsonl").read_text().splitlines()) == 2
    assert not list(trace.glob("measurements*"))
    shown = many.table([none, both])
    assert json.dumps(shown.rows[0][:2]) == '["texts", "0"]'
