"""What one transmitter can't have caused together is no evidence beside each other."""

from typing import Any

from msgspec.structs import replace

from detectors.alert.stories import stories
from detectors.incident.fusion import Fusion, enough_devices
from detectors.incident.incident import MOST_TALLIES
from detectors.model.finding import Finding, Identity

CELLS = [Identity("lte", 460, 0, 4100, cell) for cell in (1001, 1002, 1003)]


def unciphered(make: Any, n: int, cell: Identity) -> Finding:
    found: Finding = make.finding(
        n, at_s=10.0 * n, detector="security_downgrade", family="protocol", claimed=cell,
        weight=2.0, cap=5.0,
    )  # fmt: skip
    return found


def off_plan(make: Any, n: int, cell: Identity) -> Finding:
    found: Finding = make.finding(
        n, at_s=10.0 * n, detector="wrong_channel", claimed=cell, weight=1.8, cap=6.0
    )
    return found


def phantom(make: Any, n: int, bits: int) -> Finding:
    found: Finding = make.finding(
        n, at_s=10.0 * n, detector="phantom_sms", family="sms", claimed=None, weight=3.0, cap=6.5,
        values={"sender": "95588", "content": f"{bits:016x}"},
    )  # fmt: skip
    return found


def test_what_is_found_of_one_registered_cell_says_nothing_of_another(make: Any) -> None:
    """Eight phones on a cell that doesn't cipher, eight that receive another on a wrong channel."""
    apart = [unciphered(make, n, CELLS[0]) for n in range(8)]
    apart += [off_plan(make, n + 8, CELLS[1]) for n in range(8)]
    of_one = [unciphered(make, n, CELLS[0]) for n in range(8)]
    of_one += [off_plan(make, n + 8, CELLS[0]) for n in range(8)]
    assert make.chance(apart) == 0.0
    assert make.chance(of_one) > 0.5


def test_what_names_no_cell_may_be_of_any(make: Any) -> None:
    lost = make.finding(9, at_s=60.0, detector="lost_area", claimed=None)
    one = make.incident([*(off_plan(make, n, CELLS[n % 2]) for n in range(5)), lost])
    strangers, first, second = stories(one)
    assert (strangers.cell, first.cell, second.cell) == (None, CELLS[0], CELLS[1])
    assert strangers.belong == (False, False, True)
    assert (first.belong, second.belong) == ((True, False, True), (False, True, True))


def test_a_cell_that_nobody_has_is_in_the_story_of_strangers(make: Any) -> None:
    odd = make.claimed(area=61000, cell=7)
    one = make.incident(
        [make.finding(1, claimed=odd), unciphered(make, 2, odd), off_plan(make, 3, CELLS[0])]
    )
    strangers, registered = stories(one)
    assert strangers.belong == (True, True, False)
    assert registered.cell == CELLS[0]


def test_a_listed_cell_stands_alone_in_an_area_that_others_name(make: Any) -> None:
    """A clone of a cell of another town: phones come back from its area, which nobody has here."""
    area_only = Identity("lte", 460, 0, 4300)
    clone = Identity("lte", 460, 0, 4300, 31007)
    back = make.finding(
        1, at_s=10.0, detector="unknown_old_area", family="signalling", claimed=area_only
    )
    begun = make.finding(2, at_s=20.0, detector="sudden_cell", family="radio", claimed=clone)
    strangers, registered = stories(make.incident([back, begun]))
    assert strangers.belong == (True, False)
    assert (registered.cell, registered.belong) == (clone, (True, True))


def test_of_many_texts_the_one_that_most_received_counts(make: Any) -> None:
    """Messages whose records were lost differ; a transmitter sends all the same one."""
    of_one = [phantom(make, n, 0xFF00 + (n % 2)) for n in range(6)]
    of_many = [phantom(make, n, 0xFFFF << 8 * (n % 6)) for n in range(24)]
    for findings in (of_one, of_many):
        assert sum(stories(make.incident(findings))[0].belong) == 1
    one = make.incident(of_many)
    assert enough_devices(one, Fusion())
    assert not enough_devices(one, Fusion(), stories(one)[0].belong)
    assert enough_devices(make.incident(of_one), Fusion())


def test_a_crowd_s_texts_make_room_for_each_other_and_for_nothing_else(make: Any) -> None:
    rare = make.finding(0, detector="identity_exposure", family="protocol")
    one = make.incident(
        [rare, *(phantom(make, n, n * 0x9E3779B97F4A7C15 % 2**64) for n in range(400))]
    )
    assert len(one.tallies) < MOST_TALLIES
    assert "identity_exposure" in {tally.detector for tally in one.tallies}
    assert one.devices("sms") < 400


