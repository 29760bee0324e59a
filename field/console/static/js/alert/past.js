// What happened to an alert: first what people did, then what the system worked out, whose revisions are
// folded into what changed by them. Nothing is deleted, and each can be opened.

import { el } from "../base/dom.js";
import { rank } from "../data/filters.js";
import { age, clock, isKnown, metres, named, number, sure, t, utc } from "../base/words.js";

// Revisions that follow each other within this belong together.
const APART_MS = 3_600_000;
// What was done so much before it arrived waited on a device without a network.
const WAITED_MS = 60_000;
const LESS_PLACE = 0.9; // a radius that is smaller or larger by so much is another place
const opened = new Set(); // what the reader unfolded, by alert and first revision

export function history(alert) {
  const deeds = (alert.actions ?? []).toSorted((a, b) => b.ts - a.ts);
  const runs = runsOf(alert.revisions ?? []).toReversed();
  return [
    el("h4", {}, t("history.people")),
    deeds.length
      ? el("ol", { class: "history people" }, deeds.map(deed))
      : el("p", { class: "muted" }, t("history.nobody")),
    el("h4", {}, t("history.system")),
    runs.map((run) => folded(alert.alert_id, run)),
  ];
}

function deed(one) {
  const note = [one.details?.assignee, one.note].filter(Boolean).join(": ");
  return el(
    "li",
    { class: "by-hand" },
    el("time", { title: utc(one.ts) }, clock(one.ts)),
    el(
      "span",
      {},
      el("b", {}, one.by, " "),
      named("action", one.action),
      doneBefore(one),
      note && el("q", {}, note),
    ),
  );
}

// When somebody did it, where it came much later; the time that stands before it is when it arrived.
function doneBefore({ ts, details }) {
  const done = details?.done_ts;
  if (!isKnown(done) || ts - done <= WAITED_MS) return null;
  return el(
    "small",
    { class: "muted", title: utc(done) },
    " ",
    t("history.done", { time: clock(done), age: age(ts - done) }),
  );
}

// Revisions in order, cut where long nothing came.
export function runsOf(revisions) {
  const ordered = revisions.toSorted((a, b) => a.revision - b.revision);
  const runs = [];
  for (const one of ordered) {
    const last = runs.at(-1)?.at(-1);
    if (last && one.ts - last.ts <= APART_MS) runs.at(-1).push(one);
    else runs.push([one]);
  }
  return runs;
}

function folded(id, run) {
  const key = `${id} ${run[0].revision}`;
  const node = el(
    "details",
    { class: "run", open: opened.has(key) },
    el(
      "summary",
      {},
      el("time", { title: utc(run[0].ts) }, clock(run[0].ts)),
      el("span", {}, summaryOf(run)),
    ),
    el("ul", { class: "history" }, run.toReversed().map(revision)),
  );
  node.addEventListener("toggle", () => (node.open ? opened.add(key) : opened.delete(key)));
  return node;
}

function revision(one) {
  const parts = [
    t("history.revision", {
      n: one.revision,
      status: named("status", one.status),
      share: sure(one.probability),
    }),
    named("severity", one.severity),
    one.radius_m && `± ${metres(one.radius_m)}`,
  ];
  return el(
    "li",
    {},
    el("time", { title: utc(one.ts) }, clock(one.ts)),
    el("span", {}, parts.filter(Boolean).join(" · ")),
  );
}

// "12 revisions in 40 min: place better, severity up".
export function summaryOf(run) {
  const [first, last] = [run[0], run.at(-1)];
  const how =
    run.length === 1
      ? t("history.one", { n: first.revision })
      : t("history.several", { n: number(run.length), age: age(last.ts - first.ts) });
  const changed = changesOf(run);
  return changed.length ? t("history.changed", { how, what: changed.join(t("history.apart")) }) : how;
}

// What is otherwise after a run of revisions than before it, the most pressing first.
function changesOf(run) {
  const [first, last] = [run[0], run.at(-1)];
  const severity = rank(first.severity) - rank(last.severity);
  const surer = Math.round(last.probability * 100) - Math.round(first.probability * 100);
  return [
    first.status === "open" && t("history.opened"),
    severity > 0 && t("history.severity_up"),
    severity < 0 && t("history.severity_down"),
    first.kind !== last.kind && t("history.kind", { kind: named("kind", last.kind) }),
    placeOf(first, last),
    surer >= 1 && t("history.surer", { share: sure(last.probability) }),
    surer <= -1 && t("history.less_sure", { share: sure(last.probability) }),
    last.status === "closed" && t("history.closed"),
  ].filter(Boolean);
}

function placeOf(first, last) {
  if (!last.radius_m) return first.radius_m ? t("history.place_lost") : null;
  if (!first.radius_m) return t("history.place_found");
  if (last.radius_m < first.radius_m * LESS_PLACE) return t("history.place_better");
  return last.radius_m * LESS_PLACE > first.radius_m ? t("history.place_worse") : null;
}
