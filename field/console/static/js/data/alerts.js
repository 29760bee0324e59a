// The list of alerts: loads pages of it, takes what the stream brings, keeps the order.

import { get } from "./api.js";
import { isPhone } from "../base/dom.js";
import { matches } from "./filters.js";
import { placeOf } from "./order.js";
import * as pins from "./pins.js";
import { now, serverNow, state, emit } from "./state.js";

const PAGE = isPhone() ? 15 : 40;
const COUNT_AFTER_MS = 1500;
// So many may come to a list by themselves.
const MOST_BEFORE = 200;
let paged = 0; // how many of the list came with its pages
let loading = null;
let meanwhile = []; // what came while a list was on its way, which may not have it
let early = null;
let counting = null;

function query(more) {
  return { ...state.filters, at: state.at, limit: PAGE, ...(more ? state.next : {}) };
}

// Asks for the first page before the words and the person are known; `load` takes the answer.
export function ahead() {
  early = get("/api/alerts", query(false)).catch(() => null);
}

// The first page anew. A load that is overtaken by another is dropped.
export async function load() {
  loading?.abort();
  pins.drop();
  const mine = new AbortController();
  loading = mine;
  meanwhile = [];
  state.failed = null;
  const begun = early;
  early = null;
  let page;
  try {
    page = (await begun) ?? (await get("/api/alerts", query(false), mine.signal));
  } catch (error) {
    if (error.name === "AbortError") return null;
    if (loading === mine) loading = null;
    if (loading === null) state.failed = error.message;
    throw error;
  }
  if (loading !== mine) return null;
  loading = null;
  state.alerts = new Map(page.alerts.map((alert) => [alert.alert_id, alert]));
  state.order = page.alerts.map((alert) => alert.alert_id);
  paged = 0;
  take(page);
  pins.load();
  emit("alerts");
  receive(meanwhile);
  return page;
}

// A list that was kept, narrowed to the filters: what it says is as old as it is.
export function takeKept({ at, value }) {
  Object.assign(state, { alerts: new Map(), order: [], pins: new Map(), next: null });
  Object.assign(state, { failed: null, kept: at, receivedMs: at, skewMs: value.skewMs });
  Object.assign(state, { behindMs: value.behindMs, replay: value.replay });
  const counts = { state: {}, severity: {}, status: {} };
  for (const alert of value.alerts) {
    for (const name of Object.keys(counts))
      counts[name][alert[name]] = (counts[name][alert[name]] ?? 0) + 1;
    const fits = matches(alert, state.filters);
    if (alert.position) pins.receive(alert, fits);
    if (!fits) continue;
    state.order.splice(placeOf(alert, state.order, state.alerts), 0, alert.alert_id);
    state.alerts.set(alert.alert_id, alert);
  }
  state.counts = counts;
  paged = state.order.length;
  emit("alerts");
  emit("pins");
}

export async function more() {
  if (!state.next || loading || state.loadingMore) return;
  state.loadingMore = true;
  const [from, whole] = [state.next, state.alerts];
  try {
    const page = await get("/api/alerts", query(true));
    // Meanwhile the list may be another, or end elsewhere.
    if (state.next !== from || state.alerts !== whole || loading) return;
    for (const alert of page.alerts) {
      if (!state.alerts.has(alert.alert_id)) state.order.push(alert.alert_id);
      state.alerts.set(alert.alert_id, alert);
    }
    take(page);
    emit("alerts");
  } finally {
    state.loadingMore = false;
  }
}

function take(page) {
  state.counts = page.counts ?? state.counts;
  paged += page.alerts.length;
  state.next = page.next && { cursor: page.next };
  state.replay = Boolean(page.replay);
  state.behindMs = page.behind_ms ?? 0;
}

// What came by itself since the last frame: summaries, and what people did, in order. Returns the
// summaries that are news in this view, each with the one that it replaces (null for one that is new
// here).
export function receive(events) {
  if (state.at !== null || !events.length) return [];
  if (loading) meanwhile.push(...events);
  const news = [];
  for (const { name, data } of events) {
    const alert = name === "alert" ? data : acted(data);
    const before = alert && put(alert);
    if (name === "alert" && before !== undefined) news.push([alert, before]);
  }
  trim();
  recount();
  emit("alert");
  return news;
}

// An alert to which somebody did something: its state is another. Null where the list hasn't it.
function acted(action) {
  const alert = state.alerts.get(action.alert_id);
  if (!alert) return pins.act(action);
  return {
    ...alert,
    state: action.state ?? alert.state,
    assignee: action.details?.assignee ?? alert.assignee,
  };
}

// Returns what it replaces, null for one that is new here, and undefined where it is not newer or
// doesn't belong into this view.
function put(alert) {
  const id = alert.alert_id;
  const before = state.alerts.get(id) ?? state.pins.get(id) ?? null;
  if (before && before.revision > alert.revision) return undefined;
  // A replay has come so far.
  if (state.behindMs && alert.replay) state.behindMs -= Math.max(0, alert.ts - now());
  drop(id);
  const fits = matches(alert, state.filters);
  pins.receive(alert, fits);
  if (!fits) return undefined;
  const place = placeOf(alert, state.order, state.alerts);
  // What stands beyond the end of what is loaded comes with the list's next page, which begins there.
  if (place > 0 && place === state.order.length && state.next) {
    state.next = { after: state.order.at(-1) };
    return before;
  }
  state.order.splice(place, 0, id);
  state.alerts.set(id, alert);
  return before;
}

// The list's end goes when much has come before it, and is loaded again by who scrolls there.
function trim() {
  if (state.order.length <= paged + MOST_BEFORE) return;
  for (const id of state.order.splice(paged)) state.alerts.delete(id);
  state.next = { after: state.order.at(-1) };
}

function drop(id) {
  const at = state.order.indexOf(id);
  if (at >= 0) state.order.splice(at, 1);
  state.alerts.delete(id);
}

// The counts are the server's, over all alerts: asked for anew soon after a change, once for many.
function recount() {
  if (counting) return;
  counting = setTimeout(async () => {
    counting = null;
    try {
      const page = await get("/api/alerts", { ...state.filters, at: state.at, limit: 1 });
      state.counts = page.counts;
      emit("counts");
    } catch {
      // The banner already says that the server isn't there; the next change asks again.
    }
  }, COUNT_AFTER_MS);
}

// How long ago an alert's newest evidence was. One of today that came in while a recording is played
// is as old as the server's clock says.
export const ageOf = (alert) =>
  (alert.replay || state.at !== null ? now() : serverNow()) - alert.last_seen;
