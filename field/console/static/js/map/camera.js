// Where the map looks: at all alerts at first, then at the chosen one; and what it sees there.

import { fromMap, toMap } from "./datum.js";
import { byId } from "../base/dom.js";
import { pixelMetres, wrapped } from "../base/sphere.js";
import { state } from "../data/state.js";

// How many radii of the region are seen around a chosen alert.
const REGIONS_SEEN = 11;
let fitted = false;

// Whether this person's device asks for less motion.
export const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

// The first list decides what is seen; later only when it is asked for.
export function fit(map, asked = false) {
  const places = [...state.pins.values(), ...state.order.map((id) => state.alerts.get(id))]
    .map((alert) => alert.position)
    .filter(Boolean)
    .map((one) => toMap([one.lon, one.lat]));
  if (!places.length || (asked !== true && (fitted || state.selected))) return;
  fitted = true;
  const box = [places[0].slice(), places[0].slice()];
  for (const place of places) {
    box[0] = box[0].map((least, at) => Math.min(least, place[at]));
    box[1] = box[1].map((most, at) => Math.max(most, place[at]));
  }
  map.fitBounds(box, { padding: 60, maxZoom: 13, animate: asked === true && !calm() });
}

// Brings a place into view.
const CLOSE_ZOOM = 14;
export function goTo(map, place) {
  const center = toMap([place.lon, place.lat]);
  map.easeTo({ center, zoom: CLOSE_ZOOM, duration: 500, animate: !calm() });
}

// Brings the chosen alert into view, unless it was chosen on the map itself.
export function look(map, by) {
  const alert = state.alerts.get(state.selected) ?? state.detail;
  if (!alert?.position || by === "map") return;
  const reach = Math.max(alert.radius_m ?? 500, 250);
  // The pane beside the map may just have opened: the map is measured first, after that.
  requestAnimationFrame(() => {
    map.resize();
    const width = map.getContainer().clientWidth;
    const wide = width * pixelMetres(alert.position.lat);
    const zoom = Math.min(15, Math.max(8, Math.log2(wide / (REGIONS_SEEN * reach))));
    map.easeTo({
      center: toMap([alert.position.lon, alert.position.lat]),
      zoom,
      duration: 500,
      animate: !calm(),
    });
  });
}

const rounded = (degrees) => Number(degrees.toFixed(5));

// West, south, east, north of what is seen, in WGS84; west of east over the date line, beyond which the
// map goes on: the same place has several longitudes there.
export function boundsOf(map) {
  const [[west, south], [east, north]] = map.getBounds().toArray();
  if (east - west >= 360) return [-180, south, 180, north].map(rounded);
  return [...fromMap([wrapped(west), south]), ...fromMap([wrapped(east), north])].map(rounded);
}

export function zoomButtons(map) {
  byId("zoom-in").addEventListener("click", () => map.zoomIn());
  byId("zoom-out").addEventListener("click", () => map.zoomOut());
}
