// The camera: local Web Mercator between WGS84 degrees, the plane in metres, and the screen.

const EARTH_M = 6378137;
const MOST_LAT = 85;
const CLOSEST = 20; // pixels a metre
const WIDEST = 1e-5;
const LEAST_SPAN_M = 900;

/** The same meridian between -180 and 180 degrees. */
const wrapped = (lon) => ((((lon + 180) % 360) + 360) % 360) - 180;

class Camera {
  constructor() {
    Object.assign(this, { x: 0, y: 0, scale: 0.05, width: 1, height: 1, meridian: 0 });
  }

  /** Plane metres. Longitudes count from a meridian near the data, so no date line cuts them. */
  plane(lat, lon) {
    const east = wrapped(lon - this.meridian);
    const north = Math.max(-MOST_LAT, Math.min(MOST_LAT, lat)) * (Math.PI / 180);
    return [EARTH_M * east * (Math.PI / 180),
      EARTH_M * Math.log(Math.tan(Math.PI / 4 + north / 2))];
  }

  degrees(x, y) {
    const lat = (2 * Math.atan(Math.exp(y / EARTH_M)) - Math.PI / 2) * (180 / Math.PI);
    return [lat, this.meridian + (x / EARTH_M) * (180 / Math.PI)];
  }

  fromPlane(x, y) {
    return [this.width / 2 + (x - this.x) * this.scale,
      this.height / 2 - (y - this.y) * this.scale];
  }

  toPlane(left, top) {
    return [this.x + (left - this.width / 2) / this.scale,
      this.y - (top - this.height / 2) / this.scale];
  }

  screen(lat, lon) {
    return this.fromPlane(...this.plane(lat, lon));
  }

  /** Pixels a true metre at a latitude: Mercator stretches by the secant. */
  pixelsPerMetre(lat) {
    return this.scale / Math.cos(lat * (Math.PI / 180));
  }

  middleLat() {
    return this.degrees(this.x, this.y)[0];
  }

  pan(right, down) {
    this.x -= right / this.scale;
    this.y += down / this.scale;
    this.hold();
  }

  /** Zooms by a factor about a point of the screen, which stays where it is. */
  zoom(factor, left = this.width / 2, top = this.height / 2) {
    const [x, y] = this.toPlane(left, top);
    this.scale = Math.max(WIDEST, Math.min(CLOSEST, this.scale * factor));
    const [nowX, nowY] = this.toPlane(left, top);
    this.x += x - nowX;
    this.y += y - nowY;
    this.hold();
  }

  /** Shows all of some places, [[lat, lon], ..], with room at the edges. */
  fit(places) {
    if (!places.length) return;
    const box = [Infinity, Infinity, -Infinity, -Infinity];
    for (const [lat, lon] of places) {
      const [x, y] = this.plane(lat, lon);
      box[0] = Math.min(box[0], x);
      box[1] = Math.min(box[1], y);
      box[2] = Math.max(box[2], x);
      box[3] = Math.max(box[3], y);
    }
    this.x = (box[0] + box[2]) / 2;
    this.y = (box[1] + box[3]) / 2;
    const margin = Math.min(70, this.width / 7, this.height / 7);
    const wide = Math.max(box[2] - box[0], LEAST_SPAN_M);
    const high = Math.max(box[3] - box[1], LEAST_SPAN_M);
    this.scale = Math.max(WIDEST, Math.min(CLOSEST,
      (this.width - 2 * margin) / wide, (this.height - 2 * margin) / high));
    this.hold();
  }

  /** Keeps the middle on the globe. */
  hold() {
    const edge = EARTH_M * Math.PI;
    this.x = Math.max(-edge, Math.min(edge, this.x));
    this.y = Math.max(-edge, Math.min(edge, this.y));
  }
}

/** Rings of a GeoJSON Polygon or MultiPolygon, as lists of [lat, lon], polygon by polygon. */
function polygons(region) {
  if (!region) return [];
  const parts = region.type === "MultiPolygon" ? region.coordinates : [region.coordinates];
  return parts.map((rings) => rings.map((ring) => ring.map(([lon, lat]) => [lat, lon])));
}

/** All places that an alert speaks of. */
function placesOf(alert) {
  const places = polygons(alert.region).flat(2);
  if (alert.position) places.push([alert.position.lat, alert.position.lon]);
  for (const [, lat, lon] of alert.track ?? []) places.push([lat, lon]);
  return places;
}
