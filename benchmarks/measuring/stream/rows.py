"""The variants that are compared, each a process of its own, and how each is run."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Final

import msgspec

from benchmarks.measuring.stream import agreement, worker_run
from benchmarks.measuring.stream.city import City, Reports
from benchmarks.measuring.stream.processes import RunError, is_installed, measured
from benchmarks.measuring.stream.programs.meter import Measured
from benchmarks.measuring.stream.programs.three_rules import NAMES, Found
from benchmarks.measuring.stream.topics import FORMS, TOPIC, Form, Load, Record, Topics, load_of

#: Where the peers write what they find.
_FOUND: Final = "found"


@dataclass(frozen=True, slots=True)
class Row:
    """One variant on one form of messages; ``needs`` is what has to be installed for it."""

    name: str
    form: Form
    text: str
    run: Callable[["Stage", "Row"], Measured]
    needs: str = ""
    options: Mapping[str, str | int] = field(default_factory=dict)


class Stage:
    """A broker, a folder, and the same reports in three forms, which all programs read."""

    def __init__(self, bootstrap: str, folder: Path, city: City, prefix: str = "bench-") -> None:
        self.bootstrap, self.folder, self.city, self.prefix = bootstrap, folder, city, prefix
        self.sites = folder / "sites.msgpack"
        self.loads: dict[Form, Load] = {}
        self._numbers = count()
        self._shared: dict[Form, Topics] = {}

    async def fill(self, reports: Reports, partitions: int, forms: Iterable[Form] = FORMS) -> None:
        """Writes the reports, to a topic for each form."""
        agreement.sites_of(self.city, self.sites)
        for form in forms:
            self.loads[form] = load_of(reports, form, partitions)
            self._shared[form] = await self.topic_of(self.loads[form])

    async def topic_of(self, load: Load) -> Topics:
        """A topic with those records, and one for what peers find in them."""
        topics = Topics(self.bootstrap, self.new_name(), len(load.parts))
        topics.make_one(TOPIC, len(load.parts))
        topics.make_one(_FOUND, 1)
        await topics.fill(load)
        return topics

    def new_name(self) -> str:
        """A prefix, or a group's name, that nothing has had yet."""
        return f"{self.prefix}{next(self._numbers)}-"

    def shared(self, form: Form) -> Topics:
        """The topic with the reports in a form."""
        return self._shared[form]

    def close(self) -> None:
        """Deletes all topics."""
        for topics in self._shared.values():
            topics.delete()


def _read(module: str) -> Callable[[Stage, Row], Measured]:
    """By one of the programs in `programs`."""

    def run(stage: Stage, row: Row) -> Measured:
        load, topics = stage.loads[row.form], stage.shared(row.form)
        return _measured(stage, module, row, topics, load)

    return run


def _measured(stage: Stage, module: str, row: Row, topics: Topics, load: Load) -> Measured:
    name = stage.new_name()
    folder = stage.folder / name
    folder.mkdir()
    given: dict[str, str | int] = {
        "bootstrap": stage.bootstrap,
        "topic": topics.name,
        "found": topics.kafka.name_of(_FOUND),
        "group": name,
        "partitions": len(load.parts),
        "records": load.records,
        "reports": load.reports,
        "cells": stage.city.cells,
        "sites": str(stage.sites),
        "folder": str(folder),
    }
    return measured(module, given | dict(row.options), row.needs or None)


def _worker(stage: Stage, row: Row) -> Measured:
    name = stage.new_name()
    only = NAMES if row.options.get("rules") == "three" else ()
    load = stage.loads[row.form]
    return worker_run.run(
        worker_run.WorkerRun(stage.bootstrap, name, stage.folder / name, stage.city, load, only)
    )


def rows() -> list[Row]:
    """All variants, in the order in which each round runs them."""
    aiokafka, faust = _read("in_aiokafka"), _read("in_faust")
    made = []
    for form in FORMS:
        # About so many records hold 2,000 reports.
        chunk = {"single": 2000, "arrays": 4, "arrow": 2}[form]
        bare, decoded = {"until": "fetched"}, {"until": "decoded", "chunk": chunk}
        made.append(Row("bare", form, "bare aiokafka, nothing done", aiokafka, options=bare))
        made.append(Row("decode", form, "aiokafka, decode", aiokafka, options=decoded))
        for size in (2000, 500, 100) if form == "single" else (chunk,):
            reports = size if form == "single" else 2000
            screened = {"until": "screened", "chunk": size}
            text = f"aiokafka, decode, all rules in chunks of {reports:,} reports"
            made.append(Row(f"screen-{reports}", form, text, aiokafka, options=screened))
        take, chunks = {"feed": "take"}, {"feed": "chunks"}
        if form == "single":
            made.append(Row("faust-take", form, "Faust, `take`, no-op", faust, options=take))
        made.append(Row("chunk-feed", form, "our chunk reader, no-op", faust, options=chunks))
        made.append(Row("worker", form, "**the worker, whole, all rules**", _worker))
    three = "the worker, whole, three rules"
    made.append(Row("worker-three", "single", three, _worker, options={"rules": "three"}))
    for peer, title in (("quix", "Quix Streams"), ("bytewax", "Bytewax")):
        run = _read(f"in_{peer}")
        for memory, kept in (("kept", "its own state"), ("own", "a dictionary, lost in a crash")):
            name = peer if memory == "kept" else f"{peer}-own"
            text = f"{title}, the same three rules, memory in {kept}"
            made.append(Row(name, "single", text, run, peer, {"memory": memory}))
    return made


def is_left_out(row: Row) -> bool:
    """Whether a variant can't be run here, since what it needs isn't installed."""
    return bool(row.needs) and not is_installed(row.needs)


async def same_findings(stage: Stage, row: Row) -> int:
    """How many findings a peer has in a small set of contradictions: the same as we.

    Raises `RunError` where it finds others.
    """
    asked = agreement.contradictions(stage.city)
    expected = agreement.of_ours(stage.city, asked)
    load = _alone(asked)
    topics = await stage.topic_of(load)
    try:
        _measured(stage, f"in_{row.needs}", row, topics, load)
        values = [record.value for record in topics.read(_FOUND)]
        found = sorted(msgspec.json.decode(value, type=Found) for value in values)
    finally:
        topics.delete()
    if found != expected:
        missing = [each for each in expected if each not in found]
        more = [each for each in found if each not in expected]
        raise RunError(f"{row.text}: missing are {missing}, too many are {more}")
    return len(found)


def _alone(asked: list[dict[str, object]]) -> Load:
    """Those reports in one partition."""
    records: list[Record] = [
        (str(one["device"]).encode(), agreement.encoded(one), (), int(str(one["rx_ts"])))
        for one in asked
    ]
    return Load("single", len(asked), [records], 0)
