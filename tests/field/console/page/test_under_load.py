"""What the page's modules do when very much comes at once, and what they spare slow machines."""

import shutil
from typing import Any

import pytest

from tests.field.console.page.page_program import asked_of_the_page

pytestmark = pytest.mark.skipif(shutil.which("node") is None, reason="no node here")

#: A page without a screen: frames come when `frame()` is called, the server answers with `answer`.
BROWSER = """
const frames = [];
globalThis.requestAnimationFrame = (act) => frames.push(act);
globalThis.cancelAnimationFrame = (at) => (frames[at - 1] = () => {});
const frame = () => frames.splice(0).forEach((act) => act());
const rest = (ms) => new Promise((done) => setTimeout(done, ms));
globalThis.location = { reload() {} };
globalThis.document = { getElementById: () => ({}), hidden: false };
globalThis.getComputedStyle = () => ({ visibility: "visible" });
let phone = false;
globalThis.matchMedia = () => ({ matches: phone });
const asked = [];
let answer = () => ({});
globalThis.fetch = async (address) => {
  asked.push(address);
  const [path, query] = address.split("?");
  const content = await answer(path, new URLSearchParams(query));
  return { ok: true, status: 200, headers: new Map([["Content-Type", "json"]]),
    json: async () => content };
};
const alert = (n, more = {}) => ({ alert_id: `a${String(n).padStart(5, "0")}`, revision: 1,
  status: "open", severity: "high", state: "new", kind: "cloned_cell", probability: 0.9,
  ts: 1000 + n, first_seen: 1, last_seen: 2, identities: [], radius_m: 5,
  position: { lat: 40, lon: 116 }, region: { type: "Polygon", coordinates: [] }, ...more });
const event = (...about) => ({ name: "alert", data: alert(...about) });
const FIELDS = ["alert_id", "lat", "lon", "severity", "probability", "kind", "state", "revision"];
const row = (n) => [alert(n).alert_id, 40, 116, "high", 0.9, "cloned_cell", "new", 1];
"""


def last_sent_by(program: str) -> Any:
    return asked_of_the_page(f"{BROWSER} {program} process.exit(0);")


def test_what_comes_between_two_frames_is_handed_over_together_and_in_order() -> None:
    sent = last_sent_by(
        """
        const { gathered } = await import('./js/data/gather.js');
        const got = [];
        const hand = gathered((events) => got.push(events));
        for (let n = 0; n < 500; n++) hand(n);
        const before = got.length;
        frame();
        hand(500);
        frame();
        console.log(JSON.stringify([before, got]));
        """
    )
    assert sent == [0, [list(range(500)), [500]]]


def test_a_page_that_has_no_frames_is_handed_what_comes_all_the_same() -> None:
    sent = last_sent_by(
        """
        const { gathered } = await import('./js/data/gather.js');
        const got = [];
        const hand = gathered((events) => got.push(events));
        for (let n = 0; n < 5; n++) hand(n);
        while (!got.length) await rest(20);
        frame();
        console.log(JSON.stringify(got));
        """
    )
    assert sent == [list(range(5))]


def test_a_list_to_which_much_comes_stays_short_and_goes_on_behind_its_last() -> None:
    sent = last_sent_by(
        """
        const alerts = await import('./js/data/alerts.js');
        const { state, on } = await import('./js/data/state.js');
        const page = (ids) => ({ alerts: ids.map((n) => alert(n)), counts: {}, next: 'further' });
        answer = (path) => path === '/api/pins' ? { fields: FIELDS, pins: [] } : page([9, 8, 7]);
        await alerts.load();
        let drawings = 0;
        on('alert', () => drawings++);
        alerts.receive(Array.from({ length: 1000 }, (_, n) => event(n + 100)));
        // Less pressing than all that is loaded: they come with the next page.
        alerts.receive([event(1), event(2, { status: 'closed' })]);
        const kept = [state.order.length, state.alerts.size, state.order[0]];
        asked.length = 0;
        await alerts.more();
        const last = kept[0] - 1;
        console.log(JSON.stringify([drawings, ...kept, asked[0].includes(`after=a01097`)]));
        """
    )
    assert sent == [2, 3, 3, "a01099", True]


def test_an_update_of_a_list_s_last_alert_leaves_no_gap_before_the_next_page() -> None:
    sent = last_sent_by(
        """
        const alerts = await import('./js/data/alerts.js');
        const { state } = await import('./js/data/state.js');
        answer = (path) => path === '/api/pins' ? { fields: FIELDS, pins: [] }
          : { alerts: [9, 8, 7].map((n) => alert(n)), counts: {}, next: 'behind-7' };
        await alerts.load();
        alerts.receive([event(7, { revision: 2 })]);
        asked.length = 0;
        await alerts.more();
        console.log(JSON.stringify([asked[0].includes('after=a00008'), state.order]));
        """
    )
    assert sent == [True, ["a00009", "a00008", "a00007"]]


