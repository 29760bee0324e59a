// People who may be being defrauded, for those whom the settings name: pseudonyms, how far it has gone, why, and
// what came of reminding them. Each look is on the audit trail.

import { get, post } from "../data/api.js";
import { button, el, fill, table } from "../base/dom.js";
import { notify } from "../base/notice.js";
import { hashText } from "./of_calls.js";
import { may } from "../data/state.js";
import { clock, named, t } from "../base/words.js";

const OUTCOMES = ["dissuaded", "not_fraud", "lost"];

// Nothing is asked for before somebody wants it: each look is kept.
export function victimsPanel(box) {
  fill(
    box,
    el("p", { class: "warn" }, t("victims.law")),
    button(t("victims.look"), () => look(box), { class: "tool" }),
  );
}

async function look(box) {
  try {
    const { victims } = await get("/api/victims");
    fill(
      box,
      el("p", { class: "warn" }, t("victims.law")),
      button(t("victims.look"), () => look(box), { class: "tool" }),
      victims.length ? rows(box, victims) : el("p", { class: "muted" }, t("victims.none")),
    );
  } catch (error) {
    notify(t("panel.failed", { why: error.message }), "error");
  }
}

const rows = (box, victims) =>
  table(
    [
      t("victims.who"),
      t("victims.level"),
      t("victims.reasons"),
      t("victims.since"),
      t("victims.until"),
      t("campaign.alerts"),
      t("victims.outcome"),
    ],
    victims.map((one) => [
      hashText(one.subscriber),
      named("victim_level", one.level),
      one.reasons.map((reason) => named("victim_reason", reason)).join("; "),
      clock(one.since),
      clock(one.valid_until),
      one.alert_ids.map((id) =>
        el("a", { href: `/?alert=${encodeURIComponent(id)}` }, `${id.slice(0, 8)} `),
      ),
      outcome(box, one),
    ]),
  );

function outcome(box, one) {
  const word = one.outcome && named("victim_outcome", one.outcome);
  if (!may("dispatcher")) return word;
  return [
    word && el("strong", {}, `${word} `),
    OUTCOMES.filter((each) => each !== one.outcome).map((each) =>
      button(named("victim_outcome", each), () => report(box, one, each), {
        class: "tool",
        data: { outcome: each },
      }),
    ),
  ];
}

async function report(box, one, what) {
  const { subscriber, level, since, alert_ids } = one;
  try {
    await post("/api/victims/outcomes", { subscriber, level, since, alert_ids, outcome: what });
    await look(box);
  } catch (error) {
    notify(t("checks.failed", { why: error.message }), "error");
  }
}
