// What happened to an alert: revisions and what people did, in one line of time; nothing is deleted.

import { el } from "../base/dom.js";
import { clock, named, sure, t, utc } from "../base/words.js";

export function history(alert) {
  const events = [
    ...(alert.revisions ?? []).map((one) => ({
      ts: one.ts,
      who: null,
      text: t("history.revision", {
        n: one.revision,
        status: named("status", one.status),
        share: sure(one.probability),
      }),
    })),
    ...(alert.actions ?? []).map((one) => ({
      ts: one.ts,
      who: one.by,
      text: named("action", one.action),
      note: [one.details?.assignee, one.note].filter(Boolean).join(": "),
    })),
  ].sort((a, b) => b.ts - a.ts);
  return el(
    "ol",
    { class: "history" },
    events.map((one) =>
      el(
        "li",
        { class: one.who ? "by-hand" : "" },
        el("time", { title: utc(one.ts) }, clock(one.ts)),
        el(
          "span",
          {},
          one.who && el("b", {}, one.who, " "),
          one.text,
          one.note && el("q", {}, one.note),
        ),
      ),
    ),
  );
}
