// The chosen alert: what, where, how sure, why, what was done and what can be done next.

import { casework } from "../panels/casework.js";
import { choose, refresh, refreshSoon } from "../data/chosen.js";
import { byId, el, fill, tool } from "../base/dom.js";
import { closeButton } from "../base/icons.js";
import { lifeCycle } from "./life_cycle.js";
import { history } from "./past.js";
import { isOfCalls, numbersOf } from "../calls/of_calls.js";
import { where } from "./place.js";
import { readingsOf } from "./readings.js";
import { on, state, emit } from "../data/state.js";
import { facts, head, seen } from "./summary.js";
import { considered, hypotheses, why } from "./why.js";
import { clock, t } from "../base/words.js";

const AGE_EVERY_MS = 1000;
const closed = new Set(); // sections that the reader folded away

export function start() {
  on("selection", () => (state.selected ? open() : shut()));
  on("place", () => state.detail && draw());
  on("detail", () => state.detail && draw());
  setInterval(grow, AGE_EVERY_MS);
  on("queue", () => state.detail && draw());
  on("sent", ({ alert_id }) => refreshSoon(alert_id));
  on("unknown", unknown);
  on("gone", () => fill(byId("detail"), closer(), el("p", { class: "muted" }, t("detail.gone"))));
}

// The age grows by itself: an alert of which nothing more comes in must not look fresh.
function grow() {
  const line = state.selected && byId("detail").querySelector(".seen");
  const alert = state.detail ?? state.alerts.get(state.selected);
  if (!line || !alert) return;
  const text = seen(alert);
  if (line.textContent !== text) line.textContent = text;
}

function shut() {
  byId("detail").hidden = true;
  document.body.classList.remove("has-detail");
  emit("detail");
}

async function open() {
  byId("detail").hidden = false;
  document.body.classList.add("has-detail");
  const known = state.alerts.get(state.selected);
  if (known)
    fill(byId("detail"), head(known, closer()), el("p", { class: "muted" }, t("list.loading")));
  byId("detail").scrollTop = 0;
  await refresh();
}

// Neither the console nor this device has it: what the list has, why not more, and another try.
function unknown(why) {
  const listed = state.alerts.get(state.selected);
  fill(
    byId("detail"),
    listed ? head(listed, closer()) : closer(),
    el("p", { class: "warn" }, t("detail.failed", { why })),
    tool(t("retry"), () => refresh()),
  );
}

// An alert as this device kept it says so.
const keptNote = (alert) =>
  alert.kept_at &&
  el(
    "p",
    { class: "kept", role: "status" },
    t("offline.as_of", { time: clock(alert.kept_at + state.skewMs) }),
    " ",
    el("button", { type: "button", class: "link", on: { click: () => refresh() } }, t("retry")),
  );

const closer = () => closeButton(() => choose(null));

export function section(name, title, ...content) {
  const node = el(
    "details",
    { class: `section ${name}`, open: !closed.has(name) },
    el("summary", {}, el("h3", {}, title)),
    content,
  );
  node.addEventListener("toggle", () => (node.open ? closed.delete(name) : closed.add(name)));
  return node;
}

function draw() {
  const alert = state.detail;
  const pane = byId("detail");
  // What is being written into a form must not be lost to an update.
  const forms = new Map(
    [...pane.querySelectorAll("[data-keep]")].map((node) => [node.dataset.keep, node]),
  );
  const scrolled = pane.scrollTop;
  fill(
    pane,
    head(alert, closer()),
    keptNote(alert),
    lifeCycle(alert, forms),
    facts(alert),
    isOfCalls(alert)
      ? section("numbers", t("detail.numbers"), numbersOf(alert))
      : section("where", t("detail.where"), where(alert)),
    section("why", t("detail.why"), why(alert), hypotheses(alert), considered(alert)),
    !isOfCalls(alert) && section("readings", t("detail.readings"), readingsOf(alert, forms)),
    section("history", t("detail.history"), history(alert)),
    casework(alert, section, forms),
  );
  pane.scrollTop = scrolled;
}
