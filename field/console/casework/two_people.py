"""Four eyes: who asked for a search for people, who approved it, and whether it may run.

The trail holds it all. An ask names one search on one alert; another admin approves or refuses it;
one run by who asked uses the approval up. This is the pure part: from records of the trail, in
their order, to what became of each ask. By then the store has checked each record's signature and
role.
"""

from collections.abc import Collection, Iterable
from typing import Any, Final, Literal
from urllib.parse import urlsplit

import msgspec

from field.alerts.life_cycle import Action
from streams.config.console import ConsoleSettings
from streams.listening import address, is_loopback

ASK: Final = "companions_ask"
APPROVE: Final = "companions_approve"
REFUSE: Final = "companions_refuse"
RUN: Final = "companions"

#: An ask waits for so long (ms): the other admin may be of the next shift.
WAITS_MS: Final = 86_400_000
#: An approval holds for so long (ms): it is for what is about to be done, and no stock of rights.
HOLDS_MS: Final = 3_600_000

#: ``over``: nobody decided in time, or nobody ran it in time.
AskState = Literal["waiting", "approved", "refused", "used", "over"]


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """Of what a search is: an alert's revision, and when it was first and last seen then (ms).

    An alert grows after that; the search does not.
    """

    revision: int
    first_seen: int
    last_seen: int


class Ask(msgspec.Struct, kw_only=True):
    """An ask and what became of it. ``until`` (ms) is when it ends as it stands; ``search`` and
    ``span`` what exactly may run, nothing without a span; ``decision_id`` and ``run_id`` name
    records of the trail."""

    ask_id: str
    by: str
    ts: int
    search: dict[str, Any]
    span: Span | None
    until: int
    state: AskState = "waiting"
    decided_by: str | None = None
    decided_ts: int | None = None
    decision_id: str | None = None
    run_id: str | None = None


def needs_two(settings: ConsoleSettings) -> bool:
    """Whether a search for people needs a second admin: as ``console.four_eyes`` says; by default
    where others than this computer's users reach the console, by itself or through a proxy.

    >>> needs_two(ConsoleSettings()), needs_two(ConsoleSettings(listen="0.0.0.0:8340"))
    (False, True)
    """
    if settings.four_eyes == "beyond_loopback":
        return _is_reached(settings)
    return settings.four_eyes == "always"


def is_alone(settings: ConsoleSettings) -> bool:
    """Whether one admin may search alone, though others than this computer's users reach the
    console."""
    return settings.four_eyes == "never" and _is_reached(settings)


def in_one_hand(name: str, set_by: Collection[tuple[str, str]]) -> set[str]:
    """The accounts that one person may have together with that of ``name``, which is among them.

    ``set_by`` are pairs of an account and who added it or set its role, password or second factor.
    Whoever did so may log in by it, and go on from there; so accounts that go back to the same one
    are in one hand, whichever of them asks and whichever approves.

    >>> sorted(in_one_hand("eve", [("eve", "ada"), ("mal", "ada"), ("bo", "mal"), ("cy", "di")]))
    ['ada', 'bo', 'eve', 'mal']
    """
    behind = _reached({name}, set_by)
    return _reached(behind, [(by, account) for account, by in set_by])


def asks(actions: Iterable[Action], now: int) -> list[Ask]:
    """What became of each ask among an alert's actions, in the trail's order; ``now`` in ms.

    Nobody approves what they asked for; who asked may take it back.
    """
    found: dict[str, Ask] = {}
    for action in actions:
        if action.action == ASK:
            until = action.ts + WAITS_MS
            ask = Ask(
                ask_id=action.action_id,
                by=action.by,
                ts=action.ts,
                search=_without_span(action.details),
                span=_span(action.details),
                until=until,
            )
            found.setdefault(action.action_id, ask)
        elif (known := found.get(str(action.details.get("ask_id")))) is not None:
            _follow(known, action)
    for ask in found.values():
        if ask.state in ("waiting", "approved") and now > ask.until:
            ask.state = "over"
    return list(found.values())


def _follow(ask: Ask, action: Action) -> None:
    """What an action that names the ask makes of it."""
    if action.ts > ask.until:
        return
    if ask.state == "waiting" and action.action in (APPROVE, REFUSE):
        if action.action == APPROVE and action.by == ask.by:
            return
        ask.decided_by, ask.decided_ts, ask.decision_id = action.by, action.ts, action.action_id
        if action.action == APPROVE:
            ask.state, ask.until = "approved", action.ts + HOLDS_MS
        else:
            ask.state = "refused"
    elif ask.state == "approved" and action.action == RUN and action.by == ask.by:
        ask.state, ask.run_id = "used", action.action_id


def _span(details: dict[str, Any]) -> Span | None:
    """``None`` where the record has none that is whole."""
    try:
        return msgspec.convert(details, Span)
    except msgspec.ValidationError:
        return None


def _without_span(details: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in details.items() if key not in Span.__struct_fields__}


def _reached(names: set[str], steps: Collection[tuple[str, str]]) -> set[str]:
    """``names``, and where steps (from, to) lead from them."""
    reached = set(names)
    while more := {to for begin, to in steps if begin in reached} - reached:
        reached |= more
    return reached


def _is_reached(settings: ConsoleSettings) -> bool:
    host, _ = address(settings.listen, "console.listen")
    if not is_loopback(host) or settings.proxy_addresses:
        return True
    public = urlsplit(settings.public_url).hostname
    return public is not None and not is_loopback(public)
