"""How good alerts about calls are, measured against the truth of a trace.

What counts are revisions of probability 0.5 or more. A call is found when a counted revision lists
it; a caller is accused when one lists its number as a caller. A caller who goes on is found in time
when it is accused before its twentieth call has arrived; of a campaign whose numbers rotate the
calls from the fiftieth on count. A number that a fraud shows and that the truth has as somebody
else's isn't to be accused: it is found when a counted revision names it, also as impersonated.
Beside it stands how many are named in time in whatever role: a line of home that is shown from
abroad may have an owner or none, which calls don't tell.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from msgspec import Struct

from detectors.model.codes import LEVELS
from detectors.model.columns import Calls
from detectors.model.finding import CALL_ALERTS, Role
from replay.scoring.evaluate import LEAST_PROBABILITY
from replay.screened.screened_file import decoded_chunks, reader_of
from replay.traces.trace_files import open_trace
from replay.traces.truth import CALL_KINDS, FRAUDS, EvaluationError, read_lines
from streams.limits import Limits
from streams.privacy.hasher import Hasher
from streams.progress import by_bytes

PERSISTENT_CALLS, ROTATING_CALLS = 20, 50
#: The look of those whose numbers frauds show, and the role of their numbers in alerts.
_OWNED = "impersonated"


class Named(Struct, frozen=True):
    """A number of an alert."""

    number: str
    role: str = "caller"


class CallAlert(Struct, frozen=True):
    """What is read of one revision of an alert; other fields are ignored."""

    alert_id: str
    ts: int
    kind: str
    probability: float
    numbers: list[Named] = []
    calls: list[str] = []
    campaign: str | None = None


class Story(Struct, frozen=True):
    """A line of the truth about calls; ``look`` is of an honest caller that looks odd."""

    id: str
    kind: str
    calls: list[str] = []
    callers: list[str] = []
    look: str = ""
    subscriber: str = ""
    level: str = ""
    since: int = 0


class Notice(Struct, frozen=True):
    """A notice of a victim."""

    subscriber: str
    level: str
    ts: int


@dataclass(frozen=True, slots=True)
class Recorded:
    """The calls of a trace: of each reference the caller's pseudonym, when its first record arrived
    and when it was set up (ms); and all callers."""

    caller: Mapping[str, str]
    rx_ms: Mapping[str, int]
    ts_ms: Mapping[str, int]
    callers: frozenset[str]


@dataclass(slots=True)
class CallScores:
    """Counts, which add up over worlds; by kind of fraud unless said otherwise.

    ``accused`` are honest callers by look (empty: nobody who looks odd) among ``honest`` callers;
    ``owners`` are those whose numbers frauds show, ``owners_accused`` those of them who were named
    as callers; ``in_time`` are callers who go on that are found in time, ``named_in_time`` those
    that are named until then in whatever role; ``alone`` are frauds of which one campaign has a
    tenth of the calls or more, and no other.
    """

    frauds: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    alone: Counter[str] = field(default_factory=Counter)
    persistent: Counter[str] = field(default_factory=Counter)
    in_time: Counter[str] = field(default_factory=Counter)
    named_in_time: Counter[str] = field(default_factory=Counter)
    rotating_calls: Counter[str] = field(default_factory=Counter)
    rotating_found: Counter[str] = field(default_factory=Counter)
    honest: int = 0
    accused: Counter[str] = field(default_factory=Counter)
    owners: int = 0
    owners_accused: int = 0
    false_alerts: Counter[str] = field(default_factory=Counter)
    victims: Counter[str] = field(default_factory=Counter)
    warned: Counter[str] = field(default_factory=Counter)
    warned_falsely: int = 0

    def plain(self) -> dict[str, Any]:
        """As plain data, for JSON."""
        values = ((name, getattr(self, name)) for name in CallScores.__slots__)
        return {
            name: dict(value) if isinstance(value, Counter) else value for name, value in values
        }

    def add(self, other: "CallScores") -> None:
        """Takes another world's counts in."""
        for name in CallScores.__slots__:
            mine, theirs = getattr(self, name), getattr(other, name)
            if isinstance(mine, int):
                setattr(self, name, mine + theirs)
            else:
                mine.update(theirs)


