// What several panels about accounts are made of.

import { el, field } from "../base/dom.js";
import { notify } from "../base/notice.js";
import { t } from "../base/words.js";
import { copyText } from "../alert/place.js";

// A text to be taken along, with a button that copies it; `name` is what it is, in words.
export const copied = (text, name) => [
  el("code", { class: "mono" }, text),
  el(
    "button",
    { type: "button", class: "chip copy", on: { click: () => copyText(text, name) } },
    t("copy"),
  ),
];

// A field for a password, with a button that shows what is typed.
export function secret(label, props) {
  const input = el("input", { type: "password", required: true, ...props });
  const show = el(
    "button",
    { type: "button", class: "chip show-secret", "aria-pressed": "false" },
    t("own.show"),
  );
  show.addEventListener("click", () => {
    const shown = input.type === "password";
    input.type = shown ? "text" : "password";
    show.setAttribute("aria-pressed", String(shown));
  });
  return el("span", { class: "row" }, field(label, input), show);
}

const ENOUGH = 20;
const LEAST = 12;

// How far a new password is from one that is long, and not of a few signs only: 0 to 1. What is
// guessed first the server refuses.
export function strength(password) {
  const signs = [...password];
  const different = new Set(signs).size;
  if (signs.length < LEAST) return Math.min(signs.length, different) / (2 * ENOUGH);
  return Math.min(signs.length, 2 * different, ENOUGH) / ENOUGH;
}

// A meter beside a field for a new password.
export function metered(label, props) {
  const node = secret(label, { autocomplete: "new-password", ...props });
  const meter = el("meter", { min: 0, max: 1, value: 0, "aria-label": t("own.strength") });
  node.addEventListener("input", (event) => {
    meter.value = strength(event.target.value);
  });
  node.append(meter);
  return node;
}

// Does it; where it can't be done, a notice says why.
export async function tried(act) {
  try {
    await act();
  } catch (error) {
    notify(t("accounts.failed", { why: error.message }), "error");
  }
}
