// One's own second factor: its key for an app, the first code, recovery codes, and the way back.

import { get, post } from "../data/api.js";
import { button, el, field, fill } from "../base/dom.js";
import { notify } from "../base/notice.js";
import { t } from "../base/words.js";
import { copied, tried } from "./own_parts.js";

const AWAY_MS = 1500;

export async function secondFactor(box = el("div", { class: "own-mfa" })) {
  const { on, recovery_codes } = await get("/api/me/mfa");
  if (on) {
    return fill(box, el("p", { class: "muted" }, t("mfa.on", { count: recovery_codes })), offForm());
  }
  return fill(
    box,
    el("p", { class: "muted" }, t("mfa.none")),
    button(t("mfa.begin"), () => tried(async () => begin(box)), {
      class: "act",
      data: { mfa: "begin" },
    }),
  );
}

async function begin(box) {
  const begun = await post("/api/me/mfa");
  const node = form(t("mfa.set_up"), async (given) => {
    const answer = await post("/api/me/mfa/confirm", { ...given, slip: begun.slip });
    await secondFactor(box);
    box.prepend(recovery(answer.recovery_codes));
  });
  fill(
    box,
    el("p", { class: "muted" }, t("mfa.how")),
    once(begun.secret, t("mfa.key")),
    el("p", {}, el("a", { href: begun.uri }, t("mfa.open"))),
    node,
  );
}

// The server keeps their digests alone.
const recovery = (codes) =>
  el(
    "div",
    { role: "status" },
    el("p", {}, el("b", {}, t("mfa.recovery"))),
    once(codes.join("\n"), t("mfa.codes")),
  );

const once = (text, name) =>
  el(
    "div",
    { class: "once row" },
    copied(text, name),
  );

const offForm = () =>
  form(t("mfa.off"), async (given) => {
    await post("/api/me/mfa/off", given);
    notify(t("mfa.removed"));
    setTimeout(() => location.reload(), AWAY_MS);
  });

// Password and code, and what is done with them.
function form(label, act) {
  const node = el(
    "form",
    { class: "row" },
    field(
      t("own.old"),
      el("input", {
        name: "password",
        type: "password",
        required: true,
        autocomplete: "current-password",
      }),
    ),
    field(t("mfa.code"), el("input", { name: "code", required: true, autocomplete: "one-time-code" })),
    el("button", { type: "submit", class: "act main" }, label),
  );
  node.addEventListener("submit", (event) => {
    event.preventDefault();
    return tried(() => act(Object.fromEntries(new FormData(node))));
  });
  return node;
}
