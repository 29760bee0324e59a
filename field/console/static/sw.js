// Opens the page where there is no network: its frame, scripts, styles, words and map library as they were
// when this worker came, and the tiles of the map that were seen last. With a network the frame comes from
// the console, and so does the login page; what it names is taken from here only where it is the same.
// Nothing of the API is ever kept here: what the page keeps of alerts is its own affair (kept.js).

const asked = new URL(location.href).searchParams;
// Which files these are; of another version another worker comes, with another store.
const VERSION = asked.get("v") ?? "";
const SHELL = `shell ${VERSION}`;
const TILES = "tiles";
const MOST_TILES = 500;
const TRIM_EVERY = 50;
const FRAME_MOST_MS = 5000;
const FILE_MOST_MS = 8000;
const KEPT_TILE_AFTER_MS = 2000;
const AWAY = [502, 503, 504];
const whole = new Set(); // pages whose frame is of this version, or was kept
const TILE = patternOf(asked.get("tiles"));
let put = 0;

// Addresses of tiles, with anything for {z}, {x}, {y} and {s}.
function patternOf(template) {
  if (!template) return null;
  const parts = new URL(template, location.origin).href.split(/%7B[a-z]%7D|\{[a-z]\}/);
  const escaped = parts.map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${escaped.join("[^/]+")}$`);
}

async function fill() {
  const answer = await fetch("/static/shell.json");
  if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
  const { version, files, more } = await answer.json();
  if (version !== VERSION) throw new Error("the console has another version by now");
  const shell = await caches.open(SHELL);
  const frame = await fetch("/?kept");
  if (!frame.ok || frame.headers.get("X-Shell") !== VERSION) throw new Error("no frame");
  await Promise.all([shell.put("/", frame), shell.addAll(files)]);
  // The page does without the map's parts where they are not installed.
  await Promise.allSettled(more.map((path) => shell.add(path)));
}

async function clean() {
  for (const name of await caches.keys())
    if (name !== SHELL && name !== TILES) await caches.delete(name);
  await registration.navigationPreload?.enable();
  await clients.claim();
}

// Not waited for for ever: a tunnel may swallow what is sent.
const within = (promise, most) =>
  Promise.race([
    promise,
    new Promise((_, failed) => setTimeout(failed, most, new Error("no answer in time"))),
  ]);

const kept = (name, cache = SHELL) => caches.match(name, { cacheName: cache });

async function frame(event) {
  const page = event.resultingClientId;
  if (whole.size > 100) whole.clear();
  try {
    const coming = event.preloadResponse.then((early) => early ?? fetch(event.request));
    const response = await within(coming, FRAME_MOST_MS);
    if (AWAY.includes(response.status)) throw new Error(`HTTP ${response.status}`);
    if (response.headers.get("X-Shell") === VERSION) whole.add(page);
    return response;
  } catch (error) {
    whole.add(page);
    return fromKept("/", error);
  }
}

async function fromKept(name, error) {
  const found = await kept(name);
  if (found) return found;
  throw error;
}

async function file(event, path) {
  const found = whole.has(event.clientId) && (await kept(path));
  if (found) return found;
  try {
    return await within(fetch(event.request), FILE_MOST_MS);
  } catch (error) {
    return fromKept(path, error);
  }
}

// Parts of a file of tiles are kept each by its range, since whole answers alone can be kept.
function nameOfTile({ url, headers }) {
  const range = headers.get("Range");
  return range ? `${url}#${range}`.replace("#", "?range=") : url;
}

async function tile({ request }) {
  const name = nameOfTile(request);
  const found = await kept(name, TILES);
  try {
    const response = await within(fetch(request), found ? KEPT_TILE_AFTER_MS : FILE_MOST_MS);
    if (response.ok && response.type !== "opaque") keepTile(name, response.clone());
    return response;
  } catch (error) {
    if (!found) throw error;
    const status = Number(found.headers.get("X-Status") ?? 200);
    return new Response(found.body, { status, headers: found.headers });
  }
}

async function keepTile(name, response) {
  const headers = new Headers(response.headers);
  headers.set("X-Status", response.status);
  const tiles = await caches.open(TILES);
  await tiles.put(name, new Response(await response.blob(), { headers }));
  put += 1;
  if (put % TRIM_EVERY !== 1) return;
  const names = await tiles.keys();
  for (const old of names.slice(0, Math.max(0, names.length - MOST_TILES))) await tiles.delete(old);
}

addEventListener("install", (event) => {
  // Requests of the API don't even pass through here, where browsers allow routes.
  event.addRoutes?.({ condition: { urlPattern: { pathname: "/api/*" } }, source: "network" });
  skipWaiting();
  event.waitUntil(fill());
});

// The frame is asked for while this worker is still being woken.
addEventListener("activate", (event) => event.waitUntil(clean()));

addEventListener("fetch", (event) => {
  const { method, url, mode } = event.request;
  if (method !== "GET") return;
  const { origin, pathname } = new URL(url);
  const own = origin === location.origin;
  if (mode === "navigate") {
    if (own && pathname === "/") event.respondWith(frame(event));
  } else if (TILE?.test(url)) event.respondWith(tile(event));
  else if (own && pathname.startsWith("/static/")) event.respondWith(file(event, pathname));
});
