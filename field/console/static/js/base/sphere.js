// Distances, bearings and the scale of the map, on the earth as a sphere.

const EARTH_M = 6371008.8;
// Web Mercator, in tiles of 512 pixels: what a pixel measures at the equator and zoom 0.
const WIDEST_PIXEL_M = 78271.517;

const radians = (angle) => (angle * Math.PI) / 180;
const degrees = (angle) => (angle * 180) / Math.PI;

// The same meridian between -180 and 180 degrees.
export const wrapped = (lon) => ((((lon + 180) % 360) + 360) % 360) - 180;

// Metres of a pixel of the map at a latitude.
export const pixelMetres = (lat, zoom = 0) =>
  (WIDEST_PIXEL_M * Math.cos(radians(lat))) / 2 ** zoom;

// Distance (m) and bearing (degrees from true north) from one place to another.
export function between(from, to) {
  const [a, b] = [radians(from.lat), radians(to.lat)];
  const d = radians(to.lon - from.lon);
  const h = Math.sin((b - a) / 2) ** 2 + Math.cos(a) * Math.cos(b) * Math.sin(d / 2) ** 2;
  const y = Math.sin(d) * Math.cos(b);
  const x = Math.cos(a) * Math.sin(b) - Math.sin(a) * Math.cos(b) * Math.cos(d);
  return {
    metres: 2 * EARTH_M * Math.asin(Math.sqrt(h)),
    degrees: (degrees(Math.atan2(y, x)) + 360) % 360,
  };
}

// The place so far away in that direction.
export function onward(from, bearing, metres) {
  const [d, c, a] = [metres / EARTH_M, radians(bearing), radians(from.lat)];
  const lat = Math.asin(Math.sin(a) * Math.cos(d) + Math.cos(a) * Math.sin(d) * Math.cos(c));
  const lon =
    radians(from.lon) +
    Math.atan2(Math.sin(c) * Math.sin(d) * Math.cos(a), Math.cos(d) - Math.sin(a) * Math.sin(lat));
  return { lat: degrees(lat), lon: wrapped(degrees(lon)) };
}
