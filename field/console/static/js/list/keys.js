// All that is done often can be done from the keyboard.

import { act } from "../alert/life_cycle.js";
import { choose } from "../data/chosen.js";
import { byId } from "../base/dom.js";
import { actionsOf } from "../alert/roles.js";
import { expected } from "../offline/waiting.js";
import { state, emit } from "../data/state.js";
import * as sound from "./sound.js";

export const KEYS = ["j", "k", "enter", "a", "/", "f", "l", "m", "?", "esc"];

export function start() {
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || byId("drawer").open) return;
    const writing = event.target.closest?.("input, textarea, select");
    if (event.key === "Escape") return writing ? writing.blur() : choose(null);
    if (writing) return null;
    const does = DOES[event.key];
    if (does && does(event) !== false) event.preventDefault();
    return null;
  });
}

const DOES = {
  j: () => step(1),
  k: () => step(-1),
  ArrowDown: (event) => (event.target.closest("#list") ? step(1) : false),
  ArrowUp: (event) => (event.target.closest("#list") ? step(-1) : false),
  Enter: (event) => {
    const card = event.target.closest("[data-alert]");
    if (!card) return false;
    choose(card.dataset.alert);
    byId("detail").focus();
    return true;
  },
  a: () => {
    const alert = state.alerts.get(state.selected) ?? state.detail;
    if (!alert || !actionsOf(expected(alert)).includes("acknowledge")) return false;
    act(alert, "acknowledge");
    return true;
  },
  "/": () => {
    emit("view", "list");
    byId("search").focus();
  },
  f: () => byId("fit").click(),
  l: () => byId("layers").click(),
  m: () => sound.toggle(),
  "?": () => emit("panel", "help"),
};

function step(by) {
  if (!state.order.length) return;
  const at = state.order.indexOf(state.selected);
  const to = at < 0 ? 0 : Math.max(0, Math.min(state.order.length - 1, at + by));
  choose(state.order[to], "keys");
}
