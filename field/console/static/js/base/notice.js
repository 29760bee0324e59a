// Short notices at the edge of the page, which screen readers read out too.

import { byId, el } from "./dom.js";

const STAYS_MS = 6000;

export function notify(text, kind = "info") {
  const note = el("div", { class: `notice ${kind}` }, text);
  byId("notices").append(note);
  setTimeout(() => note.remove(), kind === "error" ? 2 * STAYS_MS : STAYS_MS);
}
