// Cases over several days, the search for phones that travelled along, and the evidence bundle:
// shown where this console has them and this person may.

import { ofAlert, optional, post, Refused } from "../data/api.js";
import { el, field, fill } from "../base/dom.js";
import { notify } from "../base/notice.js";
import { similar } from "../alert/similar.js";
import { may, state } from "../data/state.js";
import { clock, named, percent, t } from "../base/words.js";

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
    may("admin") && state.at === null && companions(alert),
  );
}

// Who travelled along is asked with an order number only, and the asking is kept.
function companions(alert) {
  const order = el("input", { name: "order", required: true, maxlength: 100, autocomplete: "off" });
  const found = el("div", {});
  const form = el(
    "form",
    { class: "row" },
    field(t("companions.order"), order),
    el("button", { type: "submit", class: "tool" }, t("companions.search")),
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      const answer = await post(ofAlert(alert.alert_id, "companions"), {
        order_number: order.value.trim(),
      });
      fill(found, companionList(answer));
    } catch (error) {
      const missing = error instanceof Refused && error.status === 404;
      notify(
        missing ? t("companions.missing") : t("companions.failed", { why: error.message }),
        "warn",
      );
    }
  });
  return el(
    "details",
    { class: "inner" },
    el("summary", {}, t("companions.title")),
    el("p", { class: "muted small" }, t("companions.law")),
    form,
    found,
  );
}

function companionList(answer) {
  const rows = answer.companions ?? [];
  if (!rows.length) return el("p", { class: "muted" }, t("companions.nobody"));
  return el(
    "ul",
    { class: "readings" },
    rows.map((one) =>
      el(
        "li",
        {},
        el("span", { class: "mono" }, one.device),
        el("b", {}, percent(one.share)),
        el("span", { class: "muted" }, one.explanation ?? ""),
      ),
    ),
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
