// Where this device is, if its person wants to give it to the page; the place never leaves the browser.

import { byId } from "../base/dom.js";
import { between } from "../base/sphere.js";
import { state, emit } from "../data/state.js";
import { t } from "../base/words.js";
import { notify } from "../base/notice.js";

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

// Distance (m) and bearing (degrees from true north) from here to a place.
export const away = (to) => between(state.me_at, to);