def test_what_is_old_makes_room_for_what_begins(make: Any) -> None:
    """A crowd passes wrong rows all day: an hour later these mustn't keep out what begins."""
    rows = [Identity("lte", 460, 0, 4100, cell) for cell in range(MOST_TALLIES)]
    crowd = [off_plan(make, 2 * n + twice, row) for n, row in enumerate(rows) for twice in (0, 1)]
    new = Identity("gsm", 460, 0, 4100, 7)
    late = [
        make.finding(900 + n, at_s=7200.0 + n, detector=detector, claimed=new)
        for n in range(3)
        for detector in ("sudden_cell", "wrong_channel")
    ]
    one = make.incident([*crowd, *late])
    assert len(one.tallies) == MOST_TALLIES
    assert [len(tally.votes) for tally in one.tallies if tally.claimed == new] == [3, 3]


def sudden(make: Any, cell: Identity, who: range, at_s: float) -> list[Finding]:
    """Phones that come upon a cell where it wasn't."""
    over = {"detector": "sudden_cell", "family": "radio", "weight": 3.0, "cap": 6.5}
    return [make.finding(n, at_s=at_s, claimed=cell, **over) for n in who]


def test_of_many_cells_those_of_most_nats_lately_are_looked_at(make: Any) -> None:
    """Not those that most phones have passed, nor what was an hour ago."""
    rows = [Identity("lte", 460, 0, 4100, cell) for cell in range(6)]
    crowd = [off_plan(make, 10 * row.cell + n, row) for row in rows for n in range(8)]
    old = [Identity("lte", 460, 0, 4200, cell) for cell in range(6)]
    crowd += [each for row in old for each in sudden(make, row, range(500, 508), 0.0)]
    new = Identity("gsm", 460, 0, 4100, 7)
    one = make.incident([*crowd, *sudden(make, new, range(900, 905), 7200.0)])
    assert new in {story.cell for story in stories(one)}


def test_three_phones_keep_no_cell_from_being_looked_at(make: Any) -> None:
    """They may find whatever they like of as many others."""
    decoys = [Identity("lte", 460, 0, 4100, cell) for cell in range(6)]
    lies = [each for row in decoys for each in sudden(make, row, range(3), 0.0)]
    names = ("odd_shape", "impossible_distance", "held_back", "wrong_channel")
    lies += [
        make.finding(n, detector=name, claimed=row, weight=5.0, cap=9.0)
        for row in decoys for n in range(3) for name in names
    ]  # fmt: skip
    victims = sudden(make, new := Identity("gsm", 460, 0, 4100, 7), range(9, 17), 0.0)
    assert new in {story.cell for story in stories(make.incident([*lies, *victims]))}


def test_cells_of_which_the_technology_is_unknown_are_put_in_order_too(make: Any) -> None:
    cells = [Identity(rat, 460, 0, 4100, 7) for rat in (None, "lte", "gsm")]
    one = make.incident([unciphered(make, n, cell) for n, cell in enumerate(cells)])
    assert {story.cell for story in stories(one)[1:]} == set(cells)


def test_a_story_is_named_by_what_says_most_and_known_again_by_it(make: Any) -> None:
    """Not by the strays beside it, though these are more."""
    cell = make.claimed(area=61001, cell=7)
    stray = make.claimed(rat="lte", area=61002, cell=None)
    one = make.incident(
        [
            *(make.finding(n, claimed=cell, weight=3.0) for n in range(3)),
            *(
                make.finding(10 + n, 30.0, detector="unknown_old_area", claimed=stray)
                for n in range(6)
            ),
        ]
    )
    (story,) = stories(one)
    assert story.identity(one) == stray
    assert story.about(one, {"unknown_cell": 6.0, "unknown_old_area": 2.0}) == str(cell)
    assert story.is_about(one, str(cell))
    assert not story.is_about(one, str(make.claimed(area=61009)))
    assert story.is_about(one, str(cell))
    tuned = make.incident([off_plan(make, 1, replace(CELLS[0], arfcn=1300, pci=7))])
    assert stories(tuned)[-1].is_about(tuned, str(CELLS[0]))  # whatever its channel
    of_cell = stories(make.incident([off_plan(make, 1, CELLS[0])]))[-1]
    assert of_cell.about(one, {}) == str(CELLS[0])
    assert of_cell.is_about(one, str(CELLS[0]))


def test_the_cell_that_the_highest_odds_were_about_is_among_those_looked_at(make: Any) -> None:
    others = [Identity("lte", 460, 0, 4100, 2000 + n) for n in range(4)]
    findings = [finding for cell in others for finding in sudden(make, cell, range(8), 0.0)]
    one = make.incident([*sudden(make, CELLS[0], range(1), 0.0), *findings])
    assert CELLS[0] not in {story.cell for story in stories(one)}
    one.renew()
    one.peak_about = str(CELLS[0])
    assert {story.cell for story in stories(one)} == {None, CELLS[0], *others}
