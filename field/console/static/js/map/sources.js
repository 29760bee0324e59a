// What the map's sources hold. The library gets only what is something else than before: each
// time costs it a look at all its tiles, and a frame.

import * as clusters from "./clusters.js";
import * as overlays from "./overlays.js";

export const layersOn = { cells: false, wrong_rows: false, sensors: true, regions: true };
const MOST_REGIONS = 300;
const held = new Map(); // id -> GeoJSON
let texts = new Map(); // id -> the same as text

// A new style has new sources, which hold nothing.
export function again(map) {
  texts = new Map();
  for (const [id, data] of held) if (id !== "alerts") put(map, id, data);
}

export function put(map, id, data) {
  const text = JSON.stringify(data);
  if (texts.get(id) === text) return;
  held.set(id, data);
  if (map.getSource(id)) texts.set(id, text);
  map.getSource(id)?.setData(data);
}

// All alerts: thousands, and put only after a change of theirs, so they are not compared.
export function putAlerts(map) {
  const all = overlays.alerts();
  held.set("alerts", all);
  clusters.apply(map.getSource("alerts"), all.features.length);
  map.getSource("alerts")?.setData(all);
}

// All but them.
export function putRest(map, readings) {
  put(map, "chosen", overlays.chosen());
  put(map, "regions", overlays.regions(layersOn.regions ? MOST_REGIONS : 0));
  put(map, "track", overlays.track());
  put(map, "forecast", overlays.forecast());
  put(map, "nearest", overlays.nearest());
  put(map, "bearings", overlays.bearings(readings));
  put(map, "next", overlays.next());
  put(map, "sensors", layersOn.sensors ? overlays.sensors() : overlays.collection([]));
  put(map, "own", overlays.own());
}

// Where an alert is drawn: [lon, lat] in the base map's datum.
export const placeOf = (id) =>
  ["chosen", "alerts"]
    .flatMap((source) => held.get(source)?.features ?? [])
    .find((one) => one.properties.id === id)?.geometry.coordinates;

// The ids of what a source draws.
export const drawn = (id) => (held.get(id)?.features ?? []).map((one) => one.properties.id);
export const labels = () =>
  [...(held.get("alerts")?.features ?? [])].map((one) => one.properties.label).join(" ");
