// Streets where there is no network. The page's worker keeps the tiles that were seen (sw.js); what was never
// seen can't be drawn then, which the map says, and asks for it again at each look and with the network.

import { byId } from "../base/dom.js";
import { on, state } from "../data/state.js";

const MAP_TILE_PX = 512; // in which the map's own zoom counts

// Tiles of the base map that didn't come since the last look, by their address.
const missing = new Map();

// `again` has the base map read anew: what was seen before the worker was there isn't kept yet.
export function watch(map, again) {
  map.on("error", ({ sourceId, tile }) => {
    if (sourceId !== "base" || !tile) return;
    const { z, x, y } = tile.tileID.canonical;
    missing.set(`${z}/${x}/${y}`, { z, x, y });
    show(map);
  });
  map.on("moveend", () => retry(map));
  map.on("idle", () => show(map));
  on("live", () => state.live === "live" && retry(map));
  const workers = navigator.serviceWorker;
  if (workers && !workers.controller)
    workers.addEventListener("controllerchange", again, { once: true });
}

// Tiles of another zoom than that which is seen only stand in for others; some come too late for a look.
function show(map) {
  const zoom = zoomOfTiles(map);
  const [[west, south], [east, north]] = map.getBounds().toArray();
  const isSeen = ({ z, x, y }) =>
    z === zoom &&
    latitude(y, z) > south &&
    latitude(y + 1, z) < north &&
    (east - west >= 360 || overlaps(longitude(x, z), 360 / 2 ** z, west, east));
  byId("map-gaps").hidden = ![...missing.values()].some(isSeen);
}

const longitude = (x, z) => (360 * x) / 2 ** z - 180;
const latitude = (y, z) => (180 / Math.PI) * Math.atan(Math.sinh(Math.PI * (1 - (2 * y) / 2 ** z)));

// Whether a tile from `from` on, so many degrees wide, lies in the view on any turn of the globe.
const overlaps = (from, wide, west, east) => {
  const ahead = (((from - west) % 360) + 360) % 360;
  return ahead < east - west || ahead + wide > 360;
};

function zoomOfTiles(map) {
  const { tileSize, minzoom, maxzoom, roundZoom } = map.getSource("base") ?? {};
  const zoom = map.getZoom() + Math.log2(MAP_TILE_PX / (tileSize ?? MAP_TILE_PX));
  const whole = roundZoom ? Math.round(zoom) : Math.floor(zoom);
  return Math.min(maxzoom ?? whole, Math.max(minzoom ?? whole, whole));
}

function retry(map) {
  const tiles = [...missing.values()];
  missing.clear();
  if (tiles.length && map.getSource("base")) map.refreshTiles("base", tiles);
  else show(map);
}
