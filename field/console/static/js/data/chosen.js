// Which alert is chosen, and all that belongs to it, asked of the console.

import { get, isAway, ofAlert, Refused } from "./api.js";
import * as keeper from "../offline/keeper.js";
import { notify } from "../base/notice.js";
import { state, emit } from "./state.js";
import { t } from "../base/words.js";

const AGAIN_MS = 400;
const MOST_MS = 30_000;
let asking = null;
let later = null;
let drawn = ""; // what is shown, as text

// Chooses an alert, or none; `by` is who did: list, map, keys, address.
export function choose(id, by = "list") {
  if (id !== null && id === state.selected && state.detail) return emit("view", "detail");
  state.selected = id;
  state.detail = null;
  emit("selection", by);
  return null;
}

// What nobody here asked for is drawn only where it says something else: to draw the same anew would
// take a form, or a button that is just being pressed, from under the hand.
export async function refresh(bySelf = false) {
  const id = state.selected;
  if (!id) return;
  // Whoever asked sees the answer, be it another's that overtakes this one.
  if (!bySelf) drawn = "";
  // Nobody waits for a console that is away before what is known is shown.
  if (state.live === "lost" && !state.detail) await showKept(id);
  asking?.abort();
  const mine = new AbortController();
  asking = mine;
  try {
    const answer = await get(ofAlert(id), { at: state.at }, mine.signal);
    if (state.selected !== id) return;
    const text = JSON.stringify([state.at, answer]);
    if (bySelf && text === drawn) return;
    drawn = text;
    state.detail = answer;
    emit("detail");
    keeper.keepDetail(answer).catch((error) => console.warn(error));
  } catch (error) {
    if (error.name === "AbortError") return;
    if (error instanceof Refused && error.status === 404) {
      drawn = "";
      emit("gone");
    } else if (!(isAway(error) && (await showKept(id)))) {
      // What can't be drawn is no answer either.
      const isAnswered = error instanceof Refused || isAway(error);
      if (!state.detail || !isAnswered) emit("unknown", error.message);
      else if (!bySelf) notify(t("detail.failed", { why: error.message }), "error");
    }
  }
}

// Where the console is away, what is known of the alert: that is on the page, or was kept.
async function showKept(id) {
  if (state.at !== null) return false;
  const kept = state.detail ? null : await keeper.detail(id).catch(() => null);
  if (state.selected !== id) return true;
  if (kept) {
    drawn = "";
    state.detail = { ...kept.value, kept_at: kept.at };
  }
  if (state.detail) emit("detail");
  return Boolean(state.detail);
}

// Soon, and once for many changes that come together.
export function refreshSoon(id) {
  if (id !== state.selected || later) return;
  later = setTimeout(() => {
    later = null;
    refresh(true);
  }, AGAIN_MS);
}

// What was written is answered once the console has read it back, nobody knows when: asked for less
// and less often, until the answer `holds` it or most of a minute is over.
export async function refreshUntil(id, holds) {
  for (let pause = AGAIN_MS; pause < MOST_MS; pause *= 2) {
    await new Promise((done) => setTimeout(done, pause));
    if (state.selected !== id) return;
    await refresh(true);
    if (state.selected !== id || (state.detail && holds(state.detail))) return;
  }
}
