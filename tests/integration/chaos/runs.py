"""One run: a recording in slices, faults one after the other, and what came of it."""

import os
import shutil
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from random import Random

from tests.integration.chaos.faults import KINDS
from tests.integration.chaos.faults_beneath import OF_BROKERS
from tests.integration.chaos.feed import Feed
from tests.integration.chaos.struck import Struck
from tests.integration.chaos.verdicts import Verdict, account_of, differences, newest
from tests.integration.conftest import Known
from tests.integration.deployment import MISSED_SOON
from tests.integration.waiting import COORDINATOR_MOVES, wait_until

#: Faults begin so long after their slice was sent (s).
PAUSE_S = (0.0, 1.0)
SETTLES_S = 900.0


@dataclass(frozen=True)
class Strike:
    """A fault to strike, by its name; ``stop_s`` and ``away_s`` as `Struck` has them."""

    name: str
    stop_s: float = 60.0
    away_s: float = 600.0


def drawn(
    faults: int,
    a_run: int,
    names: Sequence[str],
    seed: int,
    stop_s: Sequence[float] = (60.0,),
    away_s: Sequence[float] = (600.0,),
) -> list[list[Strike]]:
    """The faults of each run: all kinds in turn, in an order of chance, so that each strikes as
    often. The first of a kind lasts as long as the first number says, later ones as the last.

    >>> [[one.name for one in run] for run in drawn(3, 2, ["a"], 1)]
    [['a', 'a'], ['a']]
    >>> [one.away_s for one in drawn(3, 3, ["a"], 1, away_s=(600.0, 20.0))[0]]
    [600.0, 20.0, 20.0]
    """
    order: list[Strike] = []
    chance = Random(seed)
    while len(order) < faults:
        at = 0 if not order else -1
        order += [Strike(name, stop_s[at], away_s[at]) for name in chance.sample(names, len(names))]
    return [order[at : min(at + a_run, faults)] for at in range(0, faults, a_run)]


def run(struck: Struck, known: Known, strikes: Sequence[Strike], seed: int) -> Verdict:
    """Strikes, one after the other, and looks what came of it; all processes have ended then."""
    chance, begun = Random(seed), time.monotonic()
    deployment = struck.deployment
    deployment.settings |= MISSED_SOON
    # Small chunks, so that faults fall into the midst of things.
    deployment.settings["CELLHOUND__STREAMS__CHUNK_RECORDS"] = "50"
    verdict = Verdict(0, seed, [strike.name for strike in strikes])
    verdict.notes, verdict.behind = struck.notes, struck.behind
    try:
        deployment.load_register(known.trace)
        feed = Feed(deployment, known.trace, len(strikes) + 1)
        deployment.start()
        deployment.start()
        for strike in strikes:
            strike_in(struck, feed, strike, chance)
            struck.revive()
        feed.end()
        settle(struck)
        verdict.differs += differences(deployment.alerts(), known.alerts)
        verdict.differs += _console_differs(struck, known)
        verdict.account = account_of(deployment)
        if verdict.account["exit code"]:
            verdict.differs.append("the account does not add up")
    except Exception as error:  # A run that fails is a verdict too; the others go on.
        verdict.differs.append(f"{type(error).__name__}: {error}"[:400])
    finally:
        deployment.stop_all()
        if struck.console is not None:
            struck.console.end()
    verdict.differs += struck.wrong
    verdict.seconds = time.monotonic() - begun
    if not verdict.equal and (kept := os.environ.get("CHAOS_LOGS")):
        shutil.copytree(deployment.folder, Path(kept) / f"seed-{seed}", dirs_exist_ok=True)
    return verdict


def strike_in(struck: Struck, feed: Feed, strike: Strike, chance: Random) -> None:
    """One fault in the midst of a slice: before one of the broker all of it was sent, since nobody
    could send then; in others it comes meanwhile."""
    struck.stop_s, struck.away_s = strike.stop_s, strike.away_s
    fault = KINDS[strike.name]
    if fault in OF_BROKERS:
        feed.next_slice()
        time.sleep(chance.uniform(*PAUSE_S))
        _look(struck)
        fault(struck, chance)
        return
    with ThreadPoolExecutor(1) as beside:
        sending = beside.submit(feed.next_slice, slowly=True)
        time.sleep(chance.uniform(*PAUSE_S))
        _look(struck)
        fault(struck, chance)
        sending.result()


def settle(struck: Struck) -> None:
    """Waits until all is worked off, for as long as a busy machine may need; raises AssertionError
    where it isn't by then."""
    over_s = time.monotonic() + SETTLES_S
    while True:
        struck.revive()
        try:
            struck.deployment.wait_until_idle()
        except AssertionError:
            if time.monotonic() > over_s:
                raise
        else:
            return


def _look(struck: Struck) -> None:
    """Notes how many records are there and not yet worked off; not where that is dear, in CI."""
    if struck.broker is not None:
        wait_until(lambda: _noted(struck), "a broker says how far the group has come")


def _noted(struck: Struck) -> bool:
    try:
        committed, ends = struck.deployment.offsets()
    except COORDINATOR_MOVES:  # The fault before this one was the broker's.
        return False
    struck.behind.append(sum(end - committed.get(tp, 0) for tp, end in ends.items()))
    return True


def _console_differs(struck: Struck, known: Known) -> list[str]:
    """What the console does not show as it should be; all alerts are there already."""
    console = struck.console
    if console is None:
        return []
    if not console.alive():
        return [f"the console ended by itself: {console.log_text()[-200:]}"]
    due = {int(which, 16): one.revision for which, one in newest(known.alerts).items()}

    def shown() -> dict[int, int]:
        return {number: one["revision"] for number, one in console.shown().items()}

    try:
        wait_until(lambda: shown() == due, "the console shows the alerts")
    except AssertionError:
        return [f"the console shows {shown()} where {due} is due"]
    return []
