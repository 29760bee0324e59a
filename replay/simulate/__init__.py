"""Simulated traces: a city with honest networks and people, and rogue transmitters in it.

`load_scenario` reads what should happen, `simulate` writes the trace in which it does, with its
truth. `simulate_drawn` does so for a world of which every parameter is drawn,
`simulate_calls_asked` for one of callers, `simulate_any` for whatever is asked for. All randomness
comes from one seed. Inside, places are metres east and north of the city centre and times are
seconds after the start; files carry degrees and milliseconds.
"""

from replay.simulate.calls.asked import simulate_any
from replay.simulate.calls.simulation import simulate_calls_asked
from replay.simulate.drawn.simulation import simulate_asked, simulate_drawn
from replay.simulate.run import Summary, simulate
from replay.simulate.scenario.scenario import Scenario, load_scenario
from replay.simulate.scenario.scenario_types import ScenarioError

__all__ = [
    "Scenario",
    "ScenarioError",
    "Summary",
    "load_scenario",
    "simulate",
    "simulate_any",
    "simulate_asked",
    "simulate_calls_asked",
    "simulate_drawn",
]
