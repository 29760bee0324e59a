"""How many texts of frauds have a finding of the rules of texts, and how many honest ones.

Draws worlds of calls and texts (with ``--city`` drawn cities with transmitters beside them), or
takes ``--trace`` folders whose truth names transmitters, and prints a row for each rule: waves (all
texts with one number or posing domain) with a finding, texts until it comes, texts with one of
their own or that come once their wave has one, and honest texts with one.

``python -m benchmarks.text_rules --seeds 1-20 [--hours 12] [--city] [--jobs 2] [--trace DIR]``
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import gzip
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import click
import msgspec

from benchmarks.measuring.calls.drawn import drawn_world, stories
from benchmarks.measuring.calls.found import findings, rule_with
from benchmarks.measuring.detection.cases import seeds_in
from benchmarks.measuring.detection.runs import in_pool
from detectors.model.finding import Finding
from replay.simulate.calls.city import simulate_city_asked
from replay.simulate.drawn.parameters import Value
from streams.config.settings import load_settings
from streams.privacy.hasher import Hasher

RULES = ("phishing_domain", "template_burst")
EITHER = "either"
TEXTS = "sms.jsonl.gz"
#: Only transmitters and frauds link there, in drawn worlds and in cities by other hands.
POSING = frozenset(("icbc-vip.example", "ccb-vip.xyz", "10086cx.cc", "gov-pay.vip", "icbc-jf.top"))
FEWEST = 4
Place = tuple[int, int]


class Counts(msgspec.Struct):
    """Of one world, by rule: waves of at least `FEWEST` texts with a finding, and after how many
    texts; texts with one of their own, and that come once their wave has one; honest ones."""

    waves: int
    texts: int
    honest: int
    found_waves: dict[str, int]
    first: dict[str, list[int]]
    own: dict[str, int]
    known: dict[str, int]
    odd: dict[str, int]


def counts(hours: float, city: bool, parameters: Sequence[str], case: int | Path) -> Counts:
    """Of one seed, or of one trace."""
    with _trace(hours, city, case) as trace, tempfile.TemporaryDirectory() as folder:
        only = Path(folder)
        for name in (TEXTS, "numbers.jsonl.gz", "register.csv"):
            if (trace / name).exists():
                (only / name).symlink_to((trace / name).resolve())
        settings = load_settings(env={})
        rules = tuple(rule_with(name, parameters) for name in RULES)
        settings = msgspec.structs.replace(settings, rules=rules)
        found = findings(only, settings, Hasher(b"measuring" * 4, settings.senders))
        return _counted(list(_rows(trace / TEXTS)), _frauds(trace), found)


@contextmanager
def _trace(hours: float, city: bool, case: int | Path) -> Iterator[Path]:
    """The folder of a trace: one that is there, or one that is drawn and goes afterwards."""
    if isinstance(case, Path):
        yield case
        return
    given: dict[str, Value] = {"hours": hours, "oversample": 10, "rogue_callbacks": 1 + case % 3}
    if not city:
        with drawn_world(case, given) as trace:
            yield trace
        return
    with tempfile.TemporaryDirectory() as folder:
        asked = [f"{name}={value}" for name, value in given.items()]
        simulate_city_asked(None, Path(folder), seed=case, given=asked)
        yield Path(folder)


def _rows(path: Path) -> Iterator[tuple[Place, dict[str, Any]]]:
    """All texts of a file, each with its line and its place in an array."""
    with gzip.open(path) as lines:
        for number, line in enumerate(lines, 1):
            try:
                row = msgspec.json.decode(line)
            except (msgspec.DecodeError, UnicodeDecodeError):
                continue
            several = row if isinstance(row, list) else [row]
            first = 0 if isinstance(row, list) else -1
            for index, one in enumerate(several, first):
                if isinstance(one, dict) and isinstance(one.get("rx_ts"), int):
                    yield (number, index), one


def _frauds(trace: Path) -> set[str]:
    """The numbers that campaigns use."""
    campaigns = [story for story in stories(trace) if story.get("kind") == "scam_campaign"]
    return {caller for story in campaigns for caller in story["callers"]}


def _counted(
    rows: Sequence[tuple[Place, dict[str, Any]]], frauds: set[str], findings: list[Finding]
) -> Counts:
    waves: dict[str, list[tuple[int, Place]]] = defaultdict(list)
    honest = set[Place]()
    for number, row in rows:
        callback, domain = row.get("callback"), row.get("url_domain")
        is_fraud = callback in frauds or (domain in POSING and row.get("source") != "smsc")
        if is_fraud:
            waves[str(callback or domain)].append((int(row["rx_ts"]), number))
        else:
            honest.add(number)
    result = Counts(0, 0, len(honest), *(dict.fromkeys((*RULES, EITHER), 0) for _ in range(5)))
    result.first = {name: [] for name in (*RULES, EITHER)}
    result.texts = sum(len(texts) for texts in waves.values())
    for name in (*RULES, EITHER):
        of_rule = [f for f in findings if name in (f.detector, EITHER)]
        of_rule.sort(key=lambda finding: -finding.rx_ts)
        at = {(f.source.offset, f.source.index): f.rx_ts for f in of_rule}
        result.odd[name] = len(honest & at.keys())
        for texts in waves.values():
            first = min((at[n] for _, n in texts if n in at), default=None)
            if first is None:
                continue
            result.own[name] += sum(n in at for _, n in texts)
            result.known[name] += sum(n in at or rx >= first for rx, n in texts)
            if len(texts) >= FEWEST:
                result.found_waves[name] += 1
                result.first[name].append(sum(rx < first for rx, _ in texts))
    result.waves = sum(len(texts) >= FEWEST for texts in waves.values())
    return result


@click.command(help=(__doc__ or "").split("\n\n")[0])
@click.option("--seeds", default="1-4", help="Seeds, such as 1-3,7.")
@click.option("--hours", default=12.0, help="Length of each world.")
@click.option("--city", is_flag=True, help="Drawn cities with transmitters beside the calls.")
@click.option("--jobs", default=2, type=click.IntRange(1), help="Processes.")
@click.option("--with", "parameters", multiple=True, help="RULE.PARAMETER=VALUE, any number.")
@click.option("--trace", multiple=True, type=click.Path(path_type=Path), help="Traces instead.")
def main(
    seeds: str,
    hours: float,
    city: bool,
    jobs: int,
    parameters: tuple[str, ...],
    trace: tuple[Path, ...],
) -> None:
    """Prints the table."""
    every: list[Any] = list(trace) or list(seeds_in(seeds))
    results = in_pool(partial(counts, hours, city, parameters), every, jobs, "counted")
    waves, texts, honest = (
        sum(getattr(r, n) for r in results) for n in ("waves", "texts", "honest")
    )
    print(f"{len(results)} worlds, {waves} waves, {texts} texts of frauds, {honest} honest records")
    print(f"{'rule':<18}{'waves':>8}{'after':>8}{'own':>8}{'known':>8}{'honest of 100,000':>20}")
    for name in (*RULES, EITHER):
        first = sorted(each for r in results for each in r.first[name])
        shares = [
            sum(r.found_waves[name] for r in results) / max(1, waves),
            *(
                sum(getattr(r, of)[name] for r in results) / max(1, texts)
                for of in ("own", "known")
            ),
        ]
        after = first[len(first) // 2] if first else "-"
        odd = 1e5 * sum(r.odd[name] for r in results) / max(1, honest)
        print(
            f"{name:<18}{shares[0]:>8.3f}{after:>8}{shares[1]:>8.3f}{shares[2]:>8.3f}{odd:>20.2f}"
        )


if __name__ == "__main__":
    main()
