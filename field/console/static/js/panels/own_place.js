// Where this device is, if its person wants to give it to the page; the place never leaves the browser.

import { byId, isPhone } from "../base/dom.js";
import { between } from "../base/sphere.js";
import { on, state, emit } from "../data/state.js";
import { t } from "../base/words.js";
import { notify } from "../base/notice.js";

let watch = null;

export function start() {
  byId("locate").addEventListener("click", toggle);
  on("selection", () => {
    if (state.selected && isPhone()) quietly();
  });
}

// Browsers give the place only to pages that came over TLS or from this very machine.
const isGiven = () => Boolean(window.isSecureContext && navigator.geolocation);
let refused = false;

// Whether it may help to ask this device's person.
export const canAsk = () => isGiven() && watch === null && !refused;

function toggle() {
  if (watch !== null) {
    navigator.geolocation.clearWatch(watch);
    watch = null;
    place(null);
    return;
  }
  ask();
}

export function ask() {
  if (!isGiven()) return notify(t("place.needs_tls"), "warn");
  return follow((error) => notify(t("place.refused", { why: error.message }), "warn"));
}

// On phones, where they are is followed if that was allowed before; else nothing happens, and nothing is
// asked.
async function quietly() {
  if (!canAsk()) return;
  const asked = navigator.permissions?.query({ name: "geolocation" });
  const answer = await asked?.catch(() => null);
  if (answer?.state === "denied") refused = true;
  if (answer?.state === "granted" && watch === null) follow(() => {});
}

function follow(fail) {
  watch = navigator.geolocation.watchPosition(
    ({ coords }) =>
      place({ lat: coords.latitude, lon: coords.longitude, accuracy: coords.accuracy }),
    (error) => {
      refused = error.code === error.PERMISSION_DENIED;
      if (refused) {
        navigator.geolocation.clearWatch(watch);
        watch = null;
        emit("place");
      }
      fail(error);
    },
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
