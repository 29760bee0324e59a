// Complaints of each month by class of number and carrier, and by a million users where their count is set.

import { optional } from "../data/api.js";
import { el, fill, table } from "../base/dom.js";
import { named, number, t } from "../base/words.js";

const SPLITS = ["both", "class", "carrier"];
let by = "both";

export async function figuresPanel(box) {
  const answer = await optional("/api/complaints/figures", { by });
  if (!answer) return fill(box, el("p", { class: "muted" }, t("panel.missing")));
  const rows = answer.figures.toReversed();
  return fill(
    box,
    el("p", { class: "muted" }, t("figures.how")),
    el(
      "nav",
      { class: "chips" },
      SPLITS.map((split) =>
        el(
          "button",
          {
            type: "button",
            class: "chip",
            data: { split },
            "aria-pressed": String(split === by),
            on: {
              click: () => {
                by = split;
                figuresPanel(box);
              },
            },
          },
          t(`figures.by_${split}`),
        ),
      ),
      el("a", { class: "chip", href: `/complaints.csv?by=${by}`, download: "" }, t("figures.csv")),
    ),
    rows.length ? figures(rows) : el("p", { class: "muted" }, t("figures.none")),
  );
}

const COUNTS = ["complaints", "cases", "dispatched", "answered", "closed"];

function figures(rows) {
  const split = { both: ["class", "carrier"], class: ["class"], carrier: ["carrier"] }[by];
  const cell = {
    class: (one) => (one.class ? named("class", one.class) : t("figures.unknown")),
    carrier: (one) => one.carrier ?? t("figures.unknown"),
  };
  return table(
    [
      t("figures.month"),
      ...split.map((name) => t(`numbers.${name}`)),
      ...COUNTS.map((name) => t(`figures.${name}`)),
      t("figures.per_million"),
    ],
    rows.map((one) => [
      one.month,
      ...split.map((name) => cell[name](one)),
      ...COUNTS.map((name) => number(one[name])),
      one.per_million === null ? null : number(one.per_million, 2),
    ]),
  );
}
