// Shifts what is drawn onto base maps in GCJ-02 (Amap, Tencent) or BD-09 (Baidu), and clicks back.
// All that is stored and sent is WGS84; only the drawing is shifted. The formulas and outlines are
// those of the server's own module; where it leaves a place alone (outside the mainland), so does
// this.

import { file } from "../data/api.js";

const SEMI_MAJOR_M = 6378245.0;
const ECCENTRICITY_2 = 0.006693421622965943;
const ROUNDS = 10;
const CLOSE_DEG = 1e-9;
const radians = (degrees) => (degrees * Math.PI) / 180;
const wave = (degrees, half) => Math.sin((degrees * Math.PI) / half);

let datum = "wgs84";
let outlines = null;

export function choose(name, theirs) {
  datum = name ?? "wgs84";
  outlines = theirs;
}

// Loads the outlines, which are not small, only for base maps that need them.
export async function start(name) {
  if (!name || name === "wgs84") return;
  choose(name, await file("/static/mainland.json"));
}

// [lon, lat] of WGS84 to where the base map draws that place.
export function toMap([lon, lat]) {
  if (datum === "wgs84" || !isShifted(lat, lon)) return [lon, lat];
  const [y, x] = shift(lat, lon);
  return [x, y];
}

// .. and back.
export function fromMap([lon, lat]) {
  if (datum === "wgs84") return [lon, lat];
  const steps = datum === "bd09" ? [baidu, gcj02] : [gcj02];
  const [y, x] = steps.reduce(([a, b], step) => unshifted(step, a, b), [lat, lon]);
  return isShifted(y, x) ? [x, y] : [lon, lat];
}

// A GeoJSON feature with all its places where the base map draws them.
export function shifted(feature) {
  if (datum === "wgs84" || !feature.geometry) return feature;
  const geometry = { ...feature.geometry, coordinates: each(feature.geometry.coordinates) };
  return { ...feature, geometry };
}

const each = (value) => (typeof value[0] === "number" ? toMap(value) : value.map(each));

function isShifted(lat, lon) {
  return (
    within(lon, lat, outlines.mainland) &&
    !within(lon, lat, outlines.hong_kong) &&
    !within(lon, lat, outlines.macau)
  );
}

function within(x, y, ring) {
  let inside = false;
  for (let at = 0, before = ring.length - 1; at < ring.length; before = at++) {
    const [[x1, y1], [x2, y2]] = [ring[at], ring[before]];
    if (y1 > y !== y2 > y && x < ((x2 - x1) * (y - y1)) / (y2 - y1) + x1) inside = !inside;
  }
  return inside;
}

function shift(lat, lon) {
  const place = gcj02(lat, lon);
  return datum === "bd09" ? baidu(...place) : place;
}

// The place that is shifted to this one: a fixed point, since the shift changes slowly.
function unshifted(step, lat, lon) {
  let [y, x] = [lat, lon];
  for (let round = 0; round < ROUNDS; round++) {
    const [there_y, there_x] = step(y, x);
    const [off_y, off_x] = [there_y - lat, there_x - lon];
    [y, x] = [y - off_y, x - off_x];
    if (Math.max(Math.abs(off_y), Math.abs(off_x)) <= CLOSE_DEG) break;
  }
  return [y, x];
}

export function gcj02(lat, lon) {
  const [y, x] = [lat - 35, lon - 105];
  const fine = 2 * Math.sin(6 * Math.PI * x) + 2 * Math.sin(2 * Math.PI * x);
  const waves_y = 2 * wave(y, 1) + 4 * wave(y, 3) + 16 * wave(y, 12);
  const waves_x = 2 * wave(x, 1) + 4 * wave(x, 3) + 15 * wave(x, 12);
  const root = Math.sqrt(Math.abs(x));
  const north_m =
    -100 +
    2 * x +
    3 * y +
    0.2 * y * y +
    0.1 * x * y +
    0.2 * root +
    ((fine + waves_y + 32 * wave(y, 30)) * 20) / 3;
  const east_m =
    300 +
    x +
    2 * y +
    0.1 * x * x +
    0.1 * x * y +
    0.1 * root +
    ((fine + waves_x + 30 * wave(x, 30)) * 20) / 3;
  const flat = 1 - ECCENTRICITY_2 * Math.sin(radians(lat)) ** 2;
  const along_m = (SEMI_MAJOR_M * (1 - ECCENTRICITY_2)) / flat ** 1.5;
  const across_m = (SEMI_MAJOR_M / Math.sqrt(flat)) * Math.cos(radians(lat));
  return [lat + (north_m / along_m) * (180 / Math.PI), lon + (east_m / across_m) * (180 / Math.PI)];
}

// GCJ-02 to BD-09.
export function baidu(lat, lon) {
  const radius = Math.hypot(lon, lat) + 0.00002 * Math.sin(radians(lat) * 3000);
  const angle = Math.atan2(lat, lon) + 0.000003 * Math.cos(radians(lon) * 3000);
  return [radius * Math.sin(angle) + 0.006, radius * Math.cos(angle) + 0.0065];
}
