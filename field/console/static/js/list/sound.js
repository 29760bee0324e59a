// A new severe alert is played, felt and counted in the window's title, also when it lies behind
// others. The sound is made here: two tones, higher and three times for a critical one.

import { byId } from "../base/dom.js";
import { icon } from "../base/icons.js";
import { rank } from "../data/filters.js";
import { state } from "../data/state.js";
import { notify } from "../base/notice.js";
import { named, t } from "../base/words.js";

const LOUD = { high: { tones: [660, 880], times: 1 }, critical: { tones: [880, 1175], times: 3 } };
const TONE_S = 0.16;
const VOLUME = 0.2;
// After one notice, others of no higher severity are gathered for so long.
const QUIET_MS = 2000;
// More for the more severe; an alert that isn't there is below all.
const urgency = (alert) => (alert ? -rank(alert.severity) : -Infinity);
let pending = { worst: null, count: 0 };
let last = null; // what was announced last
let quiet = null;
let player = null;
let missed = 0;
let muted = localStorage.getItem("muted") === "yes";

export function start() {
  byId("mute").addEventListener("click", toggle);
  // Browsers let a page make a sound only after its person touched it once.
  for (const touch of ["pointerdown", "keydown"]) addEventListener(touch, wake, { once: true });
  addEventListener("focus", seen);
  document.addEventListener("visibilitychange", () => document.hidden || seen());
  label();
  title();
}

export function toggle() {
  muted = !muted;
  localStorage.setItem("muted", muted ? "yes" : "no");
  label();
}

function label() {
  const button = byId("mute");
  button.replaceChildren(icon(muted ? "muted" : "sound"));
  button.setAttribute("aria-pressed", String(muted));
  button.title = t(muted ? "sound.unmute" : "sound.mute");
  button.setAttribute("aria-label", button.title);
}

function wake() {
  player ??= new AudioContext();
  player.resume();
}

// Of what came together that is new here or more severe than it was, the most severe is announced
// and sounds, with the number of the others. `news` are pairs of an alert and what it replaces.
export function announce(news) {
  const loud = news.filter(([alert, before]) => isLoud(alert, before)).map(([alert]) => alert);
  if (!loud.length) return;
  missed += document.hasFocus() ? 0 : loud.length;
  title();
  pending.count += loud.length;
  for (const one of loud) if (urgency(one) > urgency(pending.worst)) pending.worst = one;
  if (quiet === null || urgency(pending.worst) > urgency(last)) announcePending();
}

function announcePending() {
  clearTimeout(quiet);
  quiet = null;
  const { worst, count } = pending;
  if (!worst) return;
  pending = { worst: null, count: 0 };
  last = worst;
  quiet = setTimeout(announcePending, QUIET_MS);
  const words = { severity: named("severity", worst.severity), kind: named("kind", worst.kind) };
  notify(
    t("sound.alert", words) + (count > 1 ? ` +${count - 1}` : ""),
    worst.severity === "critical" ? "error" : "warn",
  );
  if (muted) return;
  play(LOUD[worst.severity]);
  navigator.vibrate?.([200, 100, 200]);
}

function isLoud(alert, before) {
  const risen = !before || urgency(alert) > urgency(before);
  if (!LOUD[alert.severity] || !risen || alert.status === "closed" || alert.state !== "new")
    return false;
  return !(alert.muted_until && alert.muted_until > Date.now());
}

function play({ tones, times }) {
  if (player?.state !== "running") return;
  for (let time = 0; time < times; time++) {
    for (const [at, tone] of tones.entries()) {
      beep(tone, player.currentTime + (time * (tones.length + 0.8) + at) * TONE_S);
    }
  }
}

function beep(tone, from) {
  const [source, volume] = [player.createOscillator(), player.createGain()];
  source.frequency.value = tone;
  volume.gain.setValueAtTime(0, from);
  volume.gain.linearRampToValueAtTime(VOLUME, from + 0.02);
  volume.gain.linearRampToValueAtTime(0, from + TONE_S);
  source.connect(volume).connect(player.destination);
  source.start(from);
  source.stop(from + TONE_S);
}

function seen() {
  missed = 0;
  title();
}

function title() {
  document.title = `${missed ? `(${missed}) ‼ ` : ""}${state.me.title || "cellhound"}`;
}
