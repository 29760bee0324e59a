"""Honest calls from abroad: roamers, foreigners, diverted calls, registered centres, relatives."""

from collections.abc import Sequence

import numpy as np

from replay.simulate.calls.columns import (
    ABROAD,
    AWAY,
    DETACHED,
    HOME,
    INTERNATIONAL,
    ONNET,
    UNASKED,
    Ints,
    Script,
    Story,
    Table,
    blank_calls,
    share_of,
)
from replay.simulate.calls.honest.outcomes import decide, returned
from replay.simulate.calls.number_ranges import BANKS, FOREIGN, WANGIRI, fixed, foreign, serials
from replay.simulate.calls.stage import FIRST_GATEWAY, Stage

GATEWAYS = 6
CENTRE_PER_HOUR = 20.0, 100.0
#: Long calls from abroad and the call to a bank after it: as long as those of police players.
RELATIVE_S, BANK_AFTER_S = (600.0, 3600.0), (120.0, 7200.0)
RELATIVE_CALLS = 1, 4


def arrive(stage: Stage, script: Script) -> None:
    """All honest calls by the international gateways."""
    roamers(stage, script)
    foreigners(stage, script)
    relatives(stage, script)
    centres(stage, script)


def enter(
    stage: Stage, rng: np.random.Generator, calls: Table, gateways: Sequence[int] = range(GATEWAYS)
) -> None:
    """Marks calls as coming in by some gateways, of which each screens numbers or does not."""
    number = rng.choice(np.array(gateways), len(calls))
    names = np.array([stage.trunk(f"gateway-{place:02d}") for place in range(GATEWAYS)])
    calls["ingress"], calls["trunk"] = INTERNATIONAL, names[number]
    calls["carrier"] = FIRST_GATEWAY + number % 2
    calls["screening"] = np.where(share_of(number, stage.world.seed) < 0.5, 0, 3)


def roamers(stage: Stage, script: Script) -> None:
    """Subscribers abroad ring home with their own numbers; a few calls were diverted there."""
    rng, lines = stage.random("roamers"), stage.lines
    away = np.flatnonzero(lines["kind"] == AWAY)
    number = rng.poisson(
        lines["rate"][away] * 0.5 * stage.days("round") * stage.value("roamer_rush")
    )
    origin = np.repeat(away, number)
    calls = blank_calls(len(origin))
    calls["t"] = stage.times(rng, len(calls))
    calls["caller"] = lines["number"][origin]
    # The same few people each time, as roamers do.
    place = (origin * 31 + rng.integers(0, 6, len(origin))) % len(stage.people)
    calls["target"] = stage.people[place]
    calls["callee"] = lines["number"][calls["target"]]
    calls["region"] = lines["region"][origin]
    enter(stage, rng, calls)
    calls["check"] = ABROAD
    late = rng.random(len(calls)) < stage.value("roaming_check_wrong_share")
    calls["check"][late] = rng.choice([HOME, DETACHED], int(late.sum()))
    diverted = np.flatnonzero(rng.random(len(calls)) < stage.value("diverted_abroad_share"))
    calls["redirecting"][diverted] = calls["caller"][diverted]
    calls["caller"][diverted] = lines["number"][rng.integers(0, len(lines), len(diverted))]
    calls["check"][diverted] = UNASKED
    decide(stage, rng, calls)
    for line in np.unique(origin).tolist():
        story = script.begin(Story("look_alike", "roamer", [int(lines["number"][line])]))
        calls["story"][(origin == line)] = story
    for row in diverted.tolist():
        number_shown = int(calls["caller"][row])
        calls["story"][row] = script.begin(Story("look_alike", "diverted_abroad", [number_shown]))
    script.calls.append(calls[calls["caller"] != calls["callee"]])


