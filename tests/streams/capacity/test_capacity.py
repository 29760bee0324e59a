"""`cellhound capacity`: the demand that is asked for, the plan, and what gives way first."""

import json
import math
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from cellhound import main
from streams.capacity.costs import SHIPPED, Costs, read_costs
from streams.capacity.demand import Demand, demand, names
from streams.capacity.plan import _PROMISES_S, limits, plan
from streams.capacity.shown import as_json, as_text
from streams.config_error import ConfigError
from streams.kafka.topics import INPUTS
from streams.worker.worker import _WATERMARKS_S

COSTS = read_costs()


def asked(*given: str) -> Demand:
    return demand(given)


def cheaper(**given: float) -> Costs:
    return msgspec.structs.replace(COSTS, **given)


def test_rates_are_those_of_the_sources() -> None:
    found = asked("subscribers=86400", "sources.sms.a_day=10", "sources.sms.share=0.5")
    assert found.rate(found.sources["sms"]) == pytest.approx(5.0)
    others = sum(found.rate(each) for name, each in found.sources.items() if name != "sms")
    assert found.messages_s == pytest.approx(5.0 + others)


def test_sources_write_to_input_topics() -> None:
    assert {each.topic for each in asked().sources.values()} <= set(INPUTS)


def test_all_that_is_named_can_be_set() -> None:
    for name in names():
        value = "single" if name == "machines.form" else 1.0
        found = msgspec.to_builtins(asked(f"{name}={value}"))
        for part in name.split("."):
            found = found[part]
        assert found == value, name


def test_promises_come_as_often_as_workers_send_them_at_most() -> None:
    assert pytest.approx(1.0 / _WATERMARKS_S[0]) == _PROMISES_S


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("peek=2", "--set peek: there is no such name; there are subscribers, peak"),
        ("peak=fast", "--set peak=fast: it is no number"),
        ("peak", "--set peak=: it is no number"),
        ("subscribers=inf", "it is not between 0 and 1e+12"),
        ("peak=nan", "it is not between 0 and 1e+12"),
        ("machines.copies=1e300", "it is not between 0 and 1e+12"),
        ("peak=0.5", "`float` >= 1.0 - at `$.peak`"),
        ("sources.sms.share=2", "`$.sources[...].share`"),
        ("sources.sms=3", "there is no such name"),
        ("machines.form=pigeon", "it is one of single, arrays, arrow"),
    ],
)
def test_what_cannot_be_set_is_named(given: str, words: str) -> None:
    with pytest.raises(ConfigError) as raised:
        asked(given)
    assert words in str(raised.value)


def test_cores_grow_with_subscribers_and_shrink_with_better_forms() -> None:
    small, large = (plan(asked(f"subscribers={n}"), COSTS) for n in (1e7, 1e8))
    assert large.cores - large.promise_cores == pytest.approx(
        10.0 * (small.cores - small.promise_cores)
    )
    single = plan(asked("subscribers=1e7", "machines.form=single"), COSTS)
    assert single.cores > small.cores
    assert single.taken_in_s > small.taken_in_s


def test_workers_are_as_full_as_was_asked_and_have_partitions() -> None:
    for share in (0.25, 0.5, 1.0):
        found = plan(asked("subscribers=1e8", f"machines.use={share}"), COSTS)
        assert found.cores <= share * found.workers
        assert found.partitions >= 2.0 * found.workers
        assert math.log2(found.partitions).is_integer()


def test_phones_that_need_more_memory_than_cores_do_get_more_workers() -> None:
    wide = "machines.worker_gib=8"
    few = plan(asked("subscribers=1e8", wide), cheaper(device_bytes=1.0))
    many = plan(asked("subscribers=1e8", wide), cheaper(device_bytes=10_000.0))
    assert many.workers > few.workers
    assert many.worker_bytes <= 8 * 2**30


def test_promises_grow_with_the_square_of_partitions() -> None:
    few, many = (
        plan(
            asked("subscribers=1e8", f"machines.partitions_a_worker={n}"), cheaper(promise_us=1e-6)
        )
        for n in (2, 8)
    )
    assert many.partitions == 4 * few.partitions
    assert many.promise_cores == pytest.approx(16.0 * few.promise_cores)


def test_a_plan_comes_to_an_end_where_promises_are_dear() -> None:
    plan(asked("subscribers=1e12", "peak=1e12"), COSTS)
    found = plan(asked("subscribers=1e10"), cheaper(promise_us=1e6))
    assert found.promise_cores > found.cores / 2


