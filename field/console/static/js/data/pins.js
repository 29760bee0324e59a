// What the map shows of every open alert that fits the filters, however much of the list is loaded:
// asked for by itself, without regions and words, and kept up to date by what the stream brings.
//
// Phones pay for what they load and are slow to draw it: they ask for fewer. Where some are left
// out, those of what is looked at are asked for after each move.

import { get } from "./api.js";
import { byId, isPhone } from "../base/dom.js";
import { on, state, emit } from "./state.js";

const MOST = 10_000;
const MOST_ON_A_PHONE = 2_000;
const AGAIN_MS = 1500;
const AFTER_LIST_MS = 120;
const AFTER_MOVE_MS = 300;
// So much of a view on each side of it too: small moves ask for nothing.
const MARGIN = 0.25;
let loading = null;
let wanted = false; // they are asked for once the map is looked at
let meanwhile = new Map(); // what came while all were on their way: id -> alert and whether it fits
let again = null;
let moving = null;
let view = null; // what is looked at: west, south, east, north
let box = null; // what was asked for; null for everywhere

// A phone that shows its list shows no map.
export const seen = () => getComputedStyle(byId("map-pane")).visibility !== "hidden";
export const isLoading = () => loading !== null;

export function start() {
  on("shown", () => wanted && load(box));
  on("moved", (now) => {
    view = now;
    clearTimeout(moving);
    moving = setTimeout(() => isLacking() && load(wider(view)), AFTER_MOVE_MS);
  });
}

// What was asked for is no more wanted, and not drawn when it comes.
export function drop() {
  loading?.abort();
  loading = null;
}

// All anew, or those of a box. A load that is overtaken by another is dropped; one that fails leaves
// what is there.
export async function load(within = null) {
  drop();
  wanted = !seen();
  if (wanted) return;
  const mine = new AbortController();
  loading = mine;
  meanwhile = new Map();
  const status = state.filters.status ?? "open,update";
  // The list is painted before.
  await new Promise((done) => setTimeout(done, AFTER_LIST_MS));
  if (loading !== mine) return;
  try {
    const limit = isPhone() ? MOST_ON_A_PHONE : MOST;
    const query = { bbox: within?.join(","), ...state.filters, status, at: state.at, limit };
    const answer = await get("/api/pins", query, mine.signal);
    if (loading !== mine) return;
    state.pins = new Map(answer.pins.map(reader(answer.fields)));
    state.pinsLeftOut = answer.more;
    box = within;
    for (const [alert, fits] of meanwhile.values()) put(alert, fits);
  } catch (error) {
    if (error.name !== "AbortError") console.info(error);
  }
  if (loading !== mine) return;
  loading = null;
  emit("pins");
}

// Of which columns rows are, once for thousands.
function reader(fields) {
  const names = fields.filter((name) => name !== "lat" && name !== "lon");
  const places = names.map((name) => fields.indexOf(name));
  const [lat, lon] = [fields.indexOf("lat"), fields.indexOf("lon")];
  return (row) => {
    const pin = { position: { lat: row[lat], lon: row[lon] } };
    for (let at = 0; at < names.length; at++) pin[names[at]] = row[places[at]];
    return [pin.alert_id, pin];
  };
}

// Whether alerts of what is looked at may be missing. A box that a person set is all there is.
function isLacking() {
  if (!view || loading || state.filters.bbox || !seen()) return false;
  if (state.pinsLeftOut) return String(box) !== String(wider(view));
  if (!box) return false;
  const [west, south, east, north] = view;
  return west < box[0] || south < box[1] || east > box[2] || north > box[3] || west > east;
}

function wider([west, south, east, north]) {
  const [x, y] = [(east - west) * MARGIN, (north - south) * MARGIN];
  // Over the date line, or wider than half the world: everywhere.
  if (x < 0 || east - west > 180) return null;
  return [
    Math.max(-180, west - x),
    Math.max(-90, south - y),
    Math.min(180, east + x),
    Math.min(90, north + y),
  ].map((degrees) => Number(degrees.toFixed(3)));
}

// An alert that came by itself: `fits` says whether the filters let it through. Of it is kept what the
// map shows.
export function receive(alert, fits) {
  if (loading) meanwhile.set(alert.alert_id, [alert, fits]);
  put(alert, fits);
}

function put(alert, fits) {
  if (state.pins.get(alert.alert_id)?.revision > alert.revision) return;
  const asked = state.filters.status ?? "open,update";
  if (!fits || !asked.split(",").includes(alert.status)) state.pins.delete(alert.alert_id);
  else {
    const { alert_id, position, radius_m, severity, probability, kind, revision } = alert;
    const pin = { alert_id, position, radius_m, severity, probability, kind, revision };
    state.pins.set(alert_id, { ...pin, state: alert.state });
  }
}

// Somebody did something with an alert that the list hasn't loaded: whether it still fits is known to
// the server alone.
export function act(action) {
  if (!state.filters.state && !state.filters.q) return;
  if (!action.state || again) return;
  again = setTimeout(() => {
    again = null;
    load(box);
  }, AGAIN_MS);
}
