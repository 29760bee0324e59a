// Panels come when one is asked for, or once the list is there: a phone's first view doesn't wait for
// what it doesn't show.

import { byId } from "./dom.js";
import { notify } from "./notice.js";
import { on } from "../data/state.js";
import { t } from "./words.js";

let coming = null;

export function start() {
  on("panel", open);
  for (const id of ["menu", "menu-small"]) byId(id).addEventListener("click", () => open("health"));
}

export function load() {
  coming ??= import("../panels/panels.js").catch((error) => {
    coming = null;
    throw error;
  });
  return coming;
}

async function open(name, what) {
  try {
    (await load()).open(name, what);
  } catch (error) {
    notify(t("panel.failed", { why: error.message }), "error");
  }
}
