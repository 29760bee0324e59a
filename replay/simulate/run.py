"""A scenario and a seed in, a trace folder with its truth out.

First the world in which the feeds are written is drawn, then its messages.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from detectors.model.codes import RATS, code_of
from geo.earth.frame import frame_at
from replay.simulate.feeds.connections import diagnose, hand_over
from replay.simulate.feeds.field_teams import measure
from replay.simulate.feeds.messages import text_honestly
from replay.simulate.feeds.probes import probe
from replay.simulate.feeds.reports import report_honestly
from replay.simulate.feeds.signalling import Core, signal_honestly
from replay.simulate.feeds.writing import Feed, write_lines
from replay.simulate.happenings import effects_of
from replay.simulate.happenings.effect import AnyEffect
from replay.simulate.network.list_flaws import spoil
from replay.simulate.network.network import build_network
from replay.simulate.network.network_plan import NetworkPlan
from replay.simulate.network.radio import Radio
from replay.simulate.network.register import HEADER, Place, draw_sheet
from replay.simulate.people.camping import camp
from replay.simulate.people.people import draw_phones, on_another_day
from replay.simulate.people.trains import board, served_at_stops
from replay.simulate.rogue.captures import capture
from replay.simulate.rogue.identities import Identity
from replay.simulate.rogue.transmitter import Transmitter, place_transmitters
from replay.simulate.scenario.rogue import Parked
from replay.simulate.scenario.scenario import Scenario
from replay.simulate.victims.stray_handovers import hand_to_rogues
from replay.simulate.victims.victims import report_victims
from replay.simulate.world import World, random_of
from streams.progress import steps

ANNOUNCED_BEFORE_MS = 3_600_000
HONEST_WITHIN_M = 3000.0


def draw_world(
    scenario: Scenario,
    seed: int,
    effects: Sequence[AnyEffect] = (),
    people_of: Scenario | None = None,
    day: int = 0,
) -> World:
    """The whole scenario but its messages, as its happenings make it.

    With ``people_of``, the scenario of another time of the same city, its people are in it, and go
    other ways on each ``day``. Raises `ScenarioError` for a clone without a model.
    """
    with steps("the city", 7) as begin:
        return _drawn(scenario, seed, effects, people_of, day, begin)


def _drawn(
    scenario: Scenario,
    seed: int,
    effects: Sequence[AnyEffect],
    people_of: Scenario | None,
    day: int,
    begin: Callable[[str], None],
) -> World:
    """As `draw_world`; ``begin`` is called with the name of each step."""
    centre = scenario.city.centre_lat_deg, scenario.city.centre_lon_deg
    frame = frame_at(*centre)
    begin("network")
    centre_x, centre_y = frame.to_xy(*centre)
    place = Place(frame, float(centre_x), float(centre_y))
    network = build_network(scenario, random_of(seed, "network"))
    begin("register")
    sheet = draw_sheet(scenario, network, place, random_of(seed, "register"))
    sheet.move_far_off(scenario.register.far_off_share, random_of(seed, "far off"))
    spoil(sheet, scenario.register, lambda kind: random_of(seed, f"register {kind}"))
    begin("phones")
    phones = draw_phones(people_of or scenario, random_of(seed, "phones"))
    if people_of is not None:
        phones = on_another_day(phones, scenario, random_of(seed, f"ways {day}"))
    for effect in effects:
        phones = effect.people(phones)
    phones = board(scenario, phones, random_of(seed, "riders"))
    begin("what happens")
    if effects:
        plan = NetworkPlan(network)
        for effect in effects:
            effect.build(plan, phones)
        network = plan.finished()
        sheet.network = network
    for effect in effects:
        effect.list_cells(sheet)
    register = sheet.finished()
    begin("radio")
    hills = [hill for effect in effects for hill in effect.hills(network)]
    high = [site for effect in effects for site in effect.high_sites()]
    radio = Radio(network, random_of(seed, "radio"), hills, scenario.radio, high)
    begin("who is on which cell")
    camping = camp(served_at_stops(scenario, phones), radio)
    begin("captures")
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
        in_core_feed=random_of(seed, "core feed").random(len(phones)) < scenario.feeds.core_share,
    )


class Summary(Struct, frozen=True):
    """What a simulation wrote; ``captures`` counts captivities, not phones.

    ``witnesses`` is, by transmitter, how many phones left a message that bears witness to it.
    """

    scenario: str
    seed: int
    measurements: int
    signalling: int
    sms: int
    register_rows: int
    phones: int
    transmitters: int
    captures: int
    field: int = 0
    witnesses: dict[str, int] = {}


def simulate(scenario: Scenario, seed: int, out: Path) -> Summary:
    """Write the trace of a scenario to the folder ``out``, which is made where it is missing.

    The same scenario and seed give the same bytes. Files of an earlier run are replaced. Raises
    `ScenarioError` where the scenario asks for a clone and there is no cell to copy.
    """
    effects = effects_of(scenario, seed)
    return write_world(draw_world(scenario, seed, effects), effects, out)


def write_world(world: World, effects: list[AnyEffect], out: Path) -> Summary:
    """Write the trace of a drawn scenario, as `simulate` does."""
    with steps("the trace", 7) as begin:
        return _written(world, effects, out, begin)


def _written(
    world: World, effects: list[AnyEffect], out: Path, begin: Callable[[str], None]
) -> Summary:
    """As `write_world`; ``begin`` is called with the name of each step."""
    scenario = world.scenario
    measurements, signalling, sms = Feed(), Feed(), Feed()
    feeds = {"measurements": measurements, "signalling": signalling, "sms": sms}
    for effect in effects:
        for name, alteration in effect.alterations(world).items():
            feeds[name].alterations.append(alteration)
    begin("reports")
    report_honestly(world, measurements)
    begin("signalling")
    signal_honestly(world, signalling)
    hand_over(world, signalling)
    diagnose(world, signalling)
    begin("texts")
    text_honestly(world, sms)
    begin("what happens")
    for effect in effects:
        effect.report(world, measurements)
        effect.signal(Core(world, effect.random("signal"), signalling))
        effect.text(world, sms)
    probe(world, measurements)
    begin("victims")
    hand_to_rogues(world, signalling)
    witnesses = report_victims(world, measurements, signalling, sms)
    begin("teams")
    field = Feed()
    measure(world, field)
    begin("files")
    out.mkdir(parents=True, exist_ok=True)
    measurements.write(out / "measurements.jsonl.gz")
    signalling.write(out / "signalling.jsonl.gz")
    sms.write(out / "sms.jsonl.gz")
    _write_any(_changes(world, effects), out / "changes.jsonl.gz")
    _write_any(field, out / "field.jsonl.gz")
    write_lines(out / "register.csv", [HEADER, *world.register.lines])
    write_lines(out / "truth.jsonl", truth_lines(world))
    return Summary(
        scenario=scenario.name,
        seed=world.seed,
        measurements=len(measurements),
        signalling=len(signalling),
        sms=len(sms),
        register_rows=len(world.register.lines),
        phones=len(world.phones),
        transmitters=len(world.transmitters),
        captures=len(world.captures),
        field=len(field),
        witnesses={name: len(phones) for name, phones in witnesses.items()},
    )


def _changes(world: World, effects: list[AnyEffect]) -> Feed:
    """What the operator announces."""
    announced = Feed()
    for effect in effects:
        if effect.spec.announced:
            for change in effect.changes(world):
                announced.add_untimed(world.scenario.start_ms - ANNOUNCED_BEFORE_MS, change)
    return announced


def _write_any(feed: Feed, path: Path) -> None:
    """The feed's file; none, and none of an earlier run, where it holds nothing."""
    path.unlink(missing_ok=True)
    if len(feed):
        feed.write(path)


