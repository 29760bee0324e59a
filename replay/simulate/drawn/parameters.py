"""What is drawn of a world and of each transmitter in it: names, ranges, units.

The ranges are wide on purpose. They are no measurements of cities: where nobody has published how
often registers or phones are wrong, a detector must hold at any value that an operator might have.
"""

from collections.abc import Mapping
from typing import Literal, TypeAlias

import numpy as np
from msgspec import Struct

from replay.simulate.scenario.scenario_types import ScenarioError

Value: TypeAlias = float | int | str
DIGITS = 4  # significant ones of a drawn number, so that a file holds it whole
#: A lifetime of pseudonyms from which on they are for ever, seconds.
FOR_EVER_S = 36_000.0


class Parameter(Struct, frozen=True):
    """One value that is drawn between ``low`` and ``high``, or of the ``choices``."""

    name: str
    low: float = 0.0
    high: float = 0.0
    scale: Literal["linear", "log", "whole", "choice"] = "linear"
    choices: tuple[str, ...] = ()
    meaning: str = ""

    def draw(self, rng: np.random.Generator) -> Value:
        """A value of the range."""
        if self.scale == "choice":
            return self.choices[int(rng.integers(len(self.choices)))]
        if self.scale == "whole":
            return int(rng.integers(int(self.low), int(self.high) + 1))
        share = float(rng.random())
        if self.scale == "log":
            drawn = self.low * (self.high / self.low) ** share
        else:
            drawn = self.low + (self.high - self.low) * share
        return min(max(float(f"{drawn:.{DIGITS}g}"), self.low), self.high)

    def checked(self, value: Value) -> Value:
        """The value, as one of the range. Raises `ScenarioError`."""
        if self.scale == "choice":
            if str(value) in self.choices:
                return str(value)
            raise ScenarioError(f"{self.name} is one of {', '.join(dict.fromkeys(self.choices))}")
        try:
            number = float(value)
        except ValueError:
            number = np.nan
        if not self.low <= number <= self.high:
            raise ScenarioError(f"{self.name} lies between {self.low:g} and {self.high:g}")
        if self.scale != "whole":
            return number
        if number != int(number):
            raise ScenarioError(f"{self.name} is a whole number")
        return int(number)

    @property
    def ends(self) -> tuple[Value, ...]:
        """The ends of the range, or all choices."""
        if self.scale == "choice":
            return tuple(dict.fromkeys(self.choices))
        return self.checked(self.low), self.checked(self.high)


def _share(name: str, high: float, meaning: str, low: float = 0.0) -> Parameter:
    return Parameter(name, low, high, meaning=meaning)


def log(name: str, low: float, high: float, meaning: str) -> Parameter:
    """Drawn evenly in its logarithm."""
    return Parameter(name, low, high, "log", meaning=meaning)


def whole(name: str, low: int, high: int, meaning: str) -> Parameter:
    """A whole number, drawn evenly."""
    return Parameter(name, low, high, "whole", meaning=meaning)


def linear(name: str, low: float, high: float, meaning: str) -> Parameter:
    """Drawn evenly."""
    return Parameter(name, low, high, meaning=meaning)


def choice(name: str, choices: tuple[str, ...], meaning: str) -> Parameter:
    """One of some words, as often as it is named."""
    return Parameter(name, scale="choice", choices=choices, meaning=meaning)


