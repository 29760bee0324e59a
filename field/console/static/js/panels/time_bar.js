// Looking back: the list and the map as they were at a moment, step by step or played.

import { byId, el, fill, tool } from "../base/dom.js";
import { now, on, state, emit } from "../data/state.js";
import { clock, t } from "../base/words.js";

const STEP_MS = 60_000;
const TICK_MS = 1000;
const LEAST_MS = 3600_000;
const SPEEDS = [1, 10, 60];
let span = null;
let speed = 0;
let slider = null;
let output = null;

export function start() {
  byId("look-back").addEventListener("click", () => (state.at === null ? enter() : leave()));
  on("to_now", leave);
  setInterval(() => speed && move(state.at + speed * TICK_MS), TICK_MS);
  if (state.at !== null) enter(state.at);
}

// The span is that of what is known: from the oldest alert in the list to the newest.
export function enter(at = null) {
  const known = [...state.alerts.values()];
  const newest = Math.max(now(), ...(state.replay ? known.map((alert) => alert.ts) : []));
  const to = Math.max(newest, at ?? 0);
  const from = Math.min(
    to - LEAST_MS,
    ...known.map((alert) => alert.first_seen),
    ...(at === null ? [] : [at - LEAST_MS]),
  );
  span = { from, to };
  draw();
  move(at ?? to);
}

export function leave() {
  speed = 0;
  span = null;
  byId("time-bar").hidden = true;
  state.at = null;
  emit("at");
}

function move(at) {
  if (!span) return;
  state.at = Math.round(Math.max(span.from, Math.min(span.to, at)));
  if (state.at === span.to) speed = 0;
  slider.value = state.at;
  slider.setAttribute("aria-valuetext", clock(state.at));
  output.textContent = clock(state.at);
  mark();
  emit("at");
}

function setSpeed(times) {
  speed = times;
  mark();
}

function mark() {
  for (const button of byId("time-bar").querySelectorAll("[data-speed]"))
    button.setAttribute("aria-pressed", String(Number(button.dataset.speed) === speed));
}

function draw() {
  slider = el("input", { type: "range", "aria-label": t("replay.slider"), step: 1000 });
  slider.min = span.from;
  slider.max = span.to;
  slider.addEventListener("change", () => move(Number(slider.value)));
  slider.addEventListener("input", () => (output.textContent = clock(Number(slider.value))));
  output = el("output", {}, clock(span.to));
  const step = (word, by) => tool(t(word), () => move(state.at + by));
  const pace = (times, label) => tool(label, () => setSpeed(times), { data: { speed: times } });
  fill(
    byId("time-bar"),
    el(
      "div",
      { class: "row" },
      el("strong", {}, t("replay.title")),
      output,
      el("span", { class: "spread" }),
      tool(t("replay.now"), leave),
    ),
    slider,
    el(
      "div",
      { class: "row" },
      step("replay.back", -STEP_MS),
      step("replay.forth", STEP_MS),
      el("span", { class: "spread" }),
      pace(0, t("replay.pause")),
      SPEEDS.map((one) => pace(one, `×${one}`)),
    ),
  );
  byId("time-bar").hidden = false;
}
