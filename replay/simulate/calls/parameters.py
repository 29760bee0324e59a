"""What is drawn of a call world: names, ranges, units, and where a range is from.

Where no source is named the range is ours, wide on purpose: detection must hold at any value that
an operator might have. The sources are described in docs/drawn-calls.md.
"""

from collections.abc import Mapping

from replay.simulate.drawn.parameters import Parameter, choice, linear, log, whole
from replay.simulate.scenario.scenario_types import ScenarioError

#: Not drawn: their defaults hold unless they are given.
SIZE = (
    whole("subscribers", 50, 2_000_000, "lines of the operator whose switches record"),
    log("hours", 0.5, 168.0, "length of the trace; whole days begin at midnight"),
    log("oversample", 1.0, 100_000.0, "times as many frauds and look-alikes as there would be"),
)

#: What befalls cities now and then; a world has none of it unless it is given.
NUISANCES = (
    whole("pollsters", 0, 100, "robots that ask for opinions: strangers, most of whom hang up"),
    whole("recall_lines", 0, 100, "lines of hospitals that ring all patients of a list in a day"),
    whole("parcel_stations", 0, 200, "counters of parcels at a peak: it rings a district"),
    whole("failovers", 0, 20, "hours in which a fifth of firms' own trunks give way to another"),
    whole("blackouts", 0, 10, "half-hours in which all of a region ring; most calls fail"),
    whole("clock_steps", 0, 36, "switches whose clock steps by up to two hours, either way"),
    linear("inner_trunk_share", 0.0, 1.0, "second records that name a trunk inside the network"),
    linear("roamer_rush", 1.0, 20.0, "times as many calls of subscribers abroad: a holiday"),
    linear("plan_row_stale_more", 0.0, 0.3, "further rows of lines that are out of date"),
)
DEFAULTS: Mapping[str, float] = {
    **{"subscribers": 3000, "hours": 24.0, "oversample": 1.0},
    **{each.name: each.low for each in NUISANCES},
}

PEOPLE = (
    whole("regions", 3, 21, "home regions of people, each an area code"),
    whole("start_hour", 6, 16, "local hour at which a trace of less than a day begins"),
    log("calls_per_day", 2.0, 9.0, "calls that a person makes a day; 3.5 by national minutes"),
    linear("calls_sigma", 0.5, 1.3, "spread of that among people, natural logarithm"),
    log("contacts_median", 8.0, 80.0, "people whom a person rings now and then"),
    linear("contacts_sigma", 0.5, 1.4, "spread of that, natural logarithm; a heavy tail"),
    linear("contacts_zipf", 0.3, 1.4, "how fast calls fall from the nearest to the farthest"),
    linear("offnet_share", 0.2, 0.8, "contacts who are customers of other operators"),
    linear("far_share", 0.05, 0.4, "contacts in another region"),
    linear("stranger_share", 0.01, 0.15, "calls to somebody outside the contacts"),
    linear("hotline_share", 0.02, 0.3, "of these, those to police, directory, banks, operators"),
    linear("unassigned_share", 0.0, 0.02, "numbers in people's lists that nobody has any more"),
    linear("answered_share", 0.4, 0.85, "calls that are answered"),
    linear("busy_share", 0.05, 0.25, "of the unanswered, those that find the line engaged"),
    linear("off_share", 0.05, 0.3, "of the unanswered, those to a phone that is switched off"),
    linear("voice_mail_share", 0.0, 0.3, "of the unanswered, those that a voice mail takes"),
    linear("call_back_share", 0.05, 0.6, "of the unanswered, those that are returned"),
    log("ring_s", 4.0, 14.0, "median time of ringing before an answer"),
    log("duration_s", 18.0, 90.0, "median duration; 37 s in Sichuan"),
    linear("duration_sigma", 0.8, 1.5, "spread of durations, natural logarithm"),
    linear("night_floor", 0.005, 0.08, "calls in the deepest hour beside those in the busiest"),
    linear("morning_peak", 9.0, 11.5, "local hour of the morning's most calls"),
    linear("evening_peak", 16.5, 20.5, "local hour of the evening's most calls"),
    linear("evening_weight", 0.4, 2.0, "the evening's peak beside the morning's"),
    linear("elder_share", 0.03, 0.25, "elders: few calls, but long ones"),
    linear("worker_share", 0.01, 0.2, "migrant workers: new SIM, far from its home region"),
    linear("iot_share", 0.0, 0.15, "lifts, alarms, tills: few short calls to one number"),
    log("abroad_share", 0.0005, 0.01, "subscribers who are abroad and call home"),
    linear("diverted_abroad_share", 0.0, 0.3, "of their calls: others' that were diverted there"),
    log("foreign_share", 0.0005, 0.01, "calls of people that come in from abroad"),
    log("outgoing_share", 0.0005, 0.01, "calls of people that go abroad"),
    linear("foreign_odd_share", 0.0, 0.05, "of those from abroad, with zeros before the number"),
    linear("withheld_share", 0.0, 0.03, "people who withhold their number"),
    linear("ported_share", 0.0, 0.05, "lines at another operator, reached by routing number"),
    linear("diverted_share", 0.0, 0.03, "lines that divert what they don't answer"),
    linear("new_range_share", 0.0, 0.02, "lines in ranges that no plan lists yet"),
    linear("mvno_share", 0.0, 0.1, "lines of virtual operators"),
    linear("moving_share", 0.1, 0.7, "people who call from several cells"),
)

