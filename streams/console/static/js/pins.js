// What the map shows of every open alert that fits the filters, however much of the list is loaded:
// asked for by itself, without regions and words, and kept up to date by what the stream tells.

import { get } from "./api.js";
import { state, tell } from "./state.js";

const MOST = 10_000;
const AGAIN_MS = 1500;
const AFTER_LIST_MS = 120;
let loading = null;
let again = null;

export const isLoading = () => loading !== null;

// All anew. A load that is overtaken by another is dropped; one that fails leaves what is there.
export async function load() {
  loading?.abort();
  const mine = (loading = new AbortController());
  const status = state.filters.status ?? "open,update";
  // The list is painted before.
  await new Promise((done) => setTimeout(done, AFTER_LIST_MS));
  if (loading !== mine) return;
  try {
    const query = { ...state.filters, status, at: state.at, limit: MOST };
    const told = await get("/api/pins", query, mine.signal);
    state.pins = new Map(told.pins.map((row) => [row[0], pin(told.fields, row)]));
    state.pinsLeftOut = told.more;
  } catch (error) {
    if (error.name !== "AbortError") console.info(error);
  }
  if (loading !== mine) return;
  loading = null;
  tell("pins");
}

function pin(fields, row) {
  const { lat, lon, ...rest } = Object.fromEntries(fields.map((name, at) => [name, row[at]]));
  return { ...rest, position: { lat, lon } };
}

// An alert that came by itself: `fits` says whether the filters let it through.
export function receive(alert, fits) {
  const asked = state.filters.status ?? "open,update";
  if (fits && asked.split(",").includes(alert.status)) state.pins.set(alert.alert_id, alert);
  else state.pins.delete(alert.alert_id);
}

// Somebody did something with an alert that the list hasn't loaded: whether it still fits is known to
// the server alone.
export function act(told) {
  if (!state.filters.state && !state.filters.q) return;
  if (!told.state || again) return;
  again = setTimeout(() => {
    again = null;
    load();
  }, AGAIN_MS);
}
