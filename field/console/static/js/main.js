// The page's beginning: who is here, which words, which view; then all parts are connected.

import * as alerts from "./data/alerts.js";
import { isAway } from "./data/api.js";
import * as banners from "./panels/banners.js";
import * as datum from "./map/datum.js";
import * as companions from "./alert/companions.js";
import { choose, refreshSoon } from "./data/chosen.js";
import * as detail from "./alert/detail.js";
import { byId } from "./base/dom.js";
import * as filterBar from "./list/filter_bar.js";
import { read, written } from "./data/filters.js";
import { gathered } from "./data/gather.js";
import * as icons from "./base/icons.js";
import * as keeper from "./offline/keeper.js";
import * as keys from "./list/keys.js";
import * as layerList from "./map/layer_list.js";
import * as list from "./list/list.js";
import * as map from "./map/map.js";
import * as sources from "./map/sources.js";
import { notify } from "./base/notice.js";
import * as worker from "./offline/worker.js";
import * as ownPlace from "./panels/own_place.js";
import * as panels from "./base/panels.js";
import * as pins from "./data/pins.js";
import * as presence from "./offline/presence.js";
import * as readings from "./alert/readings.js";
import * as roles from "./alert/roles.js";
import * as sound from "./list/sound.js";
import { on, state, emit } from "./data/state.js";
import * as stream from "./data/stream.js";
import * as theme from "./base/theme.js";
import * as timeBar from "./panels/time_bar.js";
import * as words from "./base/words.js";

const query = new URLSearchParams(location.search);
const TRY_AGAIN_MS = 3000;

async function begin() {
  theme.start(query);
  state.filters = read(query);
  state.selected = query.get("alert");
  state.at = query.get("at") ? Number(query.get("at")) : null;
  alerts.ahead();
  const trouble = presence.begin();
  await Promise.all([words.load(words.preferred(query)), roles.load()]);
  words.dress();
  banners.start();
  await presence.reach(await trouble);
  frame();
  for (const part of [
    filterBar,
    detail,
    keys,
    layerList,
    ownPlace,
    panels,
    pins,
    readings,
    sound,
  ])
    part.start();
  list.start(choose);
  on("filters", changed);
  on("at", changed);
  on("selection", remember);
  on("language", otherLanguage);
  on("logout", presence.leave);
  on("choose", choose);
  on("again", () => load());
  on("view", view);
  const first = await load(true);
  if (state.selected) emit("selection", "address");
  stream.start(gathered(receive), first?.last_event_id);
  timeBar.start();
  presence.start(load).catch((error) => console.warn(error));
  // The list is there; the map, which is heavy, comes after it.
  await datum.start(state.me.basemap?.datum);
  await startMap();
  on("shown", startMap);
  document.body.dataset.ready = "true";
  panels.load().catch((error) => console.info(error.message));
  worker.keep(state.me.shell, state.me.basemap?.url);
}

// A phone that shows its list loads the map when somebody looks at it.
let mapped = false;
async function startMap() {
  if (mapped || !pins.seen()) return;
  mapped = true;
  await map.start(choose);
}

function frame() {
  byId("title").textContent = state.me.title || "cellhound";
  byId("language").textContent = words.t("language.other");
  byId("language").addEventListener("click", otherLanguage);
  icons.draw();
  theme.dressButton();
  for (const button of document.querySelectorAll("#views [data-view]"))
    button.addEventListener("click", () => view(button.dataset.view));
  view("list");
}

// On a phone one thing at a time: the list, the map, or an alert under a strip of map.
function view(name) {
  document.body.dataset.view = name;
  for (const button of document.querySelectorAll("#views [data-view]"))
    button.setAttribute("aria-pressed", String(button.dataset.view === name));
  emit("shown");
}

on("selection", () =>
  view(
    state.selected
      ? "detail"
      : document.body.dataset.view === "detail"
        ? "list"
        : document.body.dataset.view,
  ),
);

// The `first` time the chosen alert is asked for by whoever opens it.
async function load(first = false) {
  const without = state.live === "lost" && state.at === null;
  if (without && first && (await showKept())) return null;
  try {
    const page = await alerts.load();
    if (state.selected && !first) refreshSoon(state.selected);
    return page;
  } catch (error) {
    if (isAway(error) && state.at === null && (await showKept())) return null;
    emit("alerts");
    notify(words.t("list.failed", { why: error.message }), "error");
    return null;
  }
}

// The list as this device kept it.
async function showKept() {
  const kept = await keeper.list().catch(() => null);
  if (kept) alerts.takeKept(kept);
  return kept !== null;
}

let changes = null;
function changed() {
  remember();
  clearTimeout(changes);
  changes = setTimeout(load, 0);
}

function remember() {
  const search = written(
    new URLSearchParams(location.search),
    state.filters,
    state.selected,
    state.at,
  );
  history.replaceState(null, "", search ? `?${search}` : location.pathname);
}

// What the stream brought since the last frame. After a reset all is loaded anew, and what came before it
// is known then.
function receive(events) {
  if (events.some((one) => one.name === "reset")) load();
  const last = events.findLastIndex((one) => one.name === "reset");
  const fresh = events.slice(last + 1);
  sound.announce(alerts.receive(fresh));
  companions.announce(fresh);
  if (state.at !== null) return;
  if (fresh.some(({ data }) => data.alert_id === state.selected)) refreshSoon(state.selected);
}

function otherLanguage() {
  localStorage.setItem("language", words.language() === "zh" ? "en" : "zh");
  const next = new URLSearchParams(location.search);
  next.delete("lang");
  location.search = next.toString();
  if (!next.size) location.reload();
}

// For whoever looks into the page from outside: what is drawn, and a way to open things.
window.cellhound = {
  drawn: sources.drawn,
  labels: sources.labels,
  clustered: map.clustered,
  streets: map.streetsDrawn,
  placeOf: sources.placeOf,
  pins: () => [...state.pins.keys()],
  emit,
};

begin().catch((error) => {
  console.error(error);
  setTimeout(() => location.reload(), TRY_AGAIN_MS);
});
