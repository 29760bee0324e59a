// Why it is believed: each rule with its version, what it saw against what was expected, and its
// weight; and the innocent explanations that were weighed against it.

import { el } from "../base/dom.js";
import { identityText } from "./identities.js";
import { isOfCalls } from "../calls/of_calls.js";
import { clock, metres, named, number, percent, sure, t, translated } from "../base/words.js";

const EXPECTED = /^(expected|usual)_/;

export function why(alert) {
  const evidence = alert.why ?? [];
  const most = Math.max(1, ...evidence.map((one) => Math.abs(one.weight)));
  return [
    el("p", { class: "muted small" }, t("why.how")),
    el(
      "ol",
      { class: "rules" },
      evidence.map((one) => rule(one, most, isOfCalls(alert) ? "why.counts_calls" : "why.counts")),
    ),
    claimed(alert, evidence),
  ];
}

function rule(one, most, counts) {
  const text = translated(one, "explanation");
  const against = one.weight < 0;
  return el(
    "li",
    {},
    el(
      "div",
      { class: "why-head" },
      el(
        "div",
        {},
        el("strong", {}, named("rule", one.detector)),
        " ",
        el("span", { class: "mono muted" }, `${one.detector} v${one.version}`),
      ),
      el(
        "span",
        { class: "why-weight" },
        `${against ? "−" : "+"}${number(Math.abs(one.weight), 1)}`,
      ),
    ),
    el("div", {
      class: `bar ${against ? "against" : ""}`,
      role: "img",
      "aria-label": t("why.weight", { n: number(one.weight, 1) }),
      style: { "--share": `${(100 * Math.abs(one.weight)) / most}%` },
    }),
    el("p", {}, text),
    values(one.values ?? {}),
    el(
      "small",
      { class: "muted" },
      t(counts, {
        n: number(one.count),
        devices: number(one.devices || null),
        from: clock(one.first_ts),
        to: clock(one.last_ts),
      }),
    ),
  );
}

// Values beside what was expected of them: `expected_dbm` belongs to `level_dbm`, `usual_share` to
// `share`.
function values(observed) {
  const names = Object.keys(observed).filter((name) => observed[name] !== null && observed[name] !== "");
  const expected = new Map();
  for (const norm of names.filter((name) => EXPECTED.test(name))) {
    const what = norm.replace(EXPECTED, "");
    const value = names.find(
      (name) => name !== norm && (name === what || name.endsWith(`_${what}`)),
    );
    if (value) expected.set(value, norm);
  }
  const rows = names.filter((name) => ![...expected.values()].includes(name));
  if (!rows.length) return null;
  return el(
    "dl",
    { class: "values" },
    rows.map((name) => [
      el("dt", {}, named("value", name)),
      el(
        "dd",
        {},
        measure(name, observed[name]),
        expected.has(name) &&
          el(
            "span",
            { class: "muted" },
            ` ${t("why.expected", { value: measure(name, observed[expected.get(name)]) })}`,
          ),
      ),
    ]),
  );
}

const UNITS = [
  [/_dbm$/, " dBm"],
  [/_db$/, " dB"],
  [/_deg$/, "°"],
  [/_mps$/, " m/s"],
  [/_kmh$/, " km/h"],
  [/_s$/, " s"],
  [/_min$/, " min"],
];

function measure(name, value) {
  if (typeof value !== "number") return String(value);
  if (/_m$/.test(name)) return metres(value);
  if (/(_ts|_ms)$/.test(name) && value > 1e11) return clock(value);
  if (name.includes("probability")) return sure(value);
  if (name.includes("share") && value >= 0 && value <= 1) return percent(value);
  const unit = UNITS.find(([pattern]) => pattern.test(name))?.[1] ?? "";
  return /area|cell|arfcn|pci|lac|tac|cause/.test(name) && !unit
    ? String(value)
    : `${number(value, 1)}${unit}`;
}

// What it claims to be, beside the honest cell that is nearest.
function claimed(alert, evidence) {
  const claim = evidence.find((one) => one.claimed)?.claimed ?? alert.identities?.[0];
  const cell = alert.nearest_cell;
  if (!claim) return null;
  return el(
    "dl",
    { class: "values against" },
    el("dt", {}, t("why.claims")),
    el("dd", { class: "mono" }, identityText(claim)),
    el("dt", {}, t("why.nearest")),
    el(
      "dd",
      { class: "mono" },
      cell
        ? `${cell.key} · ${metres(cell.distance_m)}${cell.kind ? ` · ${named("cell_kind", cell.kind)}` : ""}`
        : t("why.no_nearest"),
    ),
  );
}

// What may be behind all of it, each with its probability.
export function hypotheses(alert) {
  const known = alert.hypotheses ?? [];
  if (!known.length) return null;
  return [
    el("h4", {}, t("why.hypotheses")),
    el(
      "ul",
      { class: "considered hypotheses" },
      known.map((one) =>
        el(
          "li",
          {},
          el("strong", {}, `${named("hypothesis", one.name)} ${percent(one.probability)}`),
          " ",
          el("small", { class: "muted" }, one.explanation),
        ),
      ),
    ),
  ];
}

export function considered(alert) {
  const causes = alert.considered ?? [];
  return [
    el("h4", {}, t("why.considered")),
    causes.length
      ? el(
          "ul",
          { class: "considered" },
          causes.map((one) =>
            el(
              "li",
              {},
              el("span", { class: "mono muted" }, one.code),
              " ",
              translated(one, "explanation"),
              " ",
              el(
                "small",
                { class: "muted" },
                t("why.takes", {
                  share: percent(one.share),
                  rules: (one.detectors ?? []).map((rule) => named("rule", rule)).join(t("and")),
                }),
              ),
            ),
          ),
        )
      : el("p", { class: "muted" }, t("why.none_considered")),
  ];
}
