// Lets the page be opened without a network, by its worker (sw.js), until its person logs out. Browsers
// allow it by TLS and on this very machine.

import * as kept from "./kept.js";

const AGAIN_MS = 5000;
const MOST_MS = 3600_000;
const ENDS_WITHIN_MS = 10_000;
let keeping = null;
let again = null;

// Another version is another worker, which takes the page's files anew. One file that doesn't come is
// the end of it: it is tried again, less and less often. `tiles` is the address of the map's tiles.
export function keep(version, tiles = "", pause = AGAIN_MS) {
  if (!navigator.serviceWorker) return;
  const address = `/static/sw.js?${new URLSearchParams({ v: version ?? "", tiles })}`;
  keeping = navigator.serviceWorker
    .register(address, { scope: "/" })
    .then(installed)
    .catch((error) => {
      console.info(error.message);
      return false;
    });
  keeping.then((there) => {
    if (!there) again = setTimeout(keep, pause, version, tiles, Math.min(2 * pause, MOST_MS));
  });
}

// All that lies on this device. A worker that is just coming would bring what it keeps after all was
// forgotten.
export async function forget() {
  await Promise.race([keeping, new Promise((done) => setTimeout(done, ENDS_WITHIN_MS))]);
  clearTimeout(again);
  const registered = await navigator.serviceWorker?.getRegistration("/");
  await registered?.unregister();
  for (const name of (await globalThis.caches?.keys()) ?? []) await caches.delete(name);
  await kept.end();
}

// What is about alerts and places; the page itself still opens.
export async function forgetAlerts() {
  await globalThis.caches?.delete("tiles");
  await kept.end();
}

// Whether there is a worker that has all that it keeps, once it is known.
function installed(registration) {
  const coming = registration.installing;
  if (!coming) return Boolean(registration.waiting ?? registration.active);
  return new Promise((done) => {
    const look = () => coming.state === "installing" || done(coming.state !== "redundant");
    coming.addEventListener("statechange", look);
    look();
  });
}
