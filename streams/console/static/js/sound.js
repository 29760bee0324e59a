// A new severe alert is heard, felt and counted in the window's title, also when it lies behind
// others. The sound is made here: two tones, higher and three times for a critical one.

import { byId } from "./dom.js";
import { icon } from "./icons.js";
import { state } from "./state.js";
import { say } from "./notice.js";
import { named, t } from "./words.js";

const LOUD = { high: { tones: [660, 880], times: 1 }, critical: { tones: [880, 1175], times: 3 } };
const TONE_S = 0.16;
const VOLUME = 0.2;
const RANK = ["info", "low", "medium", "high", "critical"];
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

// An alert that is new here, or has become more severe than it was.
export function heard(alert, before) {
  const risen = !before || RANK.indexOf(alert.severity) > RANK.indexOf(before.severity);
  if (!LOUD[alert.severity] || !risen || alert.status === "closed" || alert.state !== "new")
    return false;
  if (alert.muted_until && alert.muted_until > Date.now()) return false;
  missed += document.hasFocus() ? 0 : 1;
  title();
  say(
    t("sound.alert", {
      severity: named("severity", alert.severity),
      kind: named("kind", alert.kind),
    }),
    alert.severity === "critical" ? "error" : "warn",
  );
  if (!muted) {
    play(LOUD[alert.severity]);
    navigator.vibrate?.([200, 100, 200]);
  }
  return true;
}

function play({ tones, times }) {
  if (player?.state !== "running") return;
  for (let time = 0; time < times; time++) {
    tones.forEach((tone, at) =>
      beep(tone, player.currentTime + (time * (tones.length + 0.8) + at) * TONE_S),
    );
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