WORLD = (
    log("city_size_m", 3000.0, 7000.0, "side of the city, a square"),
    log("cells", 600.0, 2600.0, "cells on the air in the city, about"),
    log("phones", 800.0, 3200.0, "phones"),
    whole("operators", 2, 4, "networks"),
    linear("gsm_share", 0.02, 0.4, "phones on GSM alone"),
    linear("nr_share", 0.0, 0.4, "phones on NR"),
    _share("indoor_share", 0.8, "phones that stay at home", 0.1),
    _share("sites_displaced_share", 0.1, "sites registered elsewhere, all cells alike"),
    _share("cells_displaced_share", 0.02, "single cells registered elsewhere"),
    log("displaced_m", 200.0, 5000.0, "about how far off: half to twice of it"),
    _share("rows_missing_share", 0.2, "cells that the register lacks"),
    _share("rows_retired_share", 0.06, "rows of cells that are off the air, not marked so"),
    _share("rows_wrong_area_share", 0.03, "sites registered in another area"),
    _share("rows_wrong_code_share", 0.03, "sites registered with another code"),
    _share("sectors_swapped_share", 0.03, "sites with two sectors crossed"),
    _share("sites_renamed_share", 0.03, "sites registered under the numbers of before"),
    _share("sites_exchanged_share", 0.02, "sites registered at one another's places, by pairs"),
    _share("axes_swapped_share", 0.005, "rows with latitude and longitude exchanged"),
    _share("rows_truncated_share", 0.005, "rows with two decimals of their coordinates"),
    _share("rows_crowd_share", 0.4, "rows whose place is a crowd's estimate"),
    _share("sites_unlisted_share", 0.02, "sites that the register lacks"),
    whole("femtocells", 0, 300, "small cells at homes"),
    whole("repeaters", 0, 20, "far cells brought into buildings"),
    whole("high_masts", 0, 6, "masts on hills outside, received far beyond their range"),
    linear("high_mast_db", -10.0, 15.0, "their power beside a usual mast's"),
    whole("stray_areas", 0, 80, "unknown areas that keep coming back"),
    log("stray_busiest_per_hour", 1.0, 30.0, "subscribers an hour that name the busiest of them"),
    linear("stray_zipf", 0.3, 1.2, "how fast their rates fall"),
    _share("stray_station_share", 0.6, "of them, those of stations; half of the rest: of roads"),
    linear("trains_per_hour", 0.0, 12.0, "trains from other towns, at the first station"),
    log("train_riders", 3.0, 60.0, "subscribers who get off one"),
    whole("train_areas", 1, 8, "unknown areas along its line, of each network"),
    whole("landings", 0, 3, "aeroplanes whose passengers switch their phones on"),
    log("landing_phones", 20.0, 300.0, "phones of one"),
    whole("core_restarts", 0, 2, "restarts of a network's core, after which its phones register"),
    whole("sites_cut_off", 0, 4, "sites that lose their backhaul, cells still on the air"),
    whole("fallback_surges", 0, 2, "minutes of very many calls, most of which fall back"),
    log("surge_calls", 50.0, 1500.0, "calls of one"),
    _share("station_crowd_share", 0.1, "phones that come and go at a station"),
    _share("reporting_share", 0.8, "phones that report measurements", 0.02),
    _share("probe_share", 0.02, "phones that report what cells broadcast"),
    _share("core_share", 1.0, "subscribers whose procedures are in the core's input", 0.1),
    _share("diagnostic_share", 0.04, "phones that report what their modem sees"),
    _share("connected_share", 0.3, "changes of cell that are handovers, reported by base stations"),
    _share("gnss_wrong_share", 0.08, "positions wrong beyond their stated accuracy"),
    log("gnss_wrong_m", 50.0, 2000.0, "their median error; the tail is clipped at 5 km"),
    whole("gnss_jammed_places", 0, 3, "places where half of the positions are wrong"),
    log("report_interval_s", 5.0, 150.0, "shortest interval of reports; the longest: 2 x"),
    log("upload_delay_s", 1.0, 1800.0, "mean age of what phones send that collect"),
    _share("collecting_share", 1.0, "phones that collect before they send; others send at once"),
    _share("clock_wrong_share", 0.05, "phones whose clock is off, half a minute to two hours"),
    log("pseudonym_lifetime_s", 300.0, 72_000.0, "of pseudonyms; from ten hours: for ever"),
    linear("shadowing_db", 4.0, 10.0, "standard deviation of levels about the trend"),
    log("shadowing_decorrelation_m", 10.0, 150.0, "over which it falls to 1/e"),
    linear("pathloss_exponent", 2.2, 5.0, "of honest cells and transmitters"),
    linear("corner_loss_db", 0.0, 20.0, "lost round a street corner"),
    _share("timing_share", 1.0, "reports with a timing advance"),
    linear("timing_bias_m", 0.0, 300.0, "by which it is too large"),
    _share("timing_constant_share", 0.1, "phones that always report one value"),
    choice("level_step_db", ("1", "2"), "steps of levels but GSM's"),
    choice("level_highest_dbm", ("-51", "-44"), "no level is reported above"),
    linear("device_offset_db", 1.0, 6.0, "standard deviation among phones"),
    log("reject_share", 0.001, 0.05, "updates that an honest core rejects"),
    _share("authentication_failure_share", 0.01, "subscribers who fail once"),
    _share("unciphered_share", 0.1, "cells that don't cipher"),
    _share("imei_request_share", 0.1, "subscribers whose IMEI is asked for"),
    _share("sms_unrecorded_share", 0.7, "texts without a record of the centre"),
    log("sms_per_phone_hour", 0.5, 6.0, "texts"),
    whole("transmitters", 1, 3, "rogue transmitters, unless the world is honest"),
)

#: `accept` as often as all rejects together.
RELEASES = (*("accept",) * 10, "3", "6", "7", "8", "11", "12", "13", "15", "17", "22")

TRANSMITTER = (
    choice("rat", ("gsm", "gsm", "gsm", "lte"), "what it sends"),
    choice("purpose", ("sms", "sms", "catch", "deny"), "what it is for"),
    choice(
        "identity",
        ("unknown", "hopping", "valid", "near_clone", "far_clone", "retired"),
        "what it claims to be",
    ),
    choice("motion", ("parked", "parked", "walk", "drive"), "how it moves"),
    choice("sector", ("omni", "65"), "its antenna"),
    log("power_w", 0.1, 40.0, "at the antenna"),
    log("height_m", 1.0, 60.0, "of the antenna"),
    linear("captured_share", 0.05, 0.95, "phones that it can take at all"),
    log("dwell_s", 5.0, 300.0, "how long it holds a phone, a quarter more or less"),
    log("hop_interval_s", 20.0, 1800.0, "between identities, where it hops"),
    choice("release", RELEASES, "how it lets a phone go: accepted, or rejected with a cause"),
    log("on_air_s", 90.0, 1800.0, "from switch-on to the end"),
    _share("never_share", 0.3, "victims whose phones never report"),
    _share("late_share", 0.3, "victims whose phones report minutes later"),
)

BY_NAME: Mapping[str, Parameter] = {each.name: each for each in (*WORLD, *TRANSMITTER)}


def named(name: str) -> Parameter:
    """The parameter of a name. Raises `ScenarioError`, listing those that there are."""
    if name not in BY_NAME:
        raise ScenarioError(f"no parameter {name}; there are {', '.join(BY_NAME)}")
    return BY_NAME[name]
