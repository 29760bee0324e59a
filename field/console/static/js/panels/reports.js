// Panels that are tables of what the console kept: deliveries, precision of the rules, audit trail.

import { optional } from "../data/api.js";
import { el, fill, table } from "../base/dom.js";
import { state } from "../data/state.js";
import { clock, named, number, percent, t } from "../base/words.js";

export async function deliveries(box) {
  const answer = await optional("/api/deliveries");
  const channels = state.health?.channels ?? [];
  fill(
    box,
    el("h3", {}, t("channels.title")),
    channels.length
      ? table(
          [
            t("channels.name"),
            t("channels.kind"),
            t("channels.last_ok"),
            t("channels.waiting"),
            t("channels.error"),
          ],
          channels.map((one) => [
            one.name,
            one.kind,
            one.last_ok_ms ? clock(one.last_ok_ms) : t("channels.never"),
            number(one.waiting),
            one.last_error,
          ]),
        )
      : el("p", { class: "muted" }, t("channels.none")),
    el("h3", {}, t("channels.log")),
    answer
      ? table(
          [t("channels.when"), t("channels.name"), t("channels.outcome"), t("channels.detail")],
          answer.deliveries
            .slice(0, 100)
            .map((one) => [
              clock(one.ts),
              one.channel,
              named("outcome", one.outcome),
              [one.detail, one.attempts > 1 && `×${one.attempts}`].filter(Boolean).join(" "),
            ]),
        )
      : el("p", { class: "muted" }, t("panel.missing")),
  );
}

export async function precision(box) {
  const answer = await optional("/api/rules/precision");
  const rows = answer?.rules ?? [];
  fill(
    box,
    el("p", { class: "muted" }, t("precision.how")),
    rows.length
      ? table(
          [
            t("precision.rule"),
            t("precision.confirmed"),
            t("precision.wrong"),
            t("precision.share"),
          ],
          rows.map((one) => [
            named("rule", one.rule),
            number(one.confirmed),
            number(one.false_alarm + one.legitimate_cell),
            percent(one.precision),
          ]),
        )
      : el("p", { class: "muted" }, t("precision.none")),
  );
}

// What there is to say of an action beside what it was.
function remark(one) {
  if (one.accepted === false) return named("audit.refused", one.refusal);
  return one.vouched === "signed" ? one.note : [one.note, t("audit.unsigned")].filter(Boolean).join("; ");
}

export async function audit(box) {
  const answer = await optional("/api/audit", { limit: 200 });
  const rows = answer?.actions ?? [];
  fill(
    box,
    rows.length
      ? table(
          [t("channels.when"), t("audit.who"), t("audit.what"), t("audit.alert"), t("audit.note")],
          rows.map((one) => [
            clock(one.ts),
            one.by,
            named("action", one.action),
            one.alert_id &&
              el(
                "a",
                { href: `/?alert=${encodeURIComponent(one.alert_id)}` },
                one.alert_id.slice(0, 8),
              ),
            remark(one),
          ]),
        )
      : el("p", { class: "muted" }, t("audit.none")),
  );
}
