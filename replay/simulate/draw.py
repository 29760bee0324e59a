"""Drawing a scenario: from what it asks for to the world in which the feeds are written."""

from collections.abc import Sequence

from geo.earth.frame import frame_at
from replay.simulate.happenings.effect import AnyEffect
from replay.simulate.network.network import build_network
from replay.simulate.network.network_plan import NetworkPlan
from replay.simulate.network.radio import Radio
from replay.simulate.network.register import Place, draw_sheet
from replay.simulate.people.camping import camp
from replay.simulate.people.people import draw_phones
from replay.simulate.people.trains import board, served_at_stops
from replay.simulate.rogue.captures import capture
from replay.simulate.rogue.transmitter import place_transmitters
from replay.simulate.scenario.scenario import Scenario
from replay.simulate.world import World, random_of


def draw_world(scenario: Scenario, seed: int, effects: Sequence[AnyEffect] = ()) -> World:
    """The whole scenario but its messages, as its happenings make it.

    Raises `ScenarioError` for a clone without a model.
    """
    centre = scenario.city.centre_lat_deg, scenario.city.centre_lon_deg
    frame = frame_at(*centre)
    centre_x, centre_y = frame.to_xy(*centre)
    place = Place(frame, float(centre_x), float(centre_y))
    network = build_network(scenario, random_of(seed, "network"))
    sheet = draw_sheet(scenario, network, place, random_of(seed, "register"))
    sheet.move_far_off(scenario.register.far_off_share, random_of(seed, "far off"))
    phones = draw_phones(scenario, random_of(seed, "phones"))
    for effect in effects:
        phones = effect.people(phones)
    phones = board(scenario, phones, random_of(seed, "riders"))
    if effects:
        plan = NetworkPlan(network)
        for effect in effects:
            effect.build(plan, phones)
        network = plan.finished()
        sheet.network = network
    for effect in effects:
        effect.list_cells(sheet)
    register = sheet.finished()
    hills = [hill for effect in effects for hill in effect.hills(network)]
    radio = Radio(network, random_of(seed, "radio"), hills)
    camping = camp(served_at_stops(scenario, phones), radio)
    transmitters = place_transmitters(scenario, network, register, random_of(seed, "rogues"))
    captures = capture(phones, camping, transmitters, random_of(seed, "captures"))
    return World(
        scenario=scenario,
        seed=seed,
        place=place,
        network=network,
        register=register,
        radio=radio,
        phones=phones,
        camping=camping,
        transmitters=transmitters,
        captures=captures,
    )