def recorded(path: Path, hasher: Hasher, limits: Limits) -> Recorded:
    """The calls of a trace's file."""
    caller: dict[str, str] = {}
    rx_ms: dict[str, int] = {}
    ts_ms: dict[str, int] = {}
    reader, size = reader_of(path), path.stat().st_size
    chunks = decoded_chunks(reader, "call.signalling", hasher, limits=limits)
    for decoded, _ in by_bytes(chunks, reader, size, "evaluate calls"):
        batch: Calls = decoded.batch
        columns = (batch.call_ref, batch.caller, batch.rx_ms.tolist(), batch.ts_ms.tolist())
        for ref, who, rx, ts in zip(*columns, strict=True):
            caller.setdefault(ref, who)
            rx_ms.setdefault(ref, rx)
            ts_ms.setdefault(ref, ts)
    return Recorded(caller, rx_ms, ts_ms, frozenset(filter(None, caller.values())))


def read_stories(path: Path) -> list[Story]:
    """The lines of a truth that are about calls. Raises `EvaluationError`."""
    return [story for _, story in read_lines(path, Story, "truth") if story.kind in CALL_KINDS]


def score_run(alerts: Path, truth: Path, hasher: Hasher, limits: Limits) -> CallScores:
    """The scores of a run by its `alerts.jsonl`, the `victims.jsonl` beside it, and a trace's
    `truth.jsonl` with the calls beside that. The hasher is that of the run.

    Raises `EvaluationError` where there are no calls, or the alerts' numbers were hashed under
    another key, and `replay.traces.trace_files.TraceError`.
    """
    stories, files = read_stories(truth), open_trace(truth.parent).files
    if "call.signalling" not in files:
        raise EvaluationError(f"{truth.parent}: there are no calls beside the truth.")
    victims = alerts.parent / "victims.jsonl"
    notices = read_lines(victims, Notice, "victims") if victims.exists() else []
    found = [alert for _, alert in read_lines(alerts, CallAlert, "alerts")]
    calls = recorded(files["call.signalling"], hasher, limits)
    callers = {each.number for alert in found for each in alert.numbers if each.role == "caller"}
    if callers and not callers & calls.callers:
        raise EvaluationError(
            f"{alerts}: none of its callers is in {files['call.signalling']}; set CELLHOUND_KEY to"
            " the key of the run that wrote it."
        )
    return score_calls(found, stories, calls, hasher, [notice for _, notice in notices])


def score_runs(runs: Sequence[tuple[Path, Path]], hasher: Hasher, limits: Limits) -> CallScores:
    """The scores of several runs together, each a pair of alerts and truth, as of `score_run`;
    those without any calls in their truth are passed over."""
    scores = CallScores()
    for alerts, truth in runs:
        if read_stories(truth):
            scores.add(score_run(alerts, truth, hasher, limits))
    return scores


