// What was done about an alert and waits for the network, or was refused when it came.

import { el, tool } from "../base/dom.js";
import { clock, named, t } from "../base/words.js";
import * as queue from "./queue.js";
import { after } from "../alert/roles.js";

// The state that an alert will have once all that waits is sent: by it is offered what comes next.
export const expected = (alert) =>
  queue
    .of(alert.alert_id)
    .filter((one) => !one.problem)
    .reduce((value, one) => after(value, one.action) ?? value, alert.state);

export function waitingOf(alert) {
  const entries = queue.of(alert.alert_id);
  if (!entries.length) return null;
  return el(
    "ul",
    { class: "waiting", role: "status" },
    entries.map((one) => row(one)),
  );
}

function row(one) {
  const what = { action: named("action", one.action), time: clock(one.at) };
  const text = one.problem
    ? t(one.problem.status === 409 ? "queue.overtaken" : "queue.refused", {
        ...what,
        why: one.problem.why,
      })
    : t("queue.waits", what);
  return el(
    "li",
    { class: one.problem ? "warn" : "", data: { waiting: one.action } },
    el("span", {}, text),
    one.problem && tool(t("retry"), () => queue.retry(one.key)),
    tool(t("queue.drop"), () => queue.drop(one.key)),
  );
}
