"""What a zone knows of the reports and marks of each number, domain and text, and how right their
sources were."""

from math import lgamma

import msgspec

from detectors.features.memory.lru import keep, renew
from detectors.features.memory.pending_findings import Due
from detectors.model.finding import OfCalls

#: Numbers and domains, and reporters of a day, that are remembered; and what of each.
_MOST, _OF_ONE = 1 << 16, 64
#: Of a source so much is remembered of how right it was: it may change.
_MOST_JUDGED = 200.0


class Report(msgspec.Struct, array_like=True):
    """One complaint: through whom, by whom, on which day (of arrival), when (ms), and as how much
    of one it counts."""

    by: str
    reporter: str
    day: int
    rx: int
    share: float


class Mark(msgspec.Struct, array_like=True):
    """How a source marks a number: as how many reports it counts, when, and until when (ms)."""

    reports: float
    ts: int
    until: int | None
    appealed: bool


class Subject(msgspec.Struct):
    """A number, a domain or a text; ``rx`` is of the newest record. What happened before
    ``since_ms`` was about another owner. ``judged`` are the sources that a case of the police has
    proved right."""

    rx: int
    about: OfCalls
    reports: list[Report] = []
    marks: dict[str, Mark] = {}
    since_ms: int = 0
    judged: list[str] = []


class Source(msgspec.Struct, array_like=True):
    """How often a source was right and wrong, as far as that became known."""

    right: float = 0.0
    wrong: float = 0.0


class Busy(msgspec.Struct, array_like=True):
    """How many complaints somebody made on a day."""

    rx: int
    count: int = 0


class Opinions(Due):
    """State of the zone; subjects by name, reporters by source, name and day."""

    subjects: dict[str, Subject] = msgspec.field(default_factory=dict)
    sources: dict[str, Source] = msgspec.field(default_factory=dict)
    reporters: dict[str, Busy] = msgspec.field(default_factory=dict)

    def subject(self, name: str, about: OfCalls, rx: int, keep_ms: int) -> Subject:
        """A number or domain, newly or again."""
        subject = self.subjects.get(name, Subject(rx, about))
        if subject.about.prefix is None:
            subject.about = about
        return renew(self.subjects, name, subject, rx, keep_ms, _MOST)

    def complaints_of(self, reporter: str, rx: int, keep_ms: int) -> int:
        """How many somebody has made on a day, with this one."""
        busy = self.reporters.get(reporter, Busy(rx))
        renew(self.reporters, reporter, busy, rx, keep_ms, _MOST)
        busy.count += 1
        return busy.count

    def judge(self, by: str, right: float, wrong: float) -> None:
        """Notes that a source was right, or wrong."""
        source = self.sources.pop(by, Source())
        source.right, source.wrong = source.right + right, source.wrong + wrong
        if source.right + source.wrong > _MOST_JUDGED:
            source.right, source.wrong = source.right / 2, source.wrong / 2
        keep(self.sources, by, source, _OF_ONE)


def add_report(subject: Subject, report: Report, most_of_one: int | None) -> None:
    """Adds a complaint; one reporter's count once a day, and ``most_of_one`` times in all."""
    if most_of_one is not None:
        theirs = [e for e in subject.reports if (e.by, e.reporter) == (report.by, report.reporter)]
        if len(theirs) >= most_of_one or any(each.day == report.day for each in theirs):
            return
    subject.reports.append(report)
    del subject.reports[:-_OF_ONE]


def beta_binomial_nats(count: float, right: float, wrong: float) -> float:
    """By how much so many independent reports of a source are likelier of a fraud's number than of
    an honest one: log of B(a + n, b) B(a, b) / (B(a, b + n) B(a, b)), where a source's share of
    right ones is drawn from a beta distribution of these parameters.

    The second report says less than the first, since the source itself may be wrong.

    >>> [round(beta_binomial_nats(n, 6.0, 2.0), 2) for n in (0, 1, 2, 5)]
    [0.0, 1.1, 1.95, 3.74]
    """
    return lgamma(right + count) - lgamma(right) - lgamma(wrong + count) + lgamma(wrong)
