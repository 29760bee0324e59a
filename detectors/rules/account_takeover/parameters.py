"""The parameters of `account_takeover`, for all of its parts."""

from typing import ClassVar

from detectors.features.memory.pending_findings import PromptRule
from detectors.model.columns import Calls, Sms
from detectors.model.parameters import Amount, Cap, Count, Hours, Minutes, Nats, Seconds, Switch
from detectors.rules.account_takeover.accounts import Accounts
from detectors.rules.account_takeover.bursts import Bursts

MS_A_MIN, MS_AN_H = 60_000, 3_600_000


class Parameters(PromptRule[Sms | Calls, Bursts, Accounts], frozen=True, kw_only=True):
    """See `detectors.rules.account_takeover.rule.AccountTakeover`."""

    horizon_ms: ClassVar[int] = 2_700_000

    bank_weight: Nats = 2.0
    diverted_weight: Nats = 2.5
    codes_weight: Nats = 1.5
    least_weight: Nats = 0.3
    cap: Cap = 3.5
    burst_min: Minutes = 45.0
    after_min: Minutes = 90.0
    quiet_min: Minutes = 15.0
    clock_s: Seconds = 300.0
    remembered_h: Hours = 24.0
    least_codes: Count = 3
    usual_codes: Amount = 4.0
    stray_codes: Amount = 0.3
    most_length: Count = 70
    excuse_new_phone: Switch = True
    excuse_rings_banks: Switch = True
    excuse_diverts: Switch = True
