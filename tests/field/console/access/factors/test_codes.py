"""Codes by time and recovery codes: which are right, and that each works once."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from field.console.access.factors.codes import RECOVERY_CODES, normal_code, step_of
from streams.config.settings import ConfigError
from tests.field.console.access.factors.authenticator import SECRET, code_at, given
from tests.field.console.guarded_app import Door

_CLOCKS = [(-2, "wrong"), (-1, "right"), (1, "right"), (2, "wrong")]


@pytest.mark.parametrize(
    ("now_s", "code"),
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_the_codes_are_those_of_the_standard(now_s: int, code: str) -> None:
    """The last six digits of RFC 6238's appendix B, of SHA-1."""
    assert step_of(SECRET, code, float(now_s)) == now_s // 30


@pytest.mark.parametrize(
    ("steps", "verdict"), [(-2, "wrong"), (-1, "right"), (1, "right"), (2, "wrong")]
)
def test_a_clock_may_differ_by_one_step(door: Door, steps: int, verdict: str) -> None:
    given(door)
    assert door.access.factors.check("fei", code_at(door, steps)) == verdict


def test_a_code_works_once_and_so_does_none_of_before_it(door: Door) -> None:
    given(door)
    factors = door.access.factors
    assert factors.check("fei", code_at(door)) == "right"
    assert factors.check("fei", code_at(door)) == "used"
    assert factors.check("fei", code_at(door, -1)) == "used"
    assert factors.check("fei", code_at(door, 1)) == "right"


def test_the_code_of_the_set_up_is_used_already(door: Door) -> None:
    assert door.access.factors.add("fei", SECRET, code_at(door)) is not None
    assert door.access.factors.check("fei", code_at(door)) == "used"


def test_of_many_who_send_one_code_at_once_one_gets_in(door: Door) -> None:
    (recovery, *_) = given(door)
    for code, verdict in ((code_at(door), "right"), (recovery, "recovery")):
        with ThreadPoolExecutor(4) as pool:
            found = list(pool.map(door.access.factors.check, ["fei"] * 8, [code] * 8))
        assert found.count(verdict) == 1


def test_a_code_may_be_typed_in_many_ways(door: Door) -> None:
    recovery = given(door)
    code = code_at(door)
    assert door.access.factors.check("fei", f" {code[:3]} {code[3:]}\n") == "right"
    assert door.access.factors.check("fei", recovery[0].upper().replace("-", " ")) == "recovery"
    wide = "".join(chr(ord(digit) - ord("0") + ord("\uff10")) for digit in "123456")
    assert normal_code(wide) == "123456"


@pytest.mark.parametrize("code", ["", "-", "\0", "\ud800", "1" * 100_000, "é", "12345", "1234567"])
def test_what_is_no_code_is_a_wrong_one(door: Door, code: str) -> None:
    given(door)
    assert door.access.factors.check("fei", code) == "wrong"
    assert door.access.factors.check("nobody", code) == "wrong"


def test_recovery_codes_work_once_for_one_account_and_lie_nowhere(
    door: Door, tmp_path: Path
) -> None:
    codes = given(door)
    assert len(set(codes)) == RECOVERY_CODES == door.access.factors.left("fei")
    for code in codes[:2]:
        assert door.access.factors.check("vera", code) == "wrong"
        assert door.access.factors.check("fei", code) == "recovery"
        assert door.access.factors.check("fei", code) == "wrong"
    assert door.access.factors.left("fei") == RECOVERY_CODES - 2
    for file in tmp_path.glob("accounts.db*"):
        held = file.read_bytes()
        assert not [code for code in codes if normal_code(code).encode() in held]


def test_there_is_one_factor_at_most_and_none_without_an_account(door: Door) -> None:
    given(door)
    for name in ("fei", "nobody"):
        with pytest.raises(ConfigError, match="has a second factor already, or is no account"):
            door.access.factors.add(name, SECRET, code_at(door))
    assert door.access.factors.left("nobody") == 0
    door.access.accounts.remove("fei")
    assert (door.access.factors.names(), door.access.factors.left("fei")) == (set(), 0)
