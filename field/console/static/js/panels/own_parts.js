// What several panels about accounts are made of.

import { el } from "../base/dom.js";
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

// Does it; where it can't be done, a notice says why.
export async function tried(act) {
  try {
    await act();
  } catch (error) {
    notify(t("accounts.failed", { why: error.message }), "error");
  }
}
