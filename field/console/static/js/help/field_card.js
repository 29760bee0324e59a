// The field card: what to do on the spot, on one page to read or to print, with lines to fill in.

import { el, tool } from "../base/dom.js";
import { inWords, t } from "../base/words.js";

const PRINTING = "prints-card";

export function fieldCard(card) {
  return [el("div", { class: "row" }, tool(t("help.print"), () => print(card))), sheet(card)];
}

function sheet({ title, parts, form }) {
  return el(
    "article",
    { class: "field-card" },
    el("h4", { class: "card-title" }, title),
    parts.map(([head, lines]) => [
      el("h5", {}, head),
      el(
        "ul",
        {},
        lines.map((line) => el("li", {}, inWords(line))),
      ),
    ]),
    el(
      "dl",
      { class: "fill-in" },
      form.map((name) => el("div", {}, el("dt", {}, name), el("dd", {}))),
    ),
  );
}

// Beside the page, so that nothing else is on the paper.
function print(card) {
  const paper = el("section", { id: "paper" }, sheet(card));
  document.body.append(paper);
  document.body.classList.add(PRINTING);
  addEventListener(
    "afterprint",
    () => {
      paper.remove();
      document.body.classList.remove(PRINTING);
    },
    { once: true },
  );
  window.print();
}
