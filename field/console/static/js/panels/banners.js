// What must be known before anything on the page is believed: whether it is now, and whole.

import { byId, el, fill } from "../base/dom.js";
import * as queue from "../offline/queue.js";
import { now, on, state, emit } from "../data/state.js";
import { age, clock, t } from "../base/words.js";

const TICK_MS = 1000;
const WAITS_MS = 5000;
// The page of one's account shows tokens that end for longer.
const SOON_MS = 3 * 86_400_000;
const SKEW_MATTERS_MS = 30_000;
let shown = "";

export function start() {
  for (const topic of ["live", "alerts", "health", "at", "queue"]) on(topic, draw);
  setInterval(draw, TICK_MS);
  byId("live").addEventListener("click", () => emit("panel", "health"));
}

function draw() {
  pill();
  const current = banners();
  // Screen readers read a banner anew only when it says something else.
  const key = current.map((one) => one.key).join("|");
  if (key !== shown) {
    fill(
      byId("banners"),
      current.map((one) =>
        el(
          "div",
          {
            class: `banner ${one.kind}`,
            role: one.kind === "error" ? "alert" : "status",
            data: { banner: one.name },
          },
          el("span", {}, one.text),
          one.act &&
            el("button", { type: "button", class: "link", on: { click: one.act } }, one.word),
        ),
      ),
    );
    shown = key;
    return;
  }
  for (const [at, one] of current.entries()) {
    byId("banners").children[at].firstChild.textContent = one.text;
  }
}

function banners() {
  const found = [];
  const add = (name, kind, text, word = null, act = null, key = name) =>
    found.push({ name, kind, text, word, act, key });
  if (state.live === "lost")
    add(
      "lost",
      "error",
      state.receivedMs
        ? t(state.kept ? "banner.kept" : "banner.lost", {
            time: clock(state.receivedMs + state.skewMs),
            age: age(Date.now() - state.receivedMs),
          })
        : t("banner.never"),
      t("retry"),
      () => emit("again"),
    );
  waits(add);
  if (troubles().length && state.live !== "lost")
    add(
      "trouble",
      "error",
      t("banner.trouble", { what: troubles().join("; ") }),
      t("banner.which"),
      () => emit("panel", "health"),
    );
  if (state.at !== null)
    add("past", "replay", t("banner.past", { time: clock(state.at) }), t("replay.now"), () =>
      emit("to_now"),
    );
  else if (state.replay) add("replay", "replay", t("banner.replay"));
  if (Math.abs(state.skewMs) > SKEW_MATTERS_MS)
    add("skew", "warn", t("banner.skew", { age: age(Math.abs(state.skewMs)) }));
  const silent = silentFeeds();
  if (silent.length && state.live === "live") {
    add(
      "silent",
      "warn",
      t(silent.length === steadyFeeds().length ? "banner.deaf" : "banner.silent", {
        n: silent.length,
        all: steadyFeeds().length,
      }),
      t("banner.which"),
      () => emit("panel", "health"),
      `silent${silent.length}`,
    );
  }
  ofAccount(add);
  return found;
}

// What was done and isn't sent, or was refused: that is seen with its alert.
function waits(add) {
  const [waiting, refused] = [queue.waiting.filter((one) => !one.problem), queue.refused()];
  const [n, count] = [waiting.length, refused.length];
  const look = ([one]) => () => emit("choose", one.alert_id);
  if (n && (state.live === "lost" || waiting[0].at < Date.now() - WAITS_MS)) {
    const text = t("banner.waiting", { n });
    add("waiting", "warn", text, t("banner.which"), look(waiting), `waiting${n}`);
  }
  if (count) {
    const text = t("banner.refused", { n: count });
    add("refused", "error", text, t("banner.which"), look(refused), `refused${count}`);
  }
}

// What others did to this person's account, and which of its tokens end soon.
function ofAccount(add) {
  const { name, changes = [], ending = [] } = state.me;
  const warn = (kind, text, key) =>
    add(kind, "warn", text, t("panel.own"), () => emit("panel", "own"), `${kind}${key}`);
  for (const { event, ts, by } of changes.filter((one) => one.by !== name)) {
    const what = t(`changes.${event}`);
    warn("changes", t("banner.changes", { what, time: clock(ts), by }), `${event}${ts}`);
  }
  for (const { label, until_s, prefix } of ending)
    if (1000 * until_s < now() + SOON_MS)
      warn("ending", t("banner.ending", { label, time: clock(1000 * until_s) }), prefix);
}

// Feeds that are never still while a network lives; the others may be silent for hours.
const STEADY = ["cell.measurements", "cell.signalling", "sms.metadata"];
export const isSteady = (feed) => STEADY.includes(feed.topic);
export const steadyFeeds = () => (state.health?.feeds ?? []).filter(isSteady);
export const silentFeeds = () => steadyFeeds().filter((feed) => feed.state !== "ok");

const LOOKS = {
  "live.lost": "bad",
  "live.stuck": "bad",
  "live.starting": "doubt",
  "live.past": "replay",
  "live.replay": "replay",
  "live.partly": "doubt",
  "live.live": "good",
};

// What keeps the console from reading on: what it shows may be old, however well it answers.
const troubles = () => Object.values(state.health?.trouble ?? {});

// A replay is never called live, however well it comes in, and neither is the past.
function condition() {
  if (state.live !== "live") return `live.${state.live}`;
  if (!state.health) return "live.starting";
  if (troubles().length) return "live.stuck";
  if (state.at !== null) return "live.past";
  if (state.replay) return "live.replay";
  return silentFeeds().length ? "live.partly" : "live.live";
}

function pill() {
  const button = byId("live");
  const word = condition();
  button.className = `pill ${LOOKS[word]}`;
  if (button.textContent !== t(word)) button.textContent = t(word);
  byId("clock").textContent = clock(now());
}