def test_limits_are_where_their_check_turns() -> None:
    found = limits(asked(), COSTS)
    assert [each.subscribers for each in found] == sorted(each.subscribers for each in found)
    (register,) = [each for each in found if "register takes" in each.what]
    reached = register.subscribers
    half = 0.5 * 3.0 * 2**30
    assert plan(asked(f"subscribers={reached}"), COSTS).register_bytes > half
    assert plan(asked(f"subscribers={0.98 * reached}"), COSTS).register_bytes <= half


def test_a_limit_that_is_never_reached_is_named_so() -> None:
    endless = asked("cells_a_subscriber=1e-12")
    found = {each.what: each.subscribers for each in limits(endless, COSTS)}
    (register,) = [at for what, at in found.items() if "register takes" in what]
    assert math.isinf(register)
    assert "never: the register" in as_text(endless, COSTS)
    parsed = json.loads(as_json(endless, COSTS))
    assert [each["subscribers"] for each in parsed["limits"]].count(None) >= 1


def test_a_country_is_divided_where_one_installation_gives_way() -> None:
    one, many = (as_text(asked(f"subscribers={n}"), COSTS) for n in (1e6, 1e11))
    assert "One installation is enough." in one
    assert "installations of" in many


def test_costs_of_your_own(tmp_path: Path) -> None:
    own = tmp_path / "costs.toml"
    own.write_text(SHIPPED.read_text("utf-8").replace("machine = ", "machine = 'mine' #"), "utf-8")
    ran = CliRunner().invoke(main, ["capacity", "--subscribers", "1e6", "--costs", str(own)])
    assert ran.exit_code == 0
    assert "measured on: mine" in ran.stdout


@pytest.mark.parametrize("text", ["machine = 3", "promise_us = ", "\xff\xfe", ""])
def test_costs_that_are_none_are_refused(tmp_path: Path, text: str) -> None:
    own = tmp_path / "costs.toml"
    own.write_text(text, "latin-1")
    ran = CliRunner().invoke(main, ["capacity", "--costs", str(own)])
    assert ran.exit_code == 2
    assert "costs.toml" in ran.stderr


def test_json_has_all_of_it() -> None:
    ran = CliRunner().invoke(main, ["capacity", "--subscribers", "1e9", "--json"])
    found = json.loads(ran.stdout)
    assert found["demand"]["subscribers"] == 1e9
    assert found["plan"]["workers"] == plan(asked("subscribers=1e9"), COSTS).workers
    assert {"what", "subscribers", "remedy"} == set(found["limits"][0])
    assert found["costs"] == msgspec.to_builtins(COSTS)


def test_calls_cost_what_calls_do_and_are_judged_in_one_correlator() -> None:
    given = [f"sources.{name}.a_day=0" for name in asked().sources if name != "calls"]
    few, many = (asked(*given, f"sources.calls.a_day={n}", "subscribers=1e7") for n in (0.001, 7))
    dear = msgspec.structs.replace(COSTS.calls, arrow_us=100.0, second_us=50.0)
    found = plan(many, cheaper(calls=dear))
    at_peak = 1e7 * 7 * many.peak / 86_400
    assert many.calls_s == pytest.approx(many.messages_s)
    assert found.calls_cores == pytest.approx(at_peak * 50e-6)
    assert found.cores - found.promise_cores == pytest.approx(at_peak * 150e-6)
    assert found.zone_cores == 0.0
    assert found.worker_bytes - plan(few, COSTS).worker_bytes < 1e7 * 150
    first = limits(many, cheaper(calls=dear))[0]
    assert "correlator of calls" in first.what
    json_, arrow = (
        plan(asked(*given, f"machines.form={form}"), COSTS) for form in ("single", "arrow")
    )
    assert json_.cores - json_.promise_cores > arrow.cores - arrow.promise_cores


def test_costs_of_calls_are_those_that_ship_unless_a_file_has_its_own(tmp_path: Path) -> None:
    own = SHIPPED.read_text("utf-8") + (
        "[calls]\njson_us = 1.0\narrow_us = 2.0\nsecond_us = 3.0\ncaller_bytes = 4.0\n"
    )
    (tmp_path / "costs.toml").write_text(own)
    assert read_costs(tmp_path / "costs.toml").calls.second_us == 3.0
    assert COSTS.calls.first_us("arrays") == COSTS.calls.json_us
