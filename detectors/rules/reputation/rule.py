"""What people complain of, the police have a case about, others mark: numbers, domains, texts."""

from typing import Any, ClassVar

import msgspec

from detectors.features.calls.links import links_of
from detectors.model.finding import Family, Observation, OfCalls
from detectors.model.rare_messages import OURS, PublicReport, SubscriberChange
from detectors.model.rare_messages import Reputation as Marking
from detectors.rules.reputation.judging import observe
from detectors.rules.reputation.opinions import Opinions
from detectors.rules.reputation.parameters import Parameters

#: A number begins or ends to be somebody's.
_OWNERS = ("activated", "deactivated")


class Reputation(Parameters, frozen=True, kw_only=True):
    """What is said of a number, a domain or a text, by sources that are right to different degrees.

    What it sees: complaints (`public.reports`), cases of the police among them, and marks
    (`number.reputation`). Each source has a share of right reports, drawn from a beta
    distribution: what it is taken for at first, as `prior_reports` reports, and what became known
    since, by cases of the police and by marks that were taken back. So many reports of one source
    weigh by the beta-binomial distribution: the second says less than the first, since the source
    itself may be wrong. Reports and marks lose half of their number in `half_life_h`. A mark counts
    as the logarithm of its count, and not beside reports of the same source, of which it was made.

    Why a rogue station does it: numbers that frauds use for long are complained of; a case number
    of the police is the best label that there is. Most numbers are gone before.

    Why an honest network may:

    * `excuse_repeats` (F68): people complain of couriers and dealers, bear grudges, and complain
      again and again. One reporter counts once a number and day and `most_of_one` times in all,
      and less who complains of more than `busy_reports` a day. A nuisance counts
      `nuisance_share` of a fraud;
    * `excuse_reassigned` (F67): a number has a new owner since;
    * `excuse_expired` and `excuse_appealed` (F69): a mark's time is over, or its owner appealed.

    One report never accuses anybody: all of this is one family of evidence.

    References: docs/drawn-calls.md, "Sources" (complaints: NDSS 2026); docs/science.md, F68.

    >>> from detectors.rules.sample_town import TOWN
    >>> from detectors.rules.reputation.samples import fires
    >>> found = TOWN.findings(Reputation(), *fires(TOWN))
    >>> [(each.who, each.weight, each.values["cases"]) for each in found]
    [('n0', 0.847, 0), ('n1', 1.226, 0), ('n0', 3.936, 1), ('', 1.735, 0)]
    """

    name: ClassVar[str] = "reputation"
    version: ClassVar[int] = 1
    family: ClassVar[Family] = "report"
    rare: ClassVar[tuple[type[msgspec.Struct], ...]] = (PublicReport, Marking, SubscriberChange)

    def read_rare(self, message: Any) -> Observation | None:
        if isinstance(message, PublicReport):
            return self._observed("report", message, _report_values(message), _about(message))
        if isinstance(message, Marking):
            if message.by == OURS:
                return None  # What we found is no evidence for us.
            return self._observed("mark", message, _mark_values(message), _about(message))
        if message.kind not in _OWNERS:
            return None
        return self._observed("owner", message, {}, OfCalls(number=_number_of(message)))

    def _observed(
        self, kind: str, message: Any, values: dict[str, Any], about: OfCalls
    ) -> Observation:
        return Observation(
            detector=self.name,
            kind=kind,
            ts=message.rx_ts if message.ts is None else message.ts,
            rx_ts=message.rx_ts,
            space="number",
            who=about.number or "",
            values=values,
            of_calls=about,
            source=message.source,
        )

    def observe(self, state: Opinions, observation: Observation) -> None:
        observe(self, state, observation)


def _number_of(message: SubscriberChange) -> str:
    return message.number or message.subscriber


def _about(message: PublicReport | Marking) -> OfCalls:
    """The number, the domain, and the form of a text; of a text, the number is one to call."""
    domain, form = (getattr(message, name, None) for name in ("url_domain", "content_hash"))
    role = "callback" if getattr(message, "about", "call") == "sms" else "caller"
    return OfCalls(
        number=message.number,
        prefix=message.prefix,
        length=message.length,
        role=role,  # type: ignore[arg-type]
        links=links_of(domain=domain, template=form),
    )


def _report_values(message: PublicReport) -> dict[str, Any]:
    """Who says so is the report's source: a case number is no sign of the police, since the
    complaints centre and banks number what they work on as well."""
    return {"by": message.by, "category": message.category, "reporter": message.reporter}


def _mark_values(message: Marking) -> dict[str, Any]:
    given = {name: getattr(message, name) for name in ("by", "mark", "count", "valid_until")}
    flags = {"appealed": bool(message.appealed), "deleted": message.deleted}
    return given | {name: 1 for name, is_so in flags.items() if is_so}
