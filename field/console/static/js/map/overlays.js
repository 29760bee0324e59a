// From what the page knows to what the map draws: plain GeoJSON, in the base map's datum.

import { shifted } from "./datum.js";
import { isKnown, metres, named, sureText, t, clock } from "../base/words.js";
import { between, onward } from "../base/sphere.js";
import { ofKey } from "../alert/identities.js";
import { rank, SEVERITIES } from "../data/filters.js";
import { state } from "../data/state.js";

const BEARING_REACH_M = 4000;
const BEYOND = 1.3;
const SPREAD_SIGMAS = 2;
const ARC_STEPS = 8;

const feature = (geometry, properties = {}) => ({ type: "Feature", properties, geometry });
const point = (place, properties) =>
  feature({ type: "Point", coordinates: [place.lon, place.lat] }, properties);
const line = (places, properties) =>
  feature({ type: "LineString", coordinates: places.map((one) => [one.lon, one.lat]) }, properties);
export const collection = (features) => ({
  type: "FeatureCollection",
  features: features.filter(Boolean).map(shifted),
});

// Every open alert that fits the filters, and what else the list has loaded. They are thousands, of
// which few change: each is made once.
const marks = new WeakMap();
export function alerts() {
  const features = [];
  const add = (alert) => {
    if (!alert.position) return;
    if (!marks.has(alert)) marks.set(alert, shifted(mark(alert)));
    features.push(marks.get(alert));
  };
  for (const id of state.order) add(state.alerts.get(id));
  for (const pin of state.pins.values()) if (!state.alerts.has(pin.alert_id)) add(pin);
  return { type: "FeatureCollection", features };
}

// The chosen alert apart: it is drawn above all others, and never within a cluster.
export function chosen() {
  const id = state.selected;
  const alert = state.alerts.get(id) ?? state.detail ?? state.pins.get(id);
  return collection(id && alert?.position ? [mark(alert, "-chosen")] : []);
}

function mark(alert, more = "") {
  const size = alert.radius_m ? `\n± ${metres(alert.radius_m)}` : "";
  return point(alert.position, {
    id: alert.alert_id,
    icon: `severity-${SEVERITIES.includes(alert.severity) ? alert.severity : "info"}${more}`,
    rank: -rank(alert.severity),
    label: `${named("kind", alert.kind)} ${sureText(alert)}${size}`,
  });
}

// The regions of the most pressing alerts, and always of the chosen one.
export function regions(most = 300) {
  const ids = new Set(state.order.slice(0, most));
  if (state.selected) ids.add(state.selected);
  return collection(
    [...ids].flatMap((id) => {
      const chosen = id === state.selected;
      const alert =
        (chosen && state.detail?.alert_id === id && state.detail) || state.alerts.get(id);
      if (!alert) return [];
      const about = (share) => ({
        id,
        share,
        severity: alert.severity,
        chosen,
        label: `${share} %`,
      });
      return [
        alert.region && feature(alert.region, about(90)),
        alert.region_50 && feature(alert.region_50, about(50)),
      ];
    }),
  );
}

// What isn't seen to move has no forecast, and a way only where that leads farther than its place is known:
// what lies within that is the same place, estimated anew.
const moves = (alert) => isKnown(alert.speed_mps);
const leadsAway = ({ position, radius_m }, fixes) =>
  !position || !isKnown(radius_m) || fixes.some((fix) => between(position, fix).metres > radius_m);

export function track() {
  const fixes = (state.detail?.track ?? []).map(([ts, lat, lon]) => ({ ts, lat, lon }));
  if (fixes.length < 2) return collection([]);
  if (!moves(state.detail) && !leadsAway(state.detail, fixes)) return collection([]);
  const legs = fixes
    .slice(1)
    .map((to, at) =>
      line([fixes[at], to], { fade: 0.35 + (0.65 * (at + 1)) / (fixes.length - 1) }),
    );
  const every = Math.max(1, Math.ceil(fixes.length / 6));
  const dots = fixes
    .filter((_, at) => (fixes.length - 1 - at) % every === 0)
    .map((fix) => point(fix, { label: clock(fix.ts).slice(-8, -3) }));
  return collection([...legs, ...dots.slice(0, -1)]);
}

export function forecast() {
  const ahead = state.detail?.forecast;
  if (!ahead || !moves(state.detail)) return collection([]);
  const label = t("map.forecast", { time: clock(ahead.ts) });
  const here = state.detail.position;
  return collection([
    feature(ahead.region),
    here && line([here, ahead], {}),
    point(ahead, { label }),
  ]);
}

export function nearest() {
  const cell = state.detail?.nearest_cell;
  if (!cell || !state.detail.position) return collection([]);
  return collection([
    line([state.detail.position, cell]),
    point(cell, { label: `${t("legend.cell")} ${ofKey(cell.key).cell}\n${metres(cell.distance_m)}` }),
  ]);
}

// A bearing is a line with the wedge of twice its spread, drawn to a little beyond the alert.
export function bearings(readings) {
  return collection(
    readings.flatMap((one) => {
      if (!isKnown(one.lat)) return [];
      const level = one.signal_dbm ?? null;
      const places = [point(one, { label: `${one.device}${level === null ? "" : ` ${level} dBm`}` })];
      const to = one.bearing_to_deg ?? null;
      if (to === null) return places;
      const target = state.detail?.position;
      const reach = target ? Math.max(500, BEYOND * between(one, target).metres) : BEARING_REACH_M;
      const half = SPREAD_SIGMAS * (one.bearing_sigma_deg ?? 5);
      const arc = Array.from({ length: ARC_STEPS + 1 }, (_, at) =>
        onward(one, to - half + (2 * half * at) / ARC_STEPS, reach),
      );
      const ring = [one, ...arc, one].map((place) => [place.lon, place.lat]);
      return [
        feature({ type: "Polygon", coordinates: [ring] }),
        line([one, onward(one, to, reach)]),
        ...places,
      ];
    }),
  );
}

export function next() {
  const advice = state.detail?.measure_next;
  return collection(advice ? [point(advice, { label: t("map.measure_here") })] : []);
}

export function sensors() {
  const placed = (state.health?.sensors ?? []).filter((one) => isKnown(one.lat));
  return collection(
    placed.map((one) =>
      point(one, {
        how: one.silent ? "silent" : "live",
        label: one.silent ? `${one.device} – ${t("health.no_data")}` : one.device,
      }),
    ),
  );
}

// Where the register has a cell, where it is, and a line between: of some only one of them is known.
export const wrongRows = (rows) =>
  collection(
    rows.flatMap((row) => {
      const about = { id: row.key, label: `${row.key}\n${named("register", row.kind)}` };
      const [registered, learned] = [
        { lat: row.lat, lon: row.lon },
        { lat: row.learned_lat, lon: row.learned_lon },
      ].map((place) => (place.lat === null ? null : place));
      return [
        registered && learned && line([registered, learned], about),
        registered && point(registered, { ...about, how: "registered" }),
        learned && point(learned, { ...about, how: "learned" }),
      ];
    }),
  );

export function own() {
  const here = state.me_at;
  if (!here) return collection([]);
  const ring = Array.from({ length: 49 }, (_, at) =>
    onward(here, (at * 360) / 48, here.accuracy || 1),
  ).map((one) => [one.lon, one.lat]);
  return collection([feature({ type: "Polygon", coordinates: [ring] }), point(here)]);
}

export const draft = (place) => collection(place ? [point(place)] : []);
