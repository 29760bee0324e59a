// What can be done about an alert, by its state and this person's role, with a note.

import { ofAlert, Refused } from "../data/api.js";
import { el, tool } from "../base/dom.js";
import { refresh } from "../data/chosen.js";
import { going } from "../ground/going.js";
import { notify } from "../base/notice.js";
import { isOfCalls } from "../calls/of_calls.js";
import { actionsOf, mayDo, VERDICTS } from "./roles.js";
import { expected, waitingOf } from "../offline/waiting.js";
import * as queue from "../offline/queue.js";
import { may, state } from "../data/state.js";
import { named, t } from "../base/words.js";

const ASKED_MS = 8000;
const MAIN = {
  new: "acknowledge",
  acknowledged: "dispatch",
  dispatched: "arrive",
  on_site: "found",
  not_found: "dispatch",
};

export function lifeCycle(alert, forms) {
  const why = state.at !== null ? "life.past" : may("field") ? null : "life.viewer";
  const way = going(alert);
  if (why)
    return [
      way && el("div", { class: "life going" }, el("div", { class: "actions" }, way)),
      el("p", { class: "muted" }, t(why)),
    ];
  const held = forms.get("note");
  // A note belongs to the alert that it was written about.
  const note = held?.dataset.about === alert.alert_id ? held : noteBox(alert);
  const stage = expected(alert);
  const actions = actionsOf(stage);
  const main = MAIN[stage];
  return el(
    "div",
    { class: "life" },
    waitingOf(alert),
    el(
      "div",
      { class: "actions" },
      actions.map((action) => [
        actionButton(alert, action, note, action === main),
        action === main && way,
      ]),
      !actions.includes(main) && way,
    ),
    el(
      "div",
      { class: "note-row" },
      note,
      tool(t("action.note"), () => note.value.trim() && act(alert, "note", note)),
      mayDo("assign") && tool(t("action.assign"), () => assign(alert, note)),
    ),
  );
}

function noteBox(alert) {
  return el("input", {
    type: "text",
    class: "note",
    maxlength: 2000,
    placeholder: t("life.note"),
    "aria-label": t("life.note"),
    data: { keep: "note", about: alert.alert_id },
  });
}

function actionButton(alert, action, note, main) {
  const label = labelOf(alert, action);
  const node = el(
    "button",
    { type: "button", class: `act ${main ? "main" : ""}`, data: { action } },
    label,
  );
  const key = `${alert.alert_id} ${action}`;
  if (isAsked(key)) ask(node, label);
  node.addEventListener("click", () => {
    if (!VERDICTS.has(action) || isAsked(key)) return act(alert, action, note, node);
    asked = { key, until: Date.now() + ASKED_MS };
    setTimeout(() => isAsked(key) || calm(node, label), ASKED_MS + 1);
    return ask(node, label);
  });
  return node;
}

// A verdict is asked about once more, in its own place: the second press does it. That it was asked
// is kept here, since the alert may be drawn anew in between.
let asked = { key: "", until: 0 };
const isAsked = (key) => asked.key === key && Date.now() <= asked.until;

function ask(node, action) {
  node.classList.add("sure");
  node.textContent = t("life.sure", { action });
}

function calm(node, label) {
  node.classList.remove("sure");
  node.textContent = label;
}

// Numbers may be honest as cells may be.
const labelOf = (alert, action) =>
  isOfCalls(alert) && action === "honest_cell"
    ? t("action.honest_numbers")
    : named("action", action);

// Letters from g on: what has digits might look like somebody's number, and is refused then.
const newId = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(26)), (one) =>
    String.fromCharCode(103 + (one % 20)),
  ).join("");

// What is tried twice, after a lost answer, is done once: the id is made before the first try.
export async function act(alert, action, note = null, node = null, more = {}) {
  if (node) node.disabled = true;
  const here =
    state.me_at && (VERDICTS.has(action) || action === "arrive")
      ? { lat: state.me_at.lat, lon: state.me_at.lon }
      : {};
  const body = {
    action,
    action_id: newId(),
    note: note?.value.trim() || undefined,
    ...here,
    ...more,
  };
  try {
    const done = await queue.send({
      path: ofAlert(alert.alert_id, "actions"),
      body,
      alert_id: alert.alert_id,
      action,
    });
    if (note) note.value = "";
    const what = { action: named("action", action) };
    notify(t(done === "sent" ? "life.done" : "life.waits", what), done === "sent" ? "info" : "warn");
    if (done === "sent") await refresh();
  } catch (error) {
    if (error instanceof Refused && error.status === 409) {
      notify(t("life.overtaken"), "warn");
      await refresh();
    } else notify(t("life.failed", { why: error.message }), "error");
  } finally {
    if (node) node.disabled = false;
  }
}

function assign(alert, note) {
  const who = note.value.trim();
  if (!who) {
    notify(t("life.whom"), "warn");
    note.focus();
    return null;
  }
  return act(alert, "assign", note, null, { assignee: who, note: undefined });
}