#: Lines of each 10,000 subscribers. How such lines call: `replay/simulate/calls/honest/firms.py`.
LOOK_ALIKES = (
    log("couriers", 5.0, 80.0, "couriers"),
    log("taxi_dispatch", 0.1, 2.0, "lines of taxi dispatch"),
    log("schools", 0.2, 4.0, "lines of schools"),
    log("hospitals", 0.2, 3.0, "lines of hospitals"),
    log("banks", 0.1, 2.0, "lines of banks, real calls to customers"),
    log("call_centres", 0.2, 5.0, "lines of honest call centres"),
    log("predictive_dialers", 0.05, 1.0, "lines that ring more people than speakers are free"),
    log("estate_agents", 2.0, 30.0, "sellers of houses and insurances, at work all day"),
    log("alarm_lines", 0.5, 20.0, "alarm centres: a few numbers, very short calls"),
    log("pbx_extensions", 0.5, 20.0, "extensions whose exchange signals odd numbers"),
    log("network_probes", 0.05, 1.0, "an operator's test phones: static, many SIMs"),
    log("offshore_centres", 0.02, 0.5, "registered centres abroad with numbers of home"),
    log("missed_on_purpose", 1.0, 30.0, "people who ring once so as to be called back"),
    log("foreign_relatives", 1.0, 20.0, "who speak at length with abroad, then ring a bank"),
    log("new_phones", 1.0, 20.0, "who change their SIM and then receive codes"),
)

RECORDS = (
    linear("volte_share", 0.0, 0.9, "calls over LTE, recorded by application servers"),
    linear("second_point_share", 0.0, 1.0, "calls recorded at a second point of their way"),
    linear("point_missing_share", 0.0, 0.2, "records that never come"),
    linear("doubled_share", 0.0, 0.03, "records that come twice"),
    linear("clock_off_share", 0.0, 0.2, "switches whose clock is off"),
    log("clock_off_s", 1.0, 300.0, "by how much, at most, either way"),
    log("delay_s", 0.2, 60.0, "median time from a call's end to its record"),
    linear("records_late_share", 0.0, 0.04, "records that come much later"),
    log("records_late_s", 60.0, 7200.0, "by how much, on the mean"),
    linear("terminal_known_share", 0.3, 1.0, "own calls with SIM and terminal"),
    linear("cell_known_share", 0.3, 1.0, "own calls with the cell"),
    linear("roaming_check_share", 0.0, 1.0, "home numbers from abroad whose register is asked"),
    linear("roaming_check_wrong_share", 0.0, 0.05, "of roamers, those whom it has at home or off"),
    linear("verified_share", 0.0, 0.5, "calls from other operators that are verified"),
    linear("trunk_prefix_share", 0.0, 0.4, "national numbers signalled with a leading 0"),
    linear("plan_row_missing_share", 0.0, 0.3, "rows of lines that the number register lacks"),
    linear("plan_row_stale_share", 0.0, 0.1, "rows of lines that are out of date"),
    log("texts_per_day", 0.5, 4.0, "texts of firms that a person receives a day"),
    linear("text_unrecorded_share", 0.0, 0.5, "of these, those that no centre recorded"),
    linear("code_share", 0.1, 0.5, "of these, codes for logging in and paying"),
    linear("text_callback_share", 0.0, 0.06, "of these, with a number to call"),
    linear("short_url_share", 0.0, 0.06, "of these, with a shortened link"),
    log("changes_per_day", 0.1, 5.0, "changes of 1,000 lines a day: SIM, diversion, activation"),
    log("report_share", 0.002, 0.2, "scam calls that somebody reports"),
    linear("report_mistaken_share", 0.05, 0.5, "of reports, those about honest ones; 25 % of 7726"),
    log("report_delay_h", 0.1, 48.0, "mean time until a report"),
)

