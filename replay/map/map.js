// The page: keeps what is selected and what time it is, and shows it.

const PLAY_MS = 12000; // a whole replay, unless steps would be too quick or too slow to follow
const STEP_MS = [60, 900];

const stops = [...new Set(data.alerts.map((alert) => alert.ts))].sort((one, two) => one - two);
const state = { stop: Math.max(0, stops.length - 1), selected: null, layers: {}, playing: 0 };
const camera = new Camera();
const everywhere = [
  ...data.alerts.flatMap(placesOf),
  ...data.truth.flatMap((transmitter) => transmitter.track.map(([, lat, lon]) => [lat, lon])),
];
camera.meridian = (everywhere[0] ?? data.cells[0] ?? [0, 0])[1];

const box = byId("map");
const drawing = new Drawing(box.querySelector("canvas"), camera, data);
const markers = new Markers(byId("markers"), camera,
  { pick: (id) => select(id, "map"), changed: () => repaint() });
const panel = new Panel(byId("alerts"),
  (id) => Math.max(...data.alerts.filter((one) => one.alert_id === id).map((one) => one.revision)),
  (id) => select(id === state.selected ? null : id, "list"));

/** The time shown; without alerts, the end of the truth. */
function now() {
  return stops[state.stop] ?? Math.max(0, ...data.truth.flatMap((one) => one.active.flat()));
}

/** Of each alert the highest revision that was known by then, the newest first. */
function knownAlerts() {
  const newest = new Map();
  for (const alert of data.alerts) {
    if (alert.ts > now()) continue;
    const other = newest.get(alert.alert_id);
    if (!other || other.revision < alert.revision) newest.set(alert.alert_id, alert);
  }
  return [...newest.values()].sort((one, two) => two.ts - one.ts);
}

function shownAlerts() {
  return knownAlerts().filter((alert) => state.layers.closed || alert.status !== "closed");
}

function paint() {
  const { selected, layers } = state;
  const alerts = shownAlerts();
  drawing.paint({ alerts, selected, layers, truth: data.truth, at: now() });
  markers.show(alerts, selected);
}

let waiting = false;
function repaint() {
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(() => {
    waiting = false;
    paint();
  });
}

function show() {
  const known = knownAlerts();
  const shown = shownAlerts();
  panel.show(shown, state.selected);
  const closed = known.filter((alert) => alert.status === "closed").length;
  byId("summary").textContent = known.length
    ? say("summary", { alerts: count(known.length, "alert"), open: known.length - closed, closed })
    : say("no_alerts");
  byId("hidden").hidden = !known.length || shown.length > 0;
  byId("moment").value = state.stop;
  if (stops.length) {
    byId("known").textContent = say(state.stop === stops.length - 1 ? "known_newest" : "known",
      { moment: moment(now()), step: state.stop + 1, steps: stops.length });
    byId("moment").setAttribute("aria-valuetext", byId("known").textContent);
  }
  byId("back").disabled = state.stop <= 0;
  byId("onward").disabled = state.stop >= stops.length - 1;
  paint();
}

/** Selects an alert, and shows it on the other side from where it was picked. */
function select(id, from) {
  state.selected = id;
  const alert = shownAlerts().find((one) => one.alert_id === id);
  if (alert && from === "list") camera.fit(placesOf(alert));
  show();
  if (alert) panel.reveal(id, from === "map");
}

function goTo(stop) {
  state.stop = Math.max(0, Math.min(stops.length - 1, stop));
  show();
}

function fitAll() {
  const places = shownAlerts().flatMap(placesOf);
  const rest = everywhere.length ? everywhere : data.cells;
  camera.fit(places.length ? places : rest);
}

/** The alert that the address names, else everything. */
function fitFirst() {
  const alert = shownAlerts().find((one) => one.alert_id === state.selected);
  if (alert && placesOf(alert).length) camera.fit(placesOf(alert));
  else fitAll();
}

function stopPlaying() {
  clearInterval(state.playing);
  state.playing = 0;
  byId("play").textContent = say("play");
  byId("play").setAttribute("aria-pressed", "false");
}

function play() {
  if (state.playing) {
    stopPlaying();
    return;
  }
  if (state.stop >= stops.length - 1) goTo(0);
  byId("play").textContent = say("pause");
  byId("play").setAttribute("aria-pressed", "true");
  const pace = Math.max(STEP_MS[0], Math.min(STEP_MS[1], PLAY_MS / stops.length));
  state.playing = setInterval(() => {
    goTo(state.stop + 1);
    if (state.stop >= stops.length - 1) stopPlaying();
  }, pace);
}

function setUpTimeline() {
  const still = stops.length < 2;
  byId("timeline").hidden = still;
  byId("moment").max = Math.max(0, stops.length - 1);
  byId("play").addEventListener("click", play);
  const byHand = (stop) => {
    stopPlaying();
    goTo(stop);
  };
  byId("moment").addEventListener("input", (event) => byHand(Number(event.target.value)));
  byId("back").addEventListener("click", () => byHand(state.stop - 1));
  byId("onward").addEventListener("click", () => byHand(state.stop + 1));
}

function setUpLayers() {
  const amounts = { cells: data.cells.length, truth: data.truth.length };
  for (const tick of document.querySelectorAll("[data-layer]")) {
    const layer = tick.dataset.layer;
    const there = amounts[layer] ?? data.alerts.length;
    tick.closest("label").hidden = !there;
    if (layer in amounts) tick.parentNode.querySelector("span").textContent = `(${there})`;
    state.layers[layer] = tick.checked;
    tick.addEventListener("change", () => {
      state.layers[layer] = tick.checked;
      show();
    });
  }
  byId("layers").hidden = !data.alerts.length && !data.cells.length && !data.truth.length;
}

function setUpWords() {
  byId("zone").textContent = Intl.DateTimeFormat().resolvedOptions().timeZone;
  byId("empty").hidden = data.alerts.length > 0;
  if (data.truth.length) {
    byId("missed").hidden = false;
    byId("missed").textContent = say("missed",
      { transmitters: count(data.truth.length, "transmitter") });
  }
  for (const severity of [...SEVERITIES].reverse()) {
    const row = document.createElement("li");
    row.className = severity;
    row.append(stamp(`shape-${severity}`), severityWord(severity));
    byId("shapes").append(row);
  }
}

function setUpMap() {
  let fitted = false;
  new ResizeObserver(() => {
    camera.width = box.clientWidth;
    camera.height = box.clientHeight;
    drawing.resize(camera.width, camera.height);
    if (!fitted) fitFirst();
    fitted ||= camera.width > 0;
    paint();
  }).observe(box);
  listenForGestures(box, camera, {
    changed: repaint, all: fitAll, release: () => select(null, "map"),
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaint);
}

setUpTimeline();
setUpLayers();
setUpWords();
setUpMap();
// An alert can be named in the address, behind a #; this is how a list elsewhere links to it.
const named = decodeURIComponent(location.hash.slice(1));
select(shownAlerts().some((alert) => alert.alert_id === named) ? named : null, "address");
