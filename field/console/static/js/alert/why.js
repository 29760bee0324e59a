// Why it is believed: each rule with its version, what it saw against what was expected, and its
// weight; and the innocent explanations that were weighed against it.

import { el } from "../base/dom.js";
import { identityText, ofKey } from "./identities.js";
import { isOfCalls } from "../calls/of_calls.js";
import { values } from "../base/values.js";
import { clock, isRuledOut, metres, named, number, percent, t, translated } from "../base/words.js";

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
        el("span", { class: "mono muted", title: one.detector }, `v${one.version}`),
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
    values(one),
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

// What it claims to be, beside the honest cell that is nearest.
function claimed(alert, evidence) {
  const claim = evidence.find((one) => one.claimed)?.claimed ?? alert.identities?.[0];
  const cell = alert.nearest_cell;
  if (!claim) return null;
  return el(
    "dl",
    { class: "values against" },
    el("dt", {}, t("why.claims")),
    el("dd", { class: "mono" }, identityText(claim, alert.networks)),
    el("dt", {}, t("why.nearest")),
    el(
      "dd",
      { class: "mono" },
      cell
        ? `${identityText(ofKey(cell.key), alert.networks)} · ${metres(cell.distance_m)}${cell.kind ? ` · ${named("cell_kind", cell.kind)}` : ""}`
        : t("why.no_nearest"),
    ),
  );
}

// What may be behind all of it, each with its probability.
export function hypotheses(alert) {
  const known = isRuledOut(alert) ? [] : (alert.hypotheses ?? []);
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
          el("small", { class: "muted" }, translated(one, "explanation")),
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