FRAUD = (
    log("scam_call_share", 1e-5, 3e-4, "of all calls; 5e-5 by the national system's figures"),
    log("rogue_waves", 0.05, 2.0, "waves of a rogue base station, a million people and day"),
    log("takeovers", 0.1, 5.0, "accounts taken over, a million people and day; 1.3 cases in all"),
)
#: How many there are; drawn by the shares above unless given.
COUNTS = (
    whole("spoofed_campaigns", 0, 1000, "call centres abroad with numbers of home"),
    whole("police_gangs", 0, 1000, "who play the police and walk victims through calls and codes"),
    whole("sim_boxes", 0, 1000, "many SIMs in few terminals"),
    whole("wangiri_campaigns", 0, 1000, "calls that ring once, to be called back"),
    whole("home_scammers", 0, 1000, "single numbers of home that go on for long"),
    whole("rogue_callbacks", 0, 1000, "texts of a rogue base station with a number to call"),
    whole("account_takeovers", 0, 1000, "SIM, diversion or second number, then codes and calls"),
)

CAMPAIGN = (
    log("campaign_calls", 30.0, 800.0, "calls of a campaign, as this operator sees them"),
    log("calls_per_number", 1.0, 70.0, "calls of a number; median 8.4 as in the national system"),
    log("calls_per_hour", 20.0, 600.0, "while it is at work"),
    whole("campaign_trunks", 1, 4, "trunks by which they come in"),
    whole("target_regions", 1, 3, "regions that are called"),
    linear("scam_answered_share", 0.15, 0.6, "of its calls"),
    linear("stays_share", 0.01, 0.1, "of the answered, those that go on for minutes"),
    choice(
        "shown_numbers",
        ("fixed", "fixed", "short", "mobile", "400", "mixed", "malformed"),
        "what it claims to be, by campaign",
    ),
    linear("owned_share", 0.0, 0.5, "spoofed fixed numbers that belong to somebody"),
    linear("ring_back_share", 0.0, 0.1, "of those called, who ring the number that they saw"),
    whole("box_sims", 16, 256, "SIMs of a box"),
    log("sims_per_terminal", 4.0, 64.0, "of them, for each terminal"),
    whole("box_cells", 1, 3, "cells that a box is served by"),
    log("wangiri_ring_s", 0.3, 3.5, "how long wangiri rings, at most"),
    linear("wangiri_back_share", 0.01, 0.15, "who ring back"),
    log("gang_victims", 2.0, 12.0, "whom a gang of police players speaks with for long"),
    linear("deep_share", 0.2, 0.7, "of them, those who get as far as their bank"),
)

DRAWN = (*PEOPLE, *LOOK_ALIKES, *RECORDS, *FRAUD)
WORLD = (*SIZE, *NUISANCES, *DRAWN, *COUNTS, *CAMPAIGN)
BY_NAME: Mapping[str, Parameter] = {each.name: each for each in WORLD}


def named(name: str) -> Parameter:
    """The parameter of a name. Raises `ScenarioError`, listing those that there are."""
    if name not in BY_NAME:
        raise ScenarioError(f"no parameter {name} of calls; there are {', '.join(BY_NAME)}")
    return BY_NAME[name]
