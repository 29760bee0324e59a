// The head of the chosen alert, and its facts at a glance.

import { ageOf } from "../data/alerts.js";
import { el } from "../base/dom.js";
import { fullest, identityText, radioText } from "./identities.js";
import { campaignLink, isOfCalls } from "../calls/of_calls.js";
import { badges, severityBadge, severityMark } from "../base/marks.js";
import { age, clock, compass, isByMute, isKnown, isRuledOut, metres, named, number } from "../base/words.js";
import { percent, ruledOutNear, sureText } from "../base/words.js";
import { t, translated, utc } from "../base/words.js";

export function head(alert, closer) {
  const headline = translated(alert, "headline");
  return el(
    "header",
    { class: `detail-head severity-${alert.severity}` },
    el(
      "div",
      { class: "detail-title" },
      severityMark(alert.severity, 34),
      el(
        "div",
        {},
        el(
          "div",
          { class: "over-title" },
          !isRuledOut(alert) && severityBadge(alert.severity),
          badges(alert),
        ),
        el("h2", {}, named("kind", alert.kind)),
      ),
      closer,
    ),
    el("p", { class: "headline" }, headline),
    el(
      "p",
      { class: "muted small" },
      el("span", { class: "seen" }, seen(alert)),
      alert.assignee && ` · ${t("detail.assigned", { who: alert.assignee })}`,
    ),
  );
}

export const seen = (alert) =>
  t("detail.seen", {
    age: age(ageOf(alert)),
    time: clock(alert.last_seen),
    utc: utc(alert.last_seen),
  });

function fact(word, ...value) {
  return el("div", { class: "fact" }, el("dt", {}, t(word)), el("dd", {}, value));
}

const sureness = (alert) => {
  if (isRuledOut(alert)) return fact("fact.sure", sureText(alert));
  const value = Math.min(0.99, Math.max(0.01, alert.probability));
  const bar = el("meter", { min: 0, max: 1, value, "aria-hidden": "true" });
  return fact("fact.sure", sureText(alert), bar);
};

// Weak findings may lie before those that count: what is shown below must not be older.
const firstOf = (alert) =>
  Math.min(alert.first_seen, ...(alert.why ?? []).map((one) => one.first_ts));

const times = (alert) => [
  fact("fact.first", clock(firstOf(alert)), el("small", {}, utc(firstOf(alert)))),
  fact("fact.revision", `${alert.revision}`, el("small", {}, clock(alert.ts))),
];

export function facts(alert) {
  return el(
    "dl",
    { class: "facts" },
    sureness(alert),
    isOfCalls(alert) ? factsOfCalls(alert) : factsOfTransmitter(alert),
    alert.campaign &&
      el(
        "div",
        { class: "fact wide" },
        el("dt", {}, t("fact.campaign")),
        el("dd", {}, campaignLink(alert.campaign)),
      ),
  );
}

const factsOfCalls = (alert) => [
  fact("fact.numbers", number(alert.number_count)),
  fact("fact.calls", number(alert.reports)),
  fact("fact.people", number(alert.devices)),
  times(alert),
];

function ruledOut(alert) {
  const { alert_id, outweighed } = alert.ruled_out_before;
  const link = el("a", { href: `/?alert=${encodeURIComponent(alert_id)}` }, ruledOutNear(alert));
  return el(
    "div",
    { class: "fact wide warn" },
    el("dt", {}, t("fact.ruled_out")),
    el(
      "dd",
      {},
      link,
      outweighed && ` · ${t("ruled_out.outweighed")}`,
      isByMute(alert) && !alert.verdict && ` · ${t("ruled_out.unseen")}`,
    ),
  );
}

// What is known of how it moves: what isn't seen to move need not stand.
function movement(alert) {
  if (!alert.position) return "–";
  if (!isKnown(alert.speed_mps)) return t("fact.still");
  const speed = number(alert.speed_mps, alert.speed_mps < 3 ? 1 : 0);
  const known = { speed, kmh: number(alert.speed_mps * 3.6) };
  const how = isKnown(alert.bearing_deg)
    ? t("fact.moving_to", { ...known, point: compass(alert.bearing_deg) })
    : t("fact.moving_somewhere", known);
  return alert.status === "closed" ? t("fact.moved", { how }) : how;
}

function factsOfTransmitter(alert) {
  return [
    fact(
      "fact.region",
      alert.radius_m ? `± ${metres(alert.radius_m)}` : t("card.no_place"),
      alert.radius_m &&
        el("small", {}, t("fact.region_level", { share: percent(alert.region_level ?? 0.9) })),
    ),
    fact("fact.moving", movement(alert)),
    fact(
      "fact.based_on",
      t("fact.devices", { devices: number(alert.devices), reports: number(alert.reports) }),
    ),
    times(alert),
    el(
      "div",
      { class: "fact wide" },
      el("dt", {}, t("fact.claims")),
      fullest(alert.identities ?? []).map((one) =>
        el(
          "dd",
          { class: "mono" },
          [identityText(one, alert.networks), radioText(one)].filter(Boolean).join(" · "),
        ),
      ),
    ),
    alert.ruled_out_before && ruledOut(alert),
    alert.ta_conflict && el("div", { class: "fact wide warn" }, t("fact.ta_conflict")),
  ];
}
