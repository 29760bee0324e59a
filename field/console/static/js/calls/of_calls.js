// Alerts about calls and texts: which numbers take part. Of a number nothing is shown but its first digits,
// its class, what it is besides a caller, and a part of its hash.

import { el, table } from "../base/dom.js";
import { emit } from "../data/state.js";
import { named, number, t } from "../base/words.js";

const OF_CALLS = new Set([
  "scam_caller",
  "scam_campaign",
  "sim_box",
  "wangiri",
  "phishing",
  "account_takeover",
]);
const MOST_SHOWN = 50;

export const isOfCalls = (alert) => OF_CALLS.has(alert.kind) || (alert.number_count ?? 0) > 0;

// First digits and class, and the role of one that is no caller.
export function numberText(one) {
  const what = [
    one.class && named("class", one.class),
    one.role && one.role !== "caller" && named("number_role", one.role),
  ].filter(Boolean);
  const digits = one.prefix ? `${one.prefix}…` : t("numbers.unknown");
  return what.length ? `${digits} ${what.join(", ")}` : digits;
}

// The hash of a number, short: whole it is in the title, for who compares.
export const hashText = (name) => el("code", { title: name }, `${name.slice(0, 10)}…`);

// A line for the list: the newest, each look once, and how many more there are.
export function numbersLine(alert) {
  const newest = alert.newest_numbers ?? [];
  if (!newest.length) return t("numbers.none");
  const text = numberText(newest[0]);
  return alert.number_count > 1 ? `${text} +${number(alert.number_count - 1)}` : text;
}

// How many numbers, calls and people.
export const sizeText = (alert) =>
  t("numbers.size", {
    numbers: number(alert.number_count ?? 0),
    calls: number(alert.reports),
    people: number(alert.devices),
  });

// All numbers of the chosen alert, the newest first, with what can be taken along.
export function numbersOf(alert) {
  const known = (alert.numbers ?? []).toReversed();
  const left = known.length - MOST_SHOWN;
  return [
    known.length
      ? table(
          [t("numbers.number"), t("numbers.class"), t("numbers.role"), t("numbers.hash")],
          known.slice(0, MOST_SHOWN).map((one) => [
            el("span", { class: "mono" }, one.prefix ? `${one.prefix}…` : "–"),
            one.class ? named("class", one.class) : null,
            named("number_role", one.role),
            hashText(one.number),
          ]),
        )
      : el("p", { class: "muted" }, t("numbers.none")),
    left > 0 && el("p", { class: "muted" }, t("numbers.more", { n: number(left) })),
    el(
      "div",
      { class: "row links" },
      el("span", { class: "muted small" }, t("place.take")),
      ["csv", known.length && "stix", "cap"].filter(Boolean).map((form) =>
        el(
          "a",
          {
            class: "chip",
            href: `/alerts/${encodeURIComponent(alert.alert_id)}.${form}`,
            download: form === "stix" ? `${alert.alert_id}.stix.json` : "",
          },
          form.toUpperCase(),
        ),
      ),
    ),
  ];
}

// A way to the other alerts that share this one's campaign.
export const campaignLink = (campaign) =>
  el(
    "button",
    {
      type: "button",
      class: "chip",
      data: { campaign },
      on: { click: () => emit("panel", "campaigns", campaign) },
    },
    t("campaign.open", { id: campaign.slice(0, 8) }),
  );
