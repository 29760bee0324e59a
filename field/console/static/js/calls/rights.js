// The register of numbers as the workers know it: ranges and single numbers, whose they are, on which trunks
// they may call, and how they are to be treated. To be looked at and taken along, not to be changed here.

import { optional } from "../data/api.js";
import { el, field, fill, table } from "../base/dom.js";
import { hashText } from "./of_calls.js";
import { clock, named, number, t } from "../base/words.js";

const MOST_ROWS = 500;
const FLAGS = ["protected", "trusted", "do_not_originate"];
let prefix = "";

export async function rightsPanel(box) {
  const answer = await optional("/api/numbers/register", { prefix, limit: MOST_ROWS });
  if (!answer) return fill(box, el("p", { class: "muted" }, t("panel.missing")));
  const input = el("input", {
    type: "search",
    name: "prefix",
    value: prefix,
    maxlength: 7,
    pattern: "[0-9]*",
    inputmode: "numeric",
  });
  input.addEventListener("change", () => {
    if (!input.checkValidity()) return;
    prefix = input.value;
    rightsPanel(box);
  });
  return fill(
    box,
    el("p", { class: "muted" }, t("rights.how", { n: number(answer.count) })),
    el(
      "div",
      { class: "row form" },
      field(t("rights.begins"), input),
      el("a", { class: "chip", href: "/numbers/register.csv", download: "" }, t("rights.csv")),
    ),
    answer.rows.length
      ? rightsTable(answer.rows)
      : el("p", { class: "muted" }, t(prefix ? "rights.none_such" : "rights.none")),
    answer.rows.length === MOST_ROWS &&
      el("p", { class: "muted" }, t("rights.most", { n: number(MOST_ROWS) })),
  );
}

export const rightsTable = (rows) =>
  table(
    [
      t("rights.range"),
      t("numbers.class"),
      t("numbers.carrier"),
      t("numbers.region"),
      t("rights.trunks"),
      t("rights.treated"),
      t("rights.valid"),
    ],
    rows.map((one) => [
      one.prefix ? el("span", { class: "mono" }, range(one)) : hashText(one.key),
      one.class && named("class", one.class),
      one.carrier,
      one.region,
      one.rights.join(", ") || null,
      FLAGS.filter((flag) => one[flag])
        .map((flag) => t(`rights.${flag}`))
        .join(", ") || null,
      valid(one),
    ]),
  );

// First digits, with as many dots as digits follow.
const range = ({ prefix: digits, length }) =>
  length ? `${digits}${"·".repeat(Math.max(0, length - digits.length))}` : `${digits}…`;

function valid({ valid_from: from, valid_to: to }) {
  if (!from && !to) return null;
  return `${from ? clock(from) : ""} – ${to ? clock(to) : ""}`;
}
