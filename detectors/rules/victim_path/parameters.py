"""The parameters of `victim_path`, for both of its halves."""

from typing import ClassVar

from detectors.features.memory.pending_findings import PromptRule
from detectors.model.columns import Calls, Sms
from detectors.model.parameters import Cap, Count, Hours, Minutes, Nats, Seconds, Share, Switch
from detectors.rules.victim_path.persons import Paths
from detectors.rules.victim_path.recent import Recent


class Parameters(PromptRule[Calls | Sms, Recent, Paths], frozen=True, kw_only=True):
    """See `detectors.rules.victim_path.rule.VictimPath`."""

    horizon_ms: ClassVar[int] = 7_200_000

    shallow_weight: Nats = 0.3
    medium_weight: Nats = 2.0
    deep_weight: Nats = 3.0
    weak_share: Share = 0.5
    cap: Cap = 4.0
    long_min: Minutes = 10.0
    check_min: Minutes = 30.0
    bank_min: Minutes = 60.0
    again_min: Minutes = 120.0
    clock_s: Seconds = 300.0
    called_back_s: Seconds = 120.0
    times_again: Count = 3
    least_people: Count = 3
    most_checks: Count = 3
    least_texts: Count = 2
    least_nats: Nats = 2.0
    person_nats: Nats = 3.0
    most_diverted_to: Count = 2
    acquainted_h: Hours = 12.0
    remembered_h: Hours = 720.0
    excuse_relatives: Switch = True
    excuse_acquainted: Switch = True
    excuse_roamers: Switch = True
    excuse_diverted: Switch = True
    excuse_listed: Switch = True
    excuse_habit: Switch = True
    excuse_unrecorded: Switch = True
