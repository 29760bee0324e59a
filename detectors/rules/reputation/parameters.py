"""The parameters of `reputation`, for both of its parts."""

from typing import Never

from detectors.features.memory.pending_findings import PromptRule
from detectors.model.parameters import Amount, Cap, Count, Hours, Nats, Share, Switch
from detectors.rules.reputation.opinions import Opinions


class Parameters(PromptRule[Never, None, Opinions], frozen=True, kw_only=True):
    """See `detectors.rules.reputation.rule.Reputation`."""

    police_share: Share = 0.95
    bank_share: Share = 0.85
    centre_share: Share = 0.7
    app_share: Share = 0.6
    other_share: Share = 0.55
    prior_reports: Amount = 8.0
    nuisance_share: Share = 0.5
    half_life_h: Hours = 720.0
    remembered_h: Hours = 4320.0
    most_of_one: Count = 2
    busy_reports: Count = 5
    most_marks: Amount = 4.0
    least_weight: Nats = 0.3
    cap: Cap = 4.0
    excuse_repeats: Switch = True
    excuse_reassigned: Switch = True
    excuse_expired: Switch = True
    excuse_appealed: Switch = True
