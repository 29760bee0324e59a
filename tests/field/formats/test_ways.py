"""The way along which a transmitter came: of what isn't seen to move, no jitter of its place."""

import msgspec
import pytest

from detectors.alert.record import Alert
from field.formats import gpx, kml
from field.formats.areas import way_of
from tests.replay.test_alert_files import alert

#: Three places, 111 m from each other.
TRACK = [(0, 30.652, 104.05), (60_000, 30.651, 104.05), (120_000, 30.65, 104.05)]


def known(**fields: object) -> Alert:
    where = {"position": {"lat": 30.65, "lon": 104.05}, "track": TRACK, "speed_mps": None}
    return msgspec.structs.replace(alert(), **(where | fields))


@pytest.mark.parametrize(
    ("one", "fixes"),
    [
        (known(radius_m=300.0), 0),  # estimated anew
        (known(radius_m=100.0), 3),  # it came from elsewhere, and stands
        (known(radius_m=300.0, speed_mps=6.0), 3),
        (known(radius_m=None), 3),
        (known(position=None, radius_m=None), 3),
        (known(track=None), 0),
        (known(track=[(0, 99.0, 104.05), *TRACK], radius_m=100.0), 3),
    ],
)
def test_a_way_is_what_leads_farther_than_the_place_is_known(one: Alert, fixes: int) -> None:
    assert len(way_of(one)) == fixes
    assert (b"<trk>" in gpx.track(one)) == bool(fixes)
    assert (b"LineString" in kml.document([one])) == bool(fixes)
