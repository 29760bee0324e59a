// The live stream: Server-Sent Events, resumed by the browser with Last-Event-ID, and watched.
//
// A connection may die without an error (a tunnel, a sleeping phone). So the server's health is asked
// for every few seconds too: when that fails the page says how old its data are, and when it works
// again while the stream is dead, the stream is opened anew and all is loaded once more.

import { get } from "./api.js";
import { state, emit } from "./state.js";

const ASK_EVERY_MS = 5000;
const ASK_MOST_MS = 8000;
const AGAIN_MS = 1500;
let source = null;
let lastId = "";
let take = null;
let asking = false;

// `hand` gets each event: its name, and its data.
export function start(hand, from) {
  take = hand;
  lastId = from ?? "";
  open();
  setInterval(ask, ASK_EVERY_MS);
  ask();
  addEventListener("online", () => again());
  addEventListener("offline", () => lost());
  document.addEventListener("visibilitychange", () => document.hidden || ask());
}

function open() {
  source?.close();
  // A new EventSource can't send the header: the id goes by the address the first time.
  source = new EventSource(
    lastId ? `/api/stream?last_event_id=${encodeURIComponent(lastId)}` : "/api/stream",
  );
  source.addEventListener("open", received);
  source.addEventListener("error", () => {
    lost();
    if (source.readyState === EventSource.CLOSED) setTimeout(again, AGAIN_MS);
  });
  for (const name of ["alert", "action", "health"]) {
    source.addEventListener(name, (event) => {
      lastId = event.lastEventId || lastId;
      received();
      const data = JSON.parse(event.data);
      if (name === "health") known(data);
      else take({ name, data });
    });
  }
  source.addEventListener("reset", (event) => {
    lastId = event.lastEventId || "";
    received();
    take({ name: "reset", data: {} });
  });
}

function again() {
  if (state.live === "lost" && source.readyState !== EventSource.OPEN) open();
}

function received() {
  state.receivedMs = Date.now();
  if (state.live === "live") return;
  const was = state.live;
  state.live = "live";
  emit("live", was);
}

function lost() {
  if (state.live === "lost") return;
  state.live = "lost";
  emit("live", "live");
}

function known(health) {
  state.health = health;
  if (typeof health.replay === "boolean") state.replay = health.replay;
  state.behindMs = health.behind_ms ?? 0;
  emit("health");
}

async function ask() {
  if (asking) return;
  asking = true;
  try {
    const sent = Date.now();
    const health = await get("/api/health", {}, null, ASK_MOST_MS);
    state.skewMs = health.now - (sent + Date.now()) / 2;
    known(health);
    if (source.readyState === EventSource.OPEN) received();
    else again();
  } catch {
    lost();
  } finally {
    asking = false;
  }
}
