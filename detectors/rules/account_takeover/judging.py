"""The second half of `account_takeover`: what changes, codes and calls of a subscriber come to."""

from typing import Any, Final, NamedTuple

import msgspec

from detectors.model.finding import Finding, Observation
from detectors.rules.account_takeover.accounts import (
    Account,
    Accounts,
    Change,
    Sign,
    add_codes,
    add_sign,
    newest,
    rarity_nats,
)
from detectors.rules.account_takeover.parameters import MS_A_MIN, MS_AN_H, Parameters

CHANGES: Final = ("sim_replaced", "forwarding_set", "secondary_number")
#: After these, people log in anew to all that they use.
_NEW_PHONE: Final = ("sim_replaced", "secondary_number")
#: Each number of codes, from three to thirteen, is as likely where an account is taken over.
_SPREAD_NATS: Final = 2.4
#: What is weaker than the strongest sign counts so much: all may have one cause.
_SHARED: Final = 0.5
#: A finding says more than the one before by so much.
_MORE_NATS: Final = 0.2


class Weighed(NamedTuple):
    """What a change and what followed weigh; ``ts`` is of the sign that came last."""

    weight: float
    ts: int
    calls: tuple[str, ...]
    values: dict[str, str | int | float | None]


def observe(rule: Parameters, state: Accounts, observation: Observation) -> None:
    """Takes one observation in, and puts down what follows from it."""
    values: Any = observation.values
    who, keep_ms = observation.who, int(rule.remembered_h * MS_AN_H)
    if observation.kind == "codes":
        account = newest(state.by_device, who, observation.rx_ts, keep_ms)
        add_codes(account, [1000 * int(each) for each in str(values["times_s"]).split()])
        owner = state.by_number.get(state.numbers.get(who, ""))
        if owner is not None:
            _judge(rule, state, owner, observation)
        return
    account, known = newest(state.by_number, who, observation.rx_ts, keep_ms), observation.of_calls
    if account.about is None or (known is not None and known.prefix is not None):
        account.about = known
    if observation.kind in CHANGES:
        account.device = str(values["device"])
        state.tie(account.device, who)
        account.changes = [*account.changes, Change(observation.kind, observation.ts)][-4:]
    else:
        ref = known.calls[0] if known is not None and known.calls else ""
        add_sign(account, Sign(observation.kind, observation.ts, ref))
    _judge(rule, state, account, observation)


def weigh(rule: Parameters, change: Change, signs: list[Sign], codes: list[int]) -> Weighed:
    """What a change weighs with what followed it: the strongest sign, and half of the others."""
    slack_ms, since_ms = rule.clock_s * 1000, change.ts - rule.clock_s * 1000
    until_ms = change.ts + rule.after_min * MS_A_MIN + slack_ms
    after = [each for each in signs if since_ms <= each.ts <= until_ms]
    before = {each.kind for each in signs if each.ts < since_ms}
    banks = [each for each in after if each.kind == "bank"]
    elsewhere = [each for each in after if each.kind == "diverted"]
    if change.kind == "forwarding_set":
        banks = []
    else:
        elsewhere = []
    if rule.excuse_rings_banks and "bank" in before:
        banks = []
    if rule.excuse_diverts and "diverted" in before:
        elsewhere = []
    times = sorted(each for each in codes if since_ms <= each <= until_ms)
    many = _densest(times, rule.burst_min * MS_A_MIN)
    parts = sorted(
        (
            rule.bank_weight if banks else 0.0,
            rule.diverted_weight if elsewhere else 0.0,
            _codes_nats(rule, change.kind, many),
        )
    )
    weight = min(rule.cap, parts[-1] + _SHARED * sum(parts[:-1]))
    calls = tuple(each.ref for each in (*banks, *elsewhere) if each.ref)
    last = max([change.ts, *(each.ts for each in (*banks, *elsewhere)), *times[-1:]])
    values: dict[str, str | int | float | None] = {
        "codes": many,
        "banks": len(banks),
        "diverted": len(elsewhere),
    }
    return Weighed(weight, int(last), calls, values)


def _codes_nats(rule: Parameters, kind: str, many: int) -> float:
    """What so many codes within a while weigh, by how many the innocent get."""
    new_phone = kind in _NEW_PHONE and rule.excuse_new_phone
    usual = rule.usual_codes if new_phone else rule.stray_codes
    if many < rule.least_codes:
        return 0.0
    return min(rule.codes_weight, max(0.0, rarity_nats(many, usual) - _SPREAD_NATS))


def _densest(times: list[int], window_ms: float) -> int:
    """The most of some times, in order, that lie within a window.

    >>> _densest([0, 1, 2, 10, 11], 2)
    3
    """
    return max(
        (sum(at <= each <= at + window_ms for each in times) for at in times),
        default=0,
    )


def _judge(rule: Parameters, state: Accounts, account: Account, observation: Observation) -> None:
    """Puts down what follows, where it is more than was found before."""
    of_texts = state.by_device.get(account.device)
    codes = of_texts.codes if of_texts is not None else []
    for change in account.changes:
        weighed = weigh(rule, change, account.signs, codes)
        if weighed.weight >= max(rule.least_weight, change.found + _MORE_NATS):
            change.found = weighed.weight
            state.due.append(_finding(rule, account, change.kind, weighed, observation))


def _finding(
    rule: Parameters, account: Account, kind: str, weighed: Weighed, observation: Observation
) -> Finding:
    assert account.about is not None
    given, number = account.about, account.about.number or ""
    given = msgspec.structs.replace(given, calls=weighed.calls, people=(number,))
    more: dict[str, Any] = {"who": number, "of_calls": given, "ts": weighed.ts}
    values = {"change": kind, **weighed.values}
    return rule.finding_about(observation, round(weighed.weight, 2), values=values, **more)
