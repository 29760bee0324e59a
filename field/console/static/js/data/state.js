// What the page knows, in one place, and who is notified of a change.

export const state = {
  me: { name: "", role: "viewer", basemap: { kind: "none" } },
  alerts: new Map(), // alert_id -> summary, as the server sent it last
  order: [], // ids of the list, in its order
  counts: { state: {}, severity: {}, status: {}, kind: {}, rat: {} },
  next: null, // how the list's next page is asked for, null at its end
  loadingMore: false, // it is on its way
  filters: {},
  selected: null,
  detail: null, // the selected alert with all that belongs to it
  at: null, // ms: the past is shown as it was then; null: now
  health: null,
  replay: false,
  live: "starting", // starting, live, lost
  receivedMs: 0, // when something came from the server last, by this machine's clock
  skewMs: 0, // the server's clock minus this machine's
  behindMs: 0, // how far a replay's time is behind the server's clock; 0 where it is live
  pins: new Map(), // alert_id -> what the map shows of every open alert that fits the filters
  pinsLeftOut: false, // there are more than were asked for
  kept: null, // ms: what is shown was kept on this device then; null: it is from the console
  failed: null, // why the list couldn't be loaded
  me_at: null, // own position {lat, lon, accuracy}
};

const listeners = new Map();

// What is another: alerts (the list), alert (some of it), counts, selection, detail, gone, unknown, filters, at,
// health, live, place, pins, queue (what waits to be sent), sent, moved (the map), shown, theme. What somebody
// wants: again, choose, language, logout, look, panel, to_now, view, wrong_rows.
export function on(topic, act) {
  if (!listeners.has(topic)) listeners.set(topic, []);
  listeners.get(topic).push(act);
}

export function emit(topic, ...about) {
  for (const act of listeners.get(topic) ?? []) act(...about);
}

// The server's clock, or in a replay the time that has come there: ages are counted by it, however wrong
// this machine's clock is.
export const now = () => state.at ?? serverNow() - state.behindMs;
export const serverNow = () => Math.round(Date.now() + state.skewMs);

export const RANKS = ["viewer", "field", "dispatcher", "admin"];
export const may = (role) => RANKS.indexOf(state.me.role) >= RANKS.indexOf(role);
