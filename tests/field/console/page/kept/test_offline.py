"""How the page is kept for a time without a network, and forgotten when its person leaves."""

import shutil
from typing import Any

import pytest

from tests.field.console.page.page_program import TIMERS, asked_of_the_page

pytestmark = pytest.mark.skipif(shutil.which("node") is None, reason="no node here")

#: A browser whose workers come as a test says: `worker.end(state)`.
WORKERS = f"""{TIMERS}
const did = [];
let worker, registration;
const serviceWorker = {{
  register: async (address) => {{
    const listeners = [];
    did.push(address);
    worker = {{ state: "installing", addEventListener: (_, act) => listeners.push(act),
      end: (state) => {{
        worker.state = state;
        registration.installing = null;
        if (state !== "redundant") registration.active = worker;
        listeners.forEach((act) => act());
      }} }};
    registration = {{ installing: worker, waiting: null, active: null,
      unregister: async () => did.push("unregister") }};
    return registration;
  }},
  getRegistration: async () => registration,
}};
Object.defineProperty(globalThis, "navigator", {{ value: {{ serviceWorker }} }});
globalThis.caches = {{ keys: async () => ["shell 1", "tiles"],
  delete: async (name) => did.push(`delete ${{name}}`) }};
const offline = await import('./js/offline/worker.js');
"""


def last_sent_by(program: str) -> Any:
    return asked_of_the_page(f"{program} process.exit(0);")


def test_a_worker_that_could_not_fetch_all_is_tried_again_later_and_later() -> None:
    sent = last_sent_by(
        f"""{WORKERS}
        offline.keep("1");
        for (let n = 0; n < 3; n++) {{
          await settled();
          worker.end("redundant");
          await next();
        }}
        worker.end("installed");
        await next();
        console.log(JSON.stringify([did, pauses]));
        """
    )
    assert sent == [["/static/sw.js?v=1&tiles="] * 4, [5000, 10_000, 20_000]]


def test_what_a_worker_is_just_fetching_is_forgotten_too() -> None:
    sent = last_sent_by(
        f"""{WORKERS}
        offline.keep("1");
        await settled();
        const gone = offline.forget();
        await settled();
        const before = [...did];
        worker.end("activated");
        await gone;
        console.log(JSON.stringify([before, did.slice(before.length)]));
        """
    )
    assert sent == [["/static/sw.js?v=1&tiles="], ["unregister", "delete shell 1", "delete tiles"]]


def test_a_worker_that_failed_or_never_ends_keeps_nobody_from_leaving() -> None:
    sent = last_sent_by(
        f"""{WORKERS}
        offline.keep("1");
        await settled();
        let gone = offline.forget();
        await next();
        await gone;
        const found = [did.splice(0)];
        offline.keep("1");
        await settled();
        worker.end("redundant");
        await settled();
        await offline.forget();
        found.push(did.splice(0));
        for (let n = 0; n < 3; n++) await next();
        console.log(JSON.stringify([...found, did]));
        """
    )
    left = ["/static/sw.js?v=1&tiles=", "unregister", "delete shell 1", "delete tiles"]
    assert sent == [left, left, []]


@pytest.mark.parametrize("over", [False, True])
def test_whoever_logs_out_is_not_led_away_before_all_is_forgotten(over: bool) -> None:
    """By then the page is told by any answer that its session is over."""
    sent = last_sent_by(
        f"""{TIMERS}
        const did = [];
        globalThis.location = {{ reload: () => did.push("reload") }};
        let over = {str(over).lower()};
        globalThis.fetch = async (address) => {{
          const status = over ? 401 : 200;
          if (address === "/api/logout") over = true;
          return {{ ok: status === 200, status, headers: new Map(), json: async () => null }};
        }};
        const {{ get, logOut }} = await import('./js/data/api.js');
        await logOut(async () => {{
          await get("/api/health").catch((error) => did.push(error.status));
          did.push("forgotten");
        }});
        const found = did.splice(0);
        await get("/api/health").catch(() => null);
        console.log(JSON.stringify([found, did]));
        """
    )
    assert sent == [[401, "forgotten", "reload"], ["reload"]]


