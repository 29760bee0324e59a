// The list of alerts: loads pages of it, takes what the stream tells, keeps the order.

import { get } from "./api.js";
import { matches } from "./filters.js";
import { placeOf } from "./order.js";
import * as pins from "./pins.js";
import { now, serverNow, state, tell } from "./state.js";

const PAGE = 40;
const COUNT_AFTER_MS = 1500;
let loading = null;
let early = null;
let counting = null;

function query(more) {
  return { ...state.filters, at: state.at, limit: PAGE, cursor: more ? state.next : null };
}

// Asks for the first page before the words and the person are known; `load` takes the answer.
export function ahead() {
  early = get("/api/alerts", query(false)).catch(() => null);
}

// The first page anew. A load that is overtaken by another is dropped.
export async function load() {
  loading?.abort();
  const mine = (loading = new AbortController());
  let page;
  try {
    const told = await early;
    early = null;
    page = told ?? (await get("/api/alerts", query(false), mine.signal));
  } catch (error) {
    if (error.name === "AbortError") return null;
    throw error;
  }
  state.alerts = new Map(page.alerts.map((alert) => [alert.alert_id, alert]));
  state.order = page.alerts.map((alert) => alert.alert_id);
  take(page);
  pins.load();
  tell("alerts");
  return page;
}

export async function more() {
  if (!state.next || state.loadingMore) return;
  state.loadingMore = true;
  try {
    const page = await get("/api/alerts", query(true));
    for (const alert of page.alerts) {
      if (!state.alerts.has(alert.alert_id)) state.order.push(alert.alert_id);
      state.alerts.set(alert.alert_id, alert);
    }
    take(page);
    tell("alerts");
  } finally {
    state.loadingMore = false;
  }
}

function take(page) {
  state.counts = page.counts ?? state.counts;
  state.next = page.next;
  state.replay = Boolean(page.replay);
  state.behindMs = page.behind_ms ?? 0;
  state.asOf = page.as_of;
}

// A summary that came by itself. Returns the one it replaces, null for one that is new here, and
// undefined where it is not newer or doesn't belong into this view.
export function receive(alert) {
  if (state.at !== null) return undefined;
  const id = alert.alert_id;
  const before = state.alerts.get(id) ?? state.pins.get(id) ?? null;
  if (before && before.revision > alert.revision) return undefined;
  // A replay has come so far.
  if (state.behindMs && alert.replay) state.behindMs -= Math.max(0, alert.ts - now());
  drop(alert.alert_id);
  recount();
  const fits = matches(alert, state.filters);
  pins.receive(alert, fits);
  if (!fits) {
    if (before) tell("alerts");
    return undefined;
  }
  state.order.splice(placeOf(alert, state.order, state.alerts), 0, alert.alert_id);
  state.alerts.set(alert.alert_id, alert);
  tell("alert", alert, before);
  return before;
}

// Somebody did something: the alert's state is another.
export function act(told) {
  const alert = state.alerts.get(told.alert_id);
  if (state.at !== null) return;
  recount();
  if (!alert) return pins.act(told);
  receive({
    ...alert,
    state: told.state ?? alert.state,
    assignee: told.details?.assignee ?? alert.assignee,
  });
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
      tell("counts");
    } catch {
      // The banner already says that the server isn't there; the next change asks again.
    }
  }, COUNT_AFTER_MS);
}

// How long ago an alert's newest evidence was. One of today that came in while a recording is played
// is as old as the server's clock says.
export const ageOf = (alert) =>
  (alert.replay || state.at !== null ? now() : serverNow()) - alert.last_seen;
