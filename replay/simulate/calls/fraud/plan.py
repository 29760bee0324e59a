"""How many frauds of each kind there are: base rates, times the oversampling, unless given."""

from replay.simulate.calls.parameters import COUNTS
from replay.simulate.calls.stage import DAY_MS, Stage

#: Of `campaign_calls`; and the kinds that have so many, or a third of it.
MEAN_CALLS = 235.0
SIZED = ("spoofed_campaigns", "police_gangs", "sim_boxes", "wangiri_campaigns")
#: Parts of the scam calls, with the calls that one such fraud makes on the mean.
PARTS = {
    "spoofed_campaigns": (0.45, MEAN_CALLS),
    "police_gangs": (0.1, 80.0),
    "sim_boxes": (0.2, MEAN_CALLS),
    "wangiri_campaigns": (0.15, MEAN_CALLS),
    "home_scammers": (0.1, 103.0),
}
BY_PEOPLE = {"rogue_callbacks": "rogue_waves", "account_takeovers": "takeovers"}
#: At most so many of one kind, whatever the oversampling.
MOST = 200


def counts(stage: Stage) -> dict[str, int]:
    """The number of frauds by kind; none in an honest world."""
    if stage.world.honest:
        return {each.name: 0 for each in COUNTS}
    return {each.name: _count(stage, each.name) for each in COUNTS}


def expected_calls(stage: Stage) -> float:
    """Calls of all people in the trace, about."""
    return stage.value("calls_per_day") * stage.days() * stage.value("subscribers")


def _count(stage: Stage, name: str) -> int:
    given = stage.world.parameters.get(name)
    if given is not None:
        return int(given)
    if name in PARTS:
        part, calls = PARTS[name]
        given_calls = stage.world.parameters.get("campaign_calls")
        if given_calls is not None and name in SIZED:
            calls *= float(given_calls) / MEAN_CALLS
        mean = stage.value("scam_call_share") * expected_calls(stage) * part / calls
    else:
        people_days = stage.value("subscribers") / 1e6 * stage.end_ms / DAY_MS
        mean = stage.value(BY_PEOPLE[name]) * people_days
    drawn = stage.random(f"how many {name}").poisson(mean * stage.value("oversample"))
    return min(int(drawn), MOST)
