// Where this device is, if its person wants to give it to the page; the place never leaves the browser.

import { byId } from "../base/dom.js";
import { state, emit } from "../data/state.js";
import { t } from "../base/words.js";
import { notify } from "../base/notice.js";

const EARTH_M = 6371008.8;
const radians = (degrees) => (degrees * Math.PI) / 180;
let watch = null;

export function start() {
  byId("locate").addEventListener("click", toggle);
}

function toggle() {
  if (watch !== null) {
    navigator.geolocation.clearWatch(watch);
    watch = null;
    place(null);
    return;
  }
  // Browsers give the place only to pages that came over TLS or from this very machine.
  if (!window.isSecureContext || !navigator.geolocation) {
    notify(t("place.needs_tls"), "warn");
    return;
  }
  watch = navigator.geolocation.watchPosition(
    ({ coords }) =>
      place({ lat: coords.latitude, lon: coords.longitude, accuracy: coords.accuracy }),
    (error) => notify(t("place.refused", { why: error.message }), "warn"),
    { enableHighAccuracy: true, maximumAge: 5000 },
  );
}

function place(at) {
  state.me_at = at;
  byId("locate").setAttribute("aria-pressed", String(at !== null));
  emit("place");
}

// Distance (m, on a sphere) and bearing (degrees from true north) from here to a place.
export const away = (to) => between(state.me_at, to);

export function between(from, to) {
  const [a, b] = [radians(from.lat), radians(to.lat)];
  const d = radians(to.lon - from.lon);
  const h = Math.sin((b - a) / 2) ** 2 + Math.cos(a) * Math.cos(b) * Math.sin(d / 2) ** 2;
  const y = Math.sin(d) * Math.cos(b);
  const x = Math.cos(a) * Math.sin(b) - Math.sin(a) * Math.cos(b) * Math.cos(d);
  return {
    metres: 2 * EARTH_M * Math.asin(Math.sqrt(h)),
    degrees: ((Math.atan2(y, x) * 180) / Math.PI + 360) % 360,
  };
}

// The place so far away in that direction.
export function onward(from, degrees, metres) {
  const [d, c, a] = [metres / EARTH_M, radians(degrees), radians(from.lat)];
  const lat = Math.asin(Math.sin(a) * Math.cos(d) + Math.cos(a) * Math.sin(d) * Math.cos(c));
  const lon =
    radians(from.lon) +
    Math.atan2(Math.sin(c) * Math.sin(d) * Math.cos(a), Math.cos(d) - Math.sin(a) * Math.sin(lat));
  return { lat: (lat * 180) / Math.PI, lon: (((lon * 180) / Math.PI + 540) % 360) - 180 };
}
