// Incidents that may be of the same transmitter or gang, with the reasons, and linking them to a
// case. Looked for only when somebody asks, since it reads many alerts.

import { ofAlert, optional, post } from "../data/api.js";
import { refresh } from "../data/chosen.js";
import { button, el, fill } from "../base/dom.js";
import { notify } from "../base/notice.js";
import { may, state } from "../data/state.js";
import { clock, named, percent, t, translated } from "../base/words.js";

export function similar(alert, forms) {
  const held = forms.get("similar");
  // What was found for this alert stays open while the alert is drawn anew.
  if (held?.dataset.about === alert.alert_id) return held;
  const found = el("div", {});
  const node = el(
    "details",
    { class: "inner", data: { keep: "similar", about: alert.alert_id } },
    el("summary", {}, t("similar.title")),
    found,
  );
  node.addEventListener("toggle", () => node.open && look(alert, found));
  return node;
}

async function look(alert, box) {
  fill(box, el("p", { class: "muted" }, t("list.loading")));
  try {
    const answer = await optional(ofAlert(alert.alert_id, "similar"));
    const rows = answer?.similar ?? [];
    fill(
      box,
      rows.length
        ? el(
            "ul",
            { class: "considered" },
            rows.slice(0, 10).map((one) => row(alert, one)),
          )
        : el("p", { class: "muted" }, t(answer ? "similar.none" : "panel.missing")),
    );
  } catch (error) {
    fill(box, el("p", { class: "warn" }, t("panel.failed", { why: error.message })));
  }
}

function row(alert, one) {
  const reasons = translated(one, "reasons") ?? [];
  return el(
    "li",
    {},
    el(
      "a",
      { href: `/?alert=${encodeURIComponent(one.alert_id)}` },
      `${named("kind", one.kind)}, ${clock(one.last_seen)}`,
    ),
    ` ${percent(one.score)} `,
    reasons.map((why) => el("small", { class: "muted reason" }, why)),
    may("dispatcher") && state.at === null && linker(alert, one),
  );
}

function linker(alert, one) {
  if (one.case_id && one.case_id === alert.case_id) return null;
  const act = async () => {
    try {
      const ids = [alert.alert_id, one.alert_id];
      const linked = await post("/api/cases/links", { alert_ids: ids });
      notify(t("similar.linked", { id: linked.case_id }));
      await refresh();
    } catch (error) {
      notify(t("similar.failed", { why: error.message }), "error");
    }
  };
  return button(t("similar.link"), act, { class: "tool" });
}