def test_what_comes_while_a_list_and_its_pins_are_on_their_way_is_not_lost() -> None:
    sent = last_sent_by(
        """
        const alerts = await import('./js/data/alerts.js');
        const pins = await import('./js/data/pins.js');
        const { state } = await import('./js/data/state.js');
        const page = { alerts: [alert(1), alert(2)], counts: {}, next: null };
        answer = async (path) => {
          await rest(30);
          return path === '/api/pins' ? { fields: FIELDS, pins: [row(1), row(2)] } : page;
        };
        const loading = alerts.load();
        alerts.receive([event(3)]);
        await loading;
        while (!asked.some((one) => one.startsWith('/api/pins'))) await rest(10);
        alerts.receive([event(4), event(1, { status: 'closed', revision: 2 })]);
        while (pins.isLoading()) await rest(10);
        console.log(JSON.stringify([state.order, [...state.pins.keys()].sort()]));
        """
    )
    assert sent == [
        ["a00004", "a00003", "a00002", "a00001"],
        ["a00002", "a00003", "a00004"],
    ]


def test_of_an_alert_that_comes_the_map_keeps_only_what_it_shows() -> None:
    sent = last_sent_by(
        """
        const pins = await import('./js/data/pins.js');
        const { state } = await import('./js/data/state.js');
        pins.receive(alert(1), true);
        console.log(JSON.stringify(Object.keys(state.pins.get('a00001')).sort()));
        """
    )
    pin = ["alert_id", "kind", "position", "probability", "radius_m", "revision", "severity"]
    assert sent == [*pin, "state"]


def test_a_phone_asks_for_fewer_and_then_for_what_it_looks_at() -> None:
    sent = last_sent_by(
        """
        const pins = await import('./js/data/pins.js');
        const { state, emit } = await import('./js/data/state.js');
        phone = true;
        let more = true;
        answer = () => ({ fields: FIELDS, pins: [row(1)], more });
        const limits = () => asked.splice(0).map((one) => {
          const query = new URLSearchParams(one.split('?')[1]);
          return [query.get('limit'), query.get('bbox')];
        });
        pins.start();
        const look = async (...view) => {
          emit('moved', view);
          await rest(500);
          while (pins.isLoading()) await rest(10);
        };
        await pins.load();
        await look(100, 30, 120, 40);
        const found = [limits()];
        // All of that is known now: a look closer asks for nothing, one elsewhere does.
        more = false;
        await look(110, 30, 120, 40);
        found.push(limits());
        await look(112, 32, 118, 38);
        found.push(limits());
        await look(20, 30, 30, 40);
        found.push(limits());
        // Nothing is left out of all: no move asks again.
        phone = false;
        await pins.load();
        await look(112, 32, 118, 38);
        found.push(limits());
        console.log(JSON.stringify(found));
        """
    )
    assert sent == [
        [["2000", None], ["2000", "95,27.5,125,42.5"]],
        [["2000", "107.5,27.5,122.5,42.5"]],
        [],
        [["2000", "17.5,27.5,32.5,42.5"]],
        [["10000", None]],
    ]


def test_the_map_gets_a_source_only_when_it_holds_something_else() -> None:
    sent = last_sent_by(
        """
        const sources = await import('./js/map/sources.js');
        const { state } = await import('./js/data/state.js');
        const put = [];
        const map = { getSource: (id) => ({ setData: () => put.push(id) }) };
        sources.putRest(map, []);
        put.length = 0;
        sources.putRest(map, []);
        const same = put.splice(0);
        state.me_at = { lat: 40, lon: 116, accuracy: 10 };
        sources.putRest(map, []);
        const moved = put.splice(0);
        sources.again(map);
        console.log(JSON.stringify([same, moved, put.includes('own')]));
        """
    )
    assert sent == [[], ["own"], True]


def test_the_map_asks_for_no_frame_until_the_list_that_was_asked_for_is_painted() -> None:
    sent = last_sent_by(
        """
        const { hold, pace, release } = await import('./js/map/pace.js');
        let drawn = 0;
        const map = { triggerRepaint: () => drawn++ };
        pace(map);
        const seen = [];
        map.triggerRepaint();
        seen.push(drawn);
        hold();
        for (let n = 0; n < 5; n++) map.triggerRepaint();
        seen.push(drawn);
        release();
        seen.push(drawn);
        frame();
        while (drawn === 1) await rest(10);
        map.triggerRepaint();
        seen.push(drawn);
        // A list that never comes holds it for a while only.
        hold();
        map.triggerRepaint();
        seen.push(drawn);
        while (drawn === 3) await rest(10);
        console.log(JSON.stringify([...seen, drawn]));
        """
    )
    assert sent == [1, 1, 1, 3, 3, 4]
