// Lets the page be opened without a network, by its worker (sw.js), until its person logs out. Browsers
// allow it by TLS and on this very machine.

const AGAIN_MS = 5000;
const MOST_MS = 3600_000;
const ENDS_WITHIN_MS = 10_000;
let keeping = null;
let again = null;

// Another version is another worker, which takes the page's files anew. One file that doesn't come is
// the end of it: it is tried again, less and less often.
export function keep(version, pause = AGAIN_MS) {
  if (!navigator.serviceWorker) return;
  const address = `/static/sw.js?${encodeURIComponent(version ?? "")}`;
  keeping = navigator.serviceWorker
    .register(address, { scope: "/" })
    .then(installed)
    .catch((error) => {
      console.info(error.message);
      return false;
    });
  keeping.then((there) => {
    if (!there) again = setTimeout(keep, pause, version, Math.min(2 * pause, MOST_MS));
  });
}

// A worker that is just coming would bring what it keeps after all was forgotten.
export async function forget() {
  await Promise.race([keeping, new Promise((done) => setTimeout(done, ENDS_WITHIN_MS))]);
  clearTimeout(again);
  const worker = await navigator.serviceWorker?.getRegistration("/");
  await worker?.unregister();
  await globalThis.caches?.delete("shell");
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
