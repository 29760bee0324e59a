// The search for phones that travelled along, by order only. Where this console asks for four eyes,
// one admin asks for it, another approves it, and then the first may search, once within an hour.

import { get, ofAlert, post, Refused } from "../data/api.js";
import { button, el, field, fill } from "../base/dom.js";
import { notify } from "../base/notice.js";
import { may, state } from "../data/state.js";
import { clock, percent, t } from "../base/words.js";

export function companions(alert, forms) {
  const held = forms.get("companions");
  // What was found for this alert, and what is being typed, stay while the alert is drawn anew.
  if (held?.dataset.about === alert.alert_id) {
    if (held.open) look(alert, held.querySelector(".asks"), held.querySelector(".found"));
    return held;
  }
  const order = el("input", { name: "order", required: true, maxlength: 64, autocomplete: "off" });
  const asks = el("div", { class: "asks" });
  const found = el("div", { class: "found" });
  const form = el(
    "form",
    { class: "row" },
    field(t("companions.order"), order),
    el(
      "button",
      { type: "submit", class: "tool" },
      t(state.me.four_eyes ? "companions.ask" : "companions.search"),
    ),
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const wanted = { order_number: order.value.trim() };
    if (state.me.four_eyes) await act(alert, asks, found, () => post(place(alert, "asks"), wanted));
    else await search(alert, asks, found, wanted);
  });
  const node = el(
    "details",
    { class: "inner companions", data: { keep: "companions", about: alert.alert_id } },
    el("summary", {}, t("companions.title")),
    el("p", { class: "muted small" }, t("companions.law")),
    state.me.four_eyes && el("p", { class: "muted small" }, t("companions.four_eyes")),
    form,
    asks,
    found,
  );
  node.addEventListener("toggle", () => node.open && look(alert, asks, found));
  return node;
}

// An admin whose page is open learns that another asks.
export function announce(events) {
  if (!state.me.four_eyes || !may("admin")) return;
  for (const { name, data } of events)
    if (name === "action" && data.action === "companions_ask" && data.by !== state.me.name)
      notify(t("companions.news", { by: data.by, alert: data.alert_id.slice(0, 12) }));
}

const place = (alert, part) => ofAlert(alert.alert_id, `companions${part && `/${part}`}`);

async function look(alert, asks, found) {
  if (!state.me.four_eyes) return;
  try {
    const answer = await get(place(alert, "asks"));
    fill(
      asks,
      el(
        "ul",
        { class: "readings" },
        answer.asks.map((one) => row(alert, asks, found, one)),
      ),
    );
  } catch (error) {
    fill(asks, el("p", { class: "warn" }, t("panel.failed", { why: error.message })));
  }
}

function row(alert, asks, found, one) {
  const own = one.by === state.me.name;
  const decide = (approve) => () =>
    act(alert, asks, found, () => post(place(alert, `asks/${one.ask_id}`), { approve }));
  const deed = (word, does) =>
    button(t(`companions.${word}`), does, { class: "tool", data: { ask: word } });
  // What runs is what was approved: the search in the ask, of the alert as it was then.
  const run = () => search(alert, asks, found, one.search);
  return el(
    "li",
    { data: { state: one.state } },
    el("span", {}, t("companions.asked", { by: one.by, order: one.search.order_number })),
    one.span && el("span", { class: "muted" }, t("companions.span", span(one.span))),
    el(
      "span",
      { class: "muted" },
      t(`companions.is.${one.state}`, { by: one.decided_by ?? "", time: clock(one.until) }),
    ),
    one.state === "waiting" && !own && deed("approve", decide(true)),
    one.state === "waiting" && deed("refuse", decide(false)),
    one.state === "approved" && own && deed("search", run),
  );
}

const span = ({ revision, first_seen, last_seen }) => ({
  n: revision,
  first: clock(first_seen),
  last: clock(last_seen),
});

async function search(alert, asks, found, wanted) {
  await act(alert, asks, found, async () =>
    fill(found, companionList(await post(place(alert, ""), wanted))),
  );
}

// Does something, says where that was refused, and shows how the asks stand then.
async function act(alert, asks, found, does) {
  try {
    await does();
  } catch (error) {
    const missing = error instanceof Refused && error.status === 404;
    notify(
      missing ? t("companions.missing") : t("companions.failed", { why: error.message }),
      "warn",
    );
  }
  await look(alert, asks, found);
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
