"""A SIM, diversion or second number is set up, and then codes come, or a bank is rung or rings."""

from typing import Any, ClassVar, cast

import msgspec

from detectors.features.facts import Facts
from detectors.features.rule import Screened
from detectors.model.columns import Calls, Sms
from detectors.model.finding import AlertKind, Family, Observation, OfCalls
from detectors.model.rare_messages import SubscriberChange
from detectors.rules.account_takeover.accounts import Accounts
from detectors.rules.account_takeover.bursts import Bursts
from detectors.rules.account_takeover.judging import CHANGES, observe
from detectors.rules.account_takeover.parameters import Parameters
from detectors.rules.account_takeover.screening import of_calls, of_texts


class AccountTakeover(Parameters, frozen=True, kw_only=True):
    """Somebody else may have got hold of a number, and use it to get at accounts.

    What it sees: a subscriber's SIM is replaced, a diversion set, or a second number added; and
    within `after_min` either many texts come that look like codes (short, of one part, without link
    or number, from services; counted over `burst_min`), or the number rings a bank, or a bank's
    call to it is diverted to somebody else.

    Why a rogue station does it: who has a copy of the SIM, or has calls and texts diverted, gets
    the codes by which banks and platforms know their customers, resets passwords with them, and
    confirms payments by telephone.

    Why an honest network may:

    * `excuse_new_phone` (F66): with a new phone or SIM, people log in to all that they use, some
      `usual_codes` services. Only more than that count, and less than a call to a bank: a person
      who logs in to ten can't be told from a fraud by codes alone;
    * `excuse_rings_banks` (F65): who rang a bank within `remembered_h` before does so anyway;
    * `excuse_diverts` (F65): whose calls from banks were diverted before.

    What it can't see: a takeover by somebody who waits for longer, or only reads texts of few
    services. Texts hold nothing but their length and sender here, so that advertisements count as
    codes where they are short. One of each caller's calls to banks within `quiet_min` is looked at.

    The number of a finding is its owner's, who is the victim: its role is `impersonated`.

    References: docs/drawn-calls.md, "What is drawn by ranges of its own"; docs/coverage.md, 34.

    >>> from detectors.rules.sample_town import TOWN
    >>> from detectors.rules.account_takeover.samples import fires
    >>> found = TOWN.findings(AccountTakeover(), *fires(TOWN))
    >>> [(each.who, each.values["change"], each.values["codes"]) for each in found][-1]
    ('n2', 'forwarding_set', 0)
    """

    name: ClassVar[str] = "account_takeover"
    version: ClassVar[int] = 1
    family: ClassVar[Family] = "victim"
    rare: ClassVar[tuple[type[msgspec.Struct], ...]] = (SubscriberChange,)
    alert_kind: ClassVar[AlertKind | None] = "account_takeover"

    def screen(self, state: Bursts, facts: Facts[Sms | Calls]) -> Screened:
        if isinstance(facts.batch, Sms):
            return Screened(observations=of_texts(self, state, cast("Facts[Sms]", facts)))
        return Screened(observations=of_calls(self, state, cast("Facts[Calls]", facts)))

    def read_rare(self, message: Any) -> Observation | None:
        if message.kind not in CHANGES:
            return None
        number = message.number or message.subscriber
        return Observation(
            detector=self.name,
            kind=message.kind,
            ts=message.ts,
            rx_ts=message.rx_ts,
            space="number",
            who=number,
            values={"device": message.subscriber},
            of_calls=OfCalls(number=number, role="impersonated"),
            source=message.source,
        )

    def observe(self, state: Accounts, observation: Observation) -> None:
        observe(self, state, observation)
