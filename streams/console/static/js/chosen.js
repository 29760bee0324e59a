// Which alert is chosen, and all that belongs to it, asked of the console.

import { get, Refused } from "./api.js";
import { say } from "./notice.js";
import { state, tell } from "./state.js";
import { t } from "./words.js";

const AGAIN_MS = 400;
let asking = null;
let later = null;

// Chooses an alert, or none; `by` is who did: list, map, keys, address.
export function choose(id, by = "list") {
  if (id !== null && id === state.selected && state.detail) return tell("view", "detail");
  state.selected = id;
  state.detail = null;
  tell("selection", by);
  return null;
}

export async function refresh() {
  const id = state.selected;
  if (!id) return;
  asking?.abort();
  const mine = (asking = new AbortController());
  try {
    const told = await get(`/api/alerts/${encodeURIComponent(id)}`, { at: state.at }, mine.signal);
    if (state.selected !== id) return;
    state.detail = told;
    tell("detail");
  } catch (error) {
    if (error.name === "AbortError") return;
    if (error instanceof Refused && error.status === 404) tell("gone");
    else say(t("detail.failed", { why: error.message }), "error");
  }
}

// Soon, and once for many changes that come together.
export function refreshSoon(id) {
  if (id !== state.selected || later) return;
  later = setTimeout(() => {
    later = null;
    refresh();
  }, AGAIN_MS);
}
