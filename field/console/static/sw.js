// Opens the page where there is no network: its frame, scripts, styles and words as they were when this
// worker came. With a network it stands aside: all comes from the console, and so does the login page.
// Nothing of the API is ever kept, and so nothing about incidents or people.

const SHELL = "shell";
// What the frame doesn't name itself.
const MORE = ["/", "/static/life_cycle.json", "/static/words/en.json", "/static/words/zh.json"];
const NAMED = /(?:href|src)="(\/static\/[^"]+)"/g;
let offline = false;

// By which name a request's answer is kept; null for what isn't the page's.
function nameOf({ method, url, mode }) {
  const { origin, pathname } = new URL(url);
  if (method !== "GET" || origin !== location.origin) return null;
  if (mode === "navigate") return pathname === "/" ? pathname : null;
  return offline && pathname.startsWith("/static/") ? pathname : null;
}

async function fill() {
  const frame = await fetch("/");
  if (!frame.ok) throw new Error(`HTTP ${frame.status}`);
  const named = [...(await frame.text()).matchAll(NAMED)].map(([, path]) => path);
  const shell = await caches.open(SHELL);
  await shell.addAll([...MORE, ...named]);
}

async function answer(event, name) {
  try {
    const response = (await event.preloadResponse) ?? (await fetch(event.request));
    offline = false;
    return response;
  } catch (error) {
    offline = true;
    const kept = await caches.match(name);
    if (kept) return kept;
    throw error;
  }
}

addEventListener("install", (event) => {
  // Requests of the API don't even pass through here, where browsers allow routes.
  event.addRoutes?.({ condition: { urlPattern: { pathname: "/api/*" } }, source: "network" });
  skipWaiting();
  event.waitUntil(fill());
});

// The frame is asked for while this worker is still being woken.
addEventListener("activate", (event) => {
  event.waitUntil(registration.navigationPreload?.enable());
});

addEventListener("fetch", (event) => {
  const name = nameOf(event.request);
  if (name) event.respondWith(answer(event, name));
});
