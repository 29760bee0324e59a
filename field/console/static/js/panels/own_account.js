// One's own account: another password, a second factor, and tokens for programs. An admin sees the tokens of all.

import { get, post, remove } from "../data/api.js";
import { button, el, field, fill, table } from "../base/dom.js";
import { notify } from "../base/notice.js";
import { copied, metered, secret, tried } from "./own_parts.js";
import { secondFactor } from "./second_factor.js";
import { may, RANKS, state } from "../data/state.js";
import { clock, named, t } from "../base/words.js";

const AWAY_MS = 1500;

export async function ownPanel(box, made = null) {
  // Whoever came without logging in (a console without accounts) has no account of its own.
  if (!state.me.csrf) return fill(box, el("p", { class: "muted" }, t("own.nobody")));
  const { tokens } = await get("/api/tokens");
  return fill(
    box,
    el("h3", {}, t("own.password")),
    passwordForm(),
    el("h3", {}, t("mfa.title")),
    await secondFactor(),
    el("h3", {}, t("own.sessions")),
    changed(),
    await sessionsOf(box),
    el("h3", {}, t("own.tokens")),
    el("p", { class: "muted" }, t("own.tokens_how")),
    made && shownOnce(made),
    tokens.length > 0 &&
      table(
        [t("own.token"), t("own.label"), t("own.scope"), t("own.until"), ""],
        tokens.map((one) => [
          el("span", { class: "mono" }, `${one.prefix}…`),
          may("admin") && one.name !== state.me.name ? `${one.name}: ${one.label}` : one.label,
          named("role", one.scope),
          clock(1000 * one.until_s),
          button(t("own.revoke"), () => revoke(box, one.prefix), {
            class: "tool",
            data: { revoke: one.prefix },
          }),
        ]),
      ),
    tokenForm(box),
  );
}

// Nobody can read it again: the server keeps its digest alone.
const shownOnce = (token) =>
  el(
    "div",
    { class: "once row", role: "status" },
    el("b", {}, t("own.once")),
    copied(token, t("own.token")),
  );

function passwordForm() {
  const node = el(
    "form",
    { class: "row own-password" },
    secret(t("own.old"), { name: "old", autocomplete: "current-password" }),
    metered(t("own.new"), { name: "new" }),
    el("button", { type: "submit", class: "act main" }, t("own.change")),
  );
  node.addEventListener("submit", (event) => {
    event.preventDefault();
    return tried(async () => {
      await post("/api/me/password", Object.fromEntries(new FormData(node)));
      notify(t("own.changed"));
      setTimeout(() => location.reload(), AWAY_MS);
    });
  });
  return node;
}

// What became of one's credentials lately, and by whom: who finds something strange here acts.
const changed = () =>
  (state.me.changes ?? []).length > 0 && [
    el("p", { class: "muted" }, t("own.changes_how")),
    table(
      [t("own.when"), t("own.what"), t("own.by")],
      state.me.changes.map((one) => [clock(one.ts), t(`changes.${one.event}`), one.by]),
    ),
  ];

// Where one is logged in, and how to end that elsewhere.
async function sessionsOf(box) {
  const { sessions } = await get("/api/me/sessions");
  const password = secret(t("own.old"), { autocomplete: "current-password" });
  const end = (id) =>
    tried(async () => {
      await post("/api/me/sessions/end", { id, password: password.querySelector("input").value });
      notify(t("own.ended"));
      await ownPanel(box);
    });
  return el(
    "div",
    { class: "own-sessions" },
    table(
      [t("own.begun"), t("own.used"), t("own.until"), ""],
      sessions.map((one) => [
        clock(1000 * one.begun_s),
        clock(1000 * one.used_s),
        clock(1000 * one.until_s),
        one.own
          ? t("own.this")
          : button(t("own.end"), () => end(one.id), { class: "tool", data: { session: one.id } }),
      ]),
    ),
    sessions.length > 1 &&
      el(
        "div",
        { class: "row" },
        password,
        button(t("own.end_others"), () => end(""), { class: "act" }),
      ),
  );
}

function tokenForm(box) {
  const days = el("input", { name: "days", type: "number", min: 1, max: 366, value: 90 });
  // What is left out of a token can't be taken by who finds it.
  const allowed = RANKS.filter((one) => may(one));
  const scope = el(
    "select",
    { name: "scope" },
    allowed.map((one) => el("option", { value: one }, named("role", one))),
  );
  const node = el(
    "form",
    { class: "row own-token" },
    field(t("own.label"), el("input", { name: "label", required: true, maxlength: 100 })),
    field(t("own.scope"), scope),
    field(t("own.days"), days),
    el("button", { type: "submit", class: "act" }, t("own.make")),
  );
  node.addEventListener("submit", (event) => {
    event.preventDefault();
    const label = new FormData(node).get("label");
    return tried(async () => {
      const answer = await post("/api/tokens", {
        label,
        scope: scope.value,
        days: Number(days.value) || null,
      });
      await ownPanel(box, answer.token);
    });
  });
  return node;
}

async function revoke(box, prefix) {
  await tried(() => remove(`/api/tokens/${encodeURIComponent(prefix)}`));
  await ownPanel(box);
}
