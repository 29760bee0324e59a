// Light, dark, or as the device has it.

import { byId } from "./dom.js";
import { icon } from "./icons.js";
import { emit } from "../data/state.js";
import { t } from "./words.js";

const WISHES = ["auto", "light", "dark"];
const night = matchMedia("(prefers-color-scheme: dark)");
let wish = "auto";

export function start(query) {
  const asked = query.get("theme") ?? localStorage.getItem("theme");
  wish = WISHES.includes(asked) ? asked : "auto";
  put();
  night.addEventListener("change", put);
}

export function dressButton() {
  byId("theme").addEventListener("click", next);
  label();
}

export function next() {
  wish = WISHES[(WISHES.indexOf(wish) + 1) % WISHES.length];
  localStorage.setItem("theme", wish);
  put();
  label();
}

export const label = () => {
  byId("theme").replaceChildren(icon(wish));
  byId("theme").title = t(`theme.${wish}`);
  byId("theme").setAttribute("aria-label", t(`theme.${wish}`));
};

function put() {
  document.documentElement.dataset.theme =
    wish === "auto" ? (night.matches ? "dark" : "light") : wish;
  emit("theme");
}