def foreigners(stage: Stage, script: Script) -> None:
    """People of other countries ring people at home."""
    rng = stage.random("foreigners")
    expected = stage.value("calls_per_day") * stage.days() * stage.value("subscribers")
    n = int(rng.poisson(expected * stage.value("foreign_share")))
    calls = blank_calls(n)
    calls["t"] = stage.times(rng, n, "round")
    calls["target"] = rng.choice(stage.people, n)
    _shown_abroad(stage, calls, serials(rng, n) % 40)
    enter(stage, rng, calls)
    decide(stage, rng, calls, duration_s=2.0 * stage.value("duration_s"))
    back = returned(stage, rng, calls)
    odd = np.flatnonzero(rng.random(n) < stage.value("foreign_odd_share"))
    for row in odd.tolist():
        zeros = "0" * int(rng.integers(2, 4))
        shown = stage.odd_number(f"{zeros}{int(calls['caller'][row])}")
        calls["caller"][row] = shown
        calls["story"][row] = script.begin(Story("look_alike", "odd_from_abroad", [shown]))
    out = blank_calls(int(rng.poisson(expected * stage.value("outgoing_share"))))
    out["t"], out["ingress"] = stage.times(rng, len(out)), ONNET
    out["target"] = rng.choice(stage.people, len(out))
    _shown_abroad(stage, out, serials(rng, len(out)) % 40)
    for one, other in (("caller", "callee"), ("origin", "target")):
        out[one], out[other] = out[other].copy(), out[one].copy()
    decide(stage, rng, out, duration_s=2.0 * stage.value("duration_s"))
    script.calls += [calls, back, out]


def relatives(stage: Stage, script: Script) -> None:
    """Who speaks at length with abroad, and rings a bank some time after."""
    rng = stage.random("relatives")
    for line in stage.people_of(rng, range(stage.regions), stage.count(rng, "foreign_relatives")):
        n = int(rng.integers(*RELATIVE_CALLS))
        calls = blank_calls(n)
        calls["t"] = stage.times(rng, n, "shops")
        calls["target"] = line
        _shown_abroad(stage, calls, np.zeros(n, dtype=np.int64))
        enter(stage, rng, calls)
        decide(stage, rng, calls, answered=1.0)
        calls["duration"] = 1000 * rng.uniform(*RELATIVE_S, n)
        bank = blank_calls(1)
        bank["t"] = calls["t"][0] + calls["duration"][0] + int(1000 * rng.uniform(*BANK_AFTER_S))
        bank["origin"], bank["caller"] = line, stage.lines["number"][line]
        bank["callee"], bank["ingress"] = rng.choice(BANKS), ONNET
        decide(stage, rng, bank, answered=1.0)
        story = Story("look_alike", "foreign_relative", np.unique(calls["caller"]).tolist())
        calls["story"] = bank["story"] = script.begin(story)
        bank["aside"] = True
        script.calls += [calls, bank[bank["t"] < stage.end_ms]]


def centres(stage: Stage, script: Script) -> None:
    """Registered centres abroad, whose numbers are fixed lines of home."""
    rng = stage.random("offshore centres")
    for _ in range(stage.count(rng, "offshore_centres")):
        n = int(rng.poisson(rng.uniform(*CENTRE_PER_HOUR) * stage.busy_hours("office")))
        region = int(rng.integers(stage.regions))
        number = fixed(np.array([region]), serials(rng, 1))
        calls = blank_calls(n)
        calls["t"] = stage.times(rng, n, "office")
        calls["caller"] = number
        calls["target"] = rng.choice(stage.people, n)
        calls["callee"] = stage.lines["number"][calls["target"]]
        enter(stage, rng, calls)
        calls["trunk"] = trunk = stage.trunk(f"gateway-{int(rng.integers(GATEWAYS)):02d}")
        decide(stage, rng, calls)
        calls["story"] = script.begin(Story("look_alike", "offshore_centre", number.tolist()))
        row: dict[str, object] = {"class": "fixed", "rights": [stage.trunks[trunk]]}
        script.listed.append((int(number[0]), row | {"trusted": bool(rng.random() < 0.5)}))
        script.calls.append(calls)


def _shown_abroad(stage: Stage, calls: Table, keys: Ints) -> None:
    """Foreign numbers that belong to who is called: some few for each."""
    bits = calls["target"].astype(np.int64) * 64 + keys
    # A tenth are of countries from which wangiri rings too.
    countries = np.where(bits % 10 == 9, len(FOREIGN) + bits % len(WANGIRI), bits % len(FOREIGN))
    calls["caller"] = foreign(countries, bits * 7919)
    calls["callee"] = stage.lines["number"][calls["target"]]
