// Who may use the console: for admins.

import { change, optional, post, remove } from "../data/api.js";
import { button, el, field, fill, table } from "../base/dom.js";
import { RANKS, state } from "../data/state.js";
import { named, t } from "../base/words.js";
import { tried } from "./own_parts.js";

export async function accountsPanel(box) {
  const answer = await optional("/api/accounts");
  if (!answer) return fill(box, el("p", { class: "muted" }, t("panel.missing")));
  const rows = answer.accounts ?? answer;
  return fill(
    box,
    rows.length
      ? table(
          [t("accounts.name"), t("accounts.role"), t("mfa.title"), ""],
          rows.map((one) => [
            one.name,
            roleOf(box, one),
            factorOf(box, one),
            one.name !== state.me.name &&
              button(
                t("accounts.remove"),
                () => tryTo(box, () => remove(`/api/accounts/${encodeURIComponent(one.name)}`)),
                { class: "tool" },
              ),
          ]),
        )
      : el("p", { class: "warn" }, t("accounts.none")),
    form(box),
  );
}

const roles = (props) =>
  el(
    "select",
    props,
    RANKS.map((one) => el("option", { value: one }, named("role", one))),
  );

// Another role ends that account's sessions. One's own is for another admin to change.
function roleOf(box, one) {
  if (one.name === state.me.name) return named("role", one.role);
  const chosen = roles({
    "aria-label": t("accounts.role_of", { name: one.name }),
    data: { role: one.name },
  });
  chosen.value = one.role;
  chosen.addEventListener("change", () =>
    tryTo(box, () =>
      change(`/api/accounts/${encodeURIComponent(one.name)}`, { role: chosen.value }),
    ),
  );
  return chosen;
}

// Whoever lost theirs is let in by the password alone, until they have set up another.
function factorOf(box, one) {
  if (!one.mfa) return null;
  if (one.name === state.me.name) return t("mfa.is_on");
  const address = `/api/accounts/${encodeURIComponent(one.name)}/mfa`;
  return button(t("mfa.reset"), () => tryTo(box, () => remove(address)), {
    class: "tool",
    "aria-label": t("mfa.reset_of", { name: one.name }),
  });
}

function form(box) {
  const node = el(
    "form",
    { class: "row" },
    field(t("accounts.name"), el("input", { name: "name", required: true, autocomplete: "off" })),
    field(
      t("accounts.password"),
      el("input", {
        name: "password",
        type: "password",
        required: true,
        autocomplete: "new-password",
      }),
    ),
    field(t("accounts.role"), roles({ name: "role" })),
    el("button", { type: "submit", class: "act main" }, t("accounts.add")),
  );
  node.addEventListener("submit", (event) => {
    event.preventDefault();
    tryTo(box, () => post("/api/accounts", Object.fromEntries(new FormData(node))));
  });
  return node;
}

async function tryTo(box, act) {
  await tried(act);
  await accountsPanel(box);
}
