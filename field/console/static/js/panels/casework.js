// Cases over several days, the search for phones that travelled along, and the evidence bundle:
// shown where this console has them and this person may.

import { ofAlert, optional } from "../data/api.js";
import { el, fill } from "../base/dom.js";
import { companions } from "../alert/companions.js";
import { isOfCalls } from "../calls/of_calls.js";
import { similar } from "../alert/similar.js";
import { may, state } from "../data/state.js";
import { clock, named, t } from "../base/words.js";

export function casework(alert, section, forms) {
  if (!may("field")) return null;
  return section(
    "case",
    t("case.title"),
    alert.case_id
      ? el("p", {}, t("case.in", { id: alert.case_id }))
      : el("p", { class: "muted" }, t("case.none")),
    may("dispatcher") &&
      el(
        "div",
        { class: "row links" },
        el(
          "a",
          {
            class: "chip",
            href: ofAlert(alert.alert_id, "evidence.zip"),
            download: "",
          },
          t("case.evidence"),
        ),
      ),
    similar(alert, forms),
    may("admin") && state.at === null && !isOfCalls(alert) && companions(alert, forms),
  );
}

export async function casesPanel(box) {
  const answer = await optional("/api/cases");
  if (!answer) return fill(box, el("p", { class: "muted" }, t("panel.missing")));
  const cases = answer.cases ?? [];
  return fill(
    box,
    cases.length
      ? cases.map((one) => caseCard(one))
      : el("p", { class: "muted" }, t("case.no_cases")),
  );
}

function caseCard(one) {
  return el(
    "article",
    { class: "case" },
    el("h3", {}, one.case_id),
    el("p", { class: "muted" }, t("case.size", { n: one.alerts, time: clock(one.last_seen) })),
    el("p", {}, one.kinds.map((kind) => named("kind", kind)).join(t("and"))),
    el(
      "ul",
      {},
      one.alert_ids.map((id) =>
        el("li", {}, el("a", { href: `/?alert=${encodeURIComponent(id)}` }, id.slice(0, 12))),
      ),
    ),
  );
}
