"""Somebody speaks long with a suspect number, and then asks the police, or rings a bank."""

from typing import ClassVar, cast

from detectors.features.facts import Facts, Origin
from detectors.features.rule import Screened
from detectors.model.columns import Calls, Sms
from detectors.model.finding import AlertKind, Family, Finding, Observation
from detectors.rules.victim_path.judging import judge_spoken, observe
from detectors.rules.victim_path.parameters import Parameters
from detectors.rules.victim_path.people import of_people
from detectors.rules.victim_path.persons import Paths
from detectors.rules.victim_path.recent import Recent
from detectors.rules.victim_path.screening import of_callers, of_texts
from detectors.rules.victim_path.spoken import hand_on


class VictimPath(Parameters, frozen=True, kw_only=True):
    """How far somebody is on the way of a victim, by whom they spoke with and whom they ring then.

    What it sees: three levels, after those in which an operator's service sorts victims. *Shallow*:
    a call is answered of a number of home that comes in from abroad though it can't be there.
    *Medium*: such a call, or one of another number that is odd (malformed, withheld from abroad,
    or foreign and ringing several people), lasts `long_min` or more, and within `check_min` of
    its end who was called rings the police, the directory or another public office; or somebody
    speaks with a number that texts named which no centre sent. *Deep*: after that a bank's hotline
    is rung within `bank_min`, or one number abroad for the third time.

    Why a rogue station does it: who plays the police keeps victims on the line, has them ask
    whether the number is real, and then walks them through their bank; a rogue station's text names
    the number itself. Levels are found when the deciding record arrives, whichever comes last.

    Why an honest network may:

    * `excuse_relatives` (F63): people speak for long with relatives and firms abroad, and ring
      offices and banks as others do. A foreign number counts only if it rang `least_people`
      people within two hours; one number's wrongs are many;
    * `excuse_acquainted` (F63): who spoke with a number before, half a day ago or more, knows it;
    * `excuse_roamers` (F42): subscribers abroad ring home with their own numbers. A mobile number
      counts only where the home register has denied that it is abroad;
    * `excuse_diverted` (F42): a call that was diverted abroad comes back under the caller's number.
      Anybody may name a number that has diverted a call; so it has to be a mobile one, and all
      calls count once it has diverted long ones to more than `most_diverted_to` people;
    * `excuse_listed` (F43): firms have centres abroad, whose numbers the operator's list lets onto
      that trunk, or trusts;
    * `excuse_habit` (F65): guards, couriers and shops ring offices all day: more than `most_checks`
      in two hours aren't looked at;
    * `excuse_unrecorded` (F14): texts of some honest firms pass the centre by. So a number that
      texts named counts only where all texts with it lack their record, `least_texts` people
      received it, and that is rarer by `least_nats` (`person_nats` for one that people have) than
      it is among other numbers.

    What it can't see: a victim who goes to the bank without any check; one who was called by a
    mobile number of home where no register is asked, or by calls that each name another number as
    having diverted them; a call-back to a person's number before any text with it came in, unless a
    bank is rung after it. Long calls to people are handed on together, those of ten seconds, since
    only the second half knows which of the numbers texts named; it forgets the others at once.
    Texts with codes name people otherwise than calls do, so that they don't deepen a level.

    A finding is about the number that called, with the call: a level is evidence against it. Weak
    oddities weigh `weak_share` of it. What it says of people leaves as a notice
    (`detectors.acting.victims`).

    References: docs/drawn-calls.md, "Levels of victims" (a service of China Mobile, 2016).

    >>> from detectors.rules.sample_town import TOWN
    >>> from detectors.rules.victim_path.samples import fires
    >>> found = TOWN.findings(VictimPath(), *fires(TOWN))
    >>> [(each.values["level"], each.of_calls.number, *each.of_calls.people) for each in found][1:]
    [('medium', 'm', 'u'), ('medium', 'c', 'w'), ('medium', 'gang', 'v'), ('deep', 'gang', 'v')]
    """

    name: ClassVar[str] = "victim_path"
    version: ClassVar[int] = 1
    family: ClassVar[Family] = "victim"
    alert_kind: ClassVar[AlertKind | None] = "scam_campaign"

    def screen(self, state: Recent, facts: Facts[Calls | Sms]) -> Screened:
        if isinstance(facts.batch, Sms):
            return Screened(observations=of_texts(self, state, cast("Facts[Sms]", facts)))
        calls = cast("Facts[Calls]", facts)
        findings, observations = of_callers(self, state, calls)
        observations += of_people(self, state, calls)
        if len(calls.batch):
            state.forget(int(calls.batch.rx_ms[-1]) - self.horizon_ms)
        return Screened(findings, observations)

    def sums_due(self, state: Recent, until_ms: int, origin: Origin) -> list[Observation]:
        return list(hand_on(self, state, until_ms, origin))

    def evaluate(self, state: Paths, until_ms: int) -> list[Finding]:
        judge_spoken(self, state, until_ms)
        return super().evaluate(state, until_ms)

    def observe(self, state: Paths, observation: Observation) -> None:
        observe(self, state, observation)
