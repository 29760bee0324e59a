// Where the map looks first, and again by its buttons: the operator's area, as it is set or as the register
// has it. Without either it is all alerts.

import { optional } from "../data/api.js";
import { byId } from "../base/dom.js";
import { calm, fit } from "../map/camera.js";
import { toMap } from "../map/datum.js";

const PADDING_PX = 24;
// A register of one site is no view of a street.
const CLOSEST_ZOOM = 13;
let box = null;

// Asks for the area; it is none where it can't be had.
export async function find() {
  const answer = await optional("/api/home").catch(() => null);
  box = answer?.box ?? null;
}

// South-west and north-east corners where the base map draws them, or null. Over the antimeridian the map
// goes on beyond 180 degrees.
export function corners([west, south, east, north]) {
  const [first, last] = [toMap([west, south]), toMap([east, north])];
  return [first, last[0] < first[0] ? [last[0] + 360, last[1]] : last];
}

// What a new map begins with.
export function view() {
  if (!box) return { center: [104, 34], zoom: 3 };
  return {
    bounds: corners(box),
    fitBoundsOptions: { padding: PADDING_PX, maxZoom: CLOSEST_ZOOM },
  };
}

export const isKnown = () => box !== null;

export function start(map) {
  byId("fit").addEventListener("click", () => fit(map, true));
  byId("home").addEventListener("click", () => {
    if (!box) return fit(map, true);
    return map.fitBounds(corners(box), {
      padding: PADDING_PX,
      maxZoom: CLOSEST_ZOOM,
      animate: !calm(),
    });
  });
}