def score_calls(
    alerts: Iterable[CallAlert],
    stories: Sequence[Story],
    calls: Recorded,
    hasher: Hasher,
    notices: Sequence[Notice] = (),
) -> CallScores:
    """The scores of one world."""
    scores = CallScores()
    counted = [
        alert
        for alert in alerts
        if alert.kind in CALL_ALERTS and alert.probability >= LEAST_PROBABILITY
    ]
    frauds = [story for story in stories if story.kind in FRAUDS]
    listed: dict[str, set[str]] = {}
    campaigns = {alert.alert_id: alert.campaign or alert.alert_id for alert in counted}
    for alert in counted:
        listed.setdefault(campaigns[alert.alert_id], set()).update(alert.calls)
    names = {_name(caller, hasher) for story in frauds for caller in story.callers}
    looks = {
        _name(caller, hasher): story.look
        for story in stories
        if story.kind == "look_alike"
        for caller in story.callers
    }
    named_ms, accused_ms = _first_named(counted), _first_named(counted, "caller")
    owned_ms = {number: ts for number, ts in named_ms.items() if looks.get(number) == _OWNED}
    for story in frauds:
        _score_fraud(scores, story, calls, listed, {**accused_ms, **owned_ms}, named_ms)
    scores.honest = len(calls.callers - names)
    scores.accused.update(looks.get(number, "") for number in accused_ms if number not in names)
    owners = {number for number, look in looks.items() if look == _OWNED}
    scores.owners, scores.owners_accused = len(owners), len(owners & accused_ms.keys())
    of_frauds = {call for story in frauds for call in story.calls}
    kinds = {campaigns[alert.alert_id]: alert.kind for alert in counted}
    about: dict[str, set[str]] = {}
    for alert in counted:
        numbers = {each.number for each in alert.numbers}
        about.setdefault(campaigns[alert.alert_id], set()).update(numbers)
    for name, refs in listed.items():
        if not refs & of_frauds and not about[name] & names:
            scores.false_alerts[kinds[name]] += 1
    _score_victims(scores, stories, calls, hasher, notices)
    return scores


def _first_named(alerts: Iterable[CallAlert], role: Role | None = None) -> dict[str, int]:
    """When which number was first named in a role, or in any (ms)."""
    first_ms: dict[str, int] = {}
    for alert in alerts:
        for named in alert.numbers:
            if role is None or named.role == role:
                first_ms[named.number] = min(alert.ts, first_ms.get(named.number, alert.ts))
    return first_ms


def _score_fraud(
    scores: CallScores,
    story: Story,
    calls: Recorded,
    listed: Mapping[str, set[str]],
    found_ms: Mapping[str, int],
    named_ms: Mapping[str, int],
) -> None:
    kind = story.kind
    own = sorted((ref for ref in story.calls if ref in calls.ts_ms), key=calls.ts_ms.__getitem__)
    found = {ref for refs in listed.values() for ref in refs}
    scores.frauds[kind] += 1
    scores.found[kind] += any(ref in found for ref in own)
    large = [name for name, refs in listed.items() if 10 * sum(r in refs for r in own) >= len(own)]
    scores.alone[kind] += len(large) == 1
    by_caller: dict[str, list[int]] = {}
    for ref in own:
        by_caller.setdefault(calls.caller[ref], []).append(calls.rx_ms[ref])
    for caller, arrivals in by_caller.items():
        if caller and len(arrivals) >= PERSISTENT_CALLS:
            twentieth = sorted(arrivals)[PERSISTENT_CALLS - 1]
            scores.persistent[kind] += 1
            scores.in_time[kind] += found_ms.get(caller, 1 << 62) <= twentieth
            scores.named_in_time[kind] += named_ms.get(caller, 1 << 62) <= twentieth
    if kind in ("scam_campaign", "wangiri", "sim_box"):
        late = own[ROTATING_CALLS - 1 :]
        scores.rotating_calls[kind] += len(late)
        scores.rotating_found[kind] += sum(ref in found for ref in late)


def _score_victims(
    scores: CallScores,
    stories: Sequence[Story],
    calls: Recorded,
    hasher: Hasher,
    notices: Sequence[Notice],
) -> None:
    """Of victims by level, those of whom a notice of that level or a deeper one came."""
    victims = [story for story in stories if story.kind == "victim"]
    warned: dict[str, int] = {}
    for notice in notices:
        level = LEVELS.index(notice.level)
        warned[notice.subscriber] = max(level, warned.get(notice.subscriber, 0))
    names = {_name(victim.subscriber, hasher) for victim in victims}
    for victim in victims:
        scores.victims[victim.level] += 1
        level = warned.get(_name(victim.subscriber, hasher), -1)
        scores.warned[victim.level] += level >= LEVELS.index(victim.level)
    scores.warned_falsely += sum(
        level > 0 and subscriber not in names for subscriber, level in warned.items()
    )


def _name(number: str, hasher: Hasher) -> str:
    """The pseudonym of a clear number of the truth."""
    found = hasher.number(number)
    return number if found is None else found.name