def truth_lines(world: World) -> list[str]:
    """JSON lines for `truth.jsonl`, one for each transmitter."""
    return [_line(world, index, each) for index, each in enumerate(world.transmitters)]


def _line(world: World, index: int, transmitter: Transmitter) -> str:
    times_s = _track_times(transmitter)
    x, y = transmitter.place(times_s)
    lat, lon = world.place.latlon(x, y)
    near = _near(world, x, y)
    captures = world.captures
    # Who was turned away may come back only when the recording is over.
    seen = (captures.cause == 0) | (captures.back_s < world.scenario.duration_s)
    returns = captures.back_s[(captures.transmitter == index) & seen]
    identities = [*transmitter.identities, *transmitter.lures]
    truth = {
        "id": transmitter.spec.id,
        "rat": transmitter.spec.rat,
        "kind": transmitter.spec.kind,
        "identities": [identity.cell_fields() for identity in identities],
        "active": [world.ms(np.array(span)) for span in transmitter.spec.active_s],
        "track": [
            list(point) for point in zip(world.ms(times_s), lat.tolist(), lon.tolist(), strict=True)
        ],
        "first_return_ts": world.ms_at(returns.min()) if len(returns) else None,
        "honest": [_honest(world, near, identity) for identity in identities],
    }
    return msgspec.json.encode(truth).decode()


def _track_times(transmitter: Transmitter) -> NDArray[np.float64]:
    """Times of the track's points: the steps on the air; a parked one's first and last moment."""
    first_s, last_s = transmitter.spec.active_s[0][0], transmitter.spec.active_s[-1][1]
    if isinstance(transmitter.spec.place, Parked):
        return np.array([first_s, last_s])
    step_s = transmitter.step_s
    between = np.arange(np.floor(first_s / step_s) + 1, np.ceil(last_s / step_s)) * step_s
    return np.concatenate([[first_s], between, [last_s]])


def _near(world: World, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.int64]:
    """Rows of the real cells whose mast stands within `HONEST_WITHIN_M` of the track."""
    network = world.network
    # The track's points are at most a few hundred metres apart, so its corners are enough.
    east, north = network.site_x[:, None] - x, network.site_y[:, None] - y
    nearest_m = np.hypot(east, north).min(axis=1)
    return np.flatnonzero(nearest_m[network.site] <= HONEST_WITHIN_M)


def _honest(world: World, near: NDArray[np.int64], identity: Identity) -> str | None:
    """Whether real cells near by use the very cell of an identity, or only its area."""
    network = world.network
    same = near[
        (network.rat[near] == code_of(identity.rat, RATS))
        & (network.mcc[near] == identity.mcc)
        & (network.mnc[near] == identity.mnc)
        & (network.area[near] == identity.area)
    ]
    if len(same) == 0:
        return None
    return "cell" if (network.cell[same] == identity.cell).any() else "area"