def test_who_cannot_log_out_still_learns_of_a_session_that_ends() -> None:
    sent = last_sent_by(
        f"""{TIMERS}
        const did = [];
        globalThis.location = {{ reload: () => did.push("reload") }};
        globalThis.fetch = async () => {{ throw new TypeError("no network"); }};
        const {{ get, logOut }} = await import('./js/data/api.js');
        await logOut(() => did.push("forgotten")).catch((error) => did.push(error.message));
        globalThis.fetch = async () => ({{ ok: false, status: 401, headers: new Map() }});
        await get("/api/health").catch(() => null);
        console.log(JSON.stringify(did));
        """
    )
    assert sent == ["offline.none", "reload"]


POSTS = """
const posted = [];
globalThis.fetch = async (address, { body } = {}) => {
  posted.push(body && JSON.parse(body));
  return { ok: true, status: 200, json: async () => ({ name: "vera" }),
    headers: new Headers({ "Content-Type": "application/json" }) };
};
globalThis.localStorage = { getItem: () => null, setItem() {}, removeItem() {} };
const kept = await import('./js/offline/kept.js');
const { state } = await import('./js/data/state.js');
const queue = await import('./js/offline/queue.js');
const entry = { path: "/api/alerts/a/actions", body: { action: "found" },
  alert_id: "a", action: "found" };
state.me.name = "vera";
"""


def test_what_another_did_is_not_sent_where_it_could_not_be_removed() -> None:
    """A browser whose store fails once when it is cleared still has the action of who was here."""
    sent = last_sent_by(
        f"""{POSTS}
        await kept.write("waiting", "0", "fei", entry);
        await kept.write("waiting", "1", "vera", {{ ...entry, body: {{ action: "note" }} }});
        await queue.start(async () => true);
        await queue.flush();
        console.log(JSON.stringify(posted.map(({{ action }}) => action)));
        """
    )
    assert sent == ["note"]


def test_what_was_done_by_a_clock_that_was_not_set_is_sent_without_its_time() -> None:
    sent = last_sent_by(
        f"""{POSTS}
        await kept.write("waiting", "0", "vera", entry, 60_000);
        await kept.write("waiting", "1", "vera", entry, Date.now() - 80 * 3600_000);
        await kept.claim("vera");
        await queue.start(async () => true);
        await queue.flush();
        console.log(JSON.stringify(posted));
        """
    )
    assert sent == [{"action": "found"}]


def test_a_clock_that_is_put_right_loses_nothing_that_waits() -> None:
    """The page took it in a year that was wrong by weeks; an hour later the network is back."""
    sent = last_sent_by(
        f"""{POSTS}
        const now = Date.now;
        const records = new Map();
        const asked = (result) => ({{ result }});
        const store = {{
          put: (one) => records.set(one.key, one),
          get: (key) => asked(records.get(key)),
          getAll: () => asked([...records.values()]),
          count: (key) => asked(Number(records.has(key))),
          delete: (key) => asked(records.delete(key)),
        }};
        const transaction = () => {{
          const made = {{ objectStore: () => store }};
          setImmediate(() => made.oncomplete());
          return made;
        }};
        globalThis.indexedDB = {{ open: () => {{
          const opening = {{ result: {{ transaction }} }};
          setImmediate(() => opening.onsuccess());
          return opening;
        }} }};
        Date.now = () => now() - 30 * 24 * 3600_000;
        state.live = "lost";
        globalThis.fetch = async () => {{ throw new TypeError("no network"); }};
        await queue.send(entry);
        Date.now = now;
        globalThis.fetch = async (_, {{ body }}) => {{
          posted.push(JSON.parse(body).action);
          return {{ ok: true, status: 200, json: async () => ({{}}), headers: new Headers() }};
        }};
        await queue.flush();
        await queue.flush();
        console.log(JSON.stringify(posted));
        """
    )
    assert sent == ["found"]


def test_whoever_comes_next_finds_nothing_even_if_the_network_goes_at_once() -> None:
    left = last_sent_by(
        f"""{POSTS}
        state.me.name = "";
        await kept.write("known", "me", "fei", {{ name: "fei" }});
        await kept.write("known", "list", "fei", {{ alerts: [] }});
        const presence = await import('./js/offline/presence.js');
        const trouble = await presence.begin();
        console.log(JSON.stringify([trouble, state.me.name, await kept.read("known", "list")]));
        """
    )
    assert left == [None, "vera", None]
