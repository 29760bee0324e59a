// Rows of the register that reports show to be wrong, by kind, with the place on the map.

import { optional } from "../data/api.js";
import { byId, el, fill, table, tool } from "../base/dom.js";
import { emit } from "../data/state.js";
import { clock, metres, named, number, sure, t } from "../base/words.js";

const MOST_ROWS = 500;
let kind = "";

export async function registerPanel(box) {
  const answer = await optional("/api/register-health", { kind, limit: MOST_ROWS });
  const zones = answer?.zones ?? [];
  if (!zones.length) return fill(box, el("p", { class: "muted" }, t("register.none")));
  const sum = (name) => zones.reduce((total, one) => total + one[name], 0);
  const wrong = Object.values(answer.counts).reduce((total, one) => total + one, 0);
  const looked = {
    cells: number(sum("cells")),
    sites: number(sum("sites")),
    until: clock(Math.max(...zones.map((one) => one.last_ms))),
  };
  const count = kind ? answer.counts[kind] : wrong;
  const beyond = count - answer.rows.length + (kind ? 0 : sum("left_out"));
  return fill(
    box,
    el("p", { class: "muted" }, t("register.how")),
    el("p", {}, t("register.looked", looked)),
    el(
      "nav",
      { class: "chips" },
      chip(box, "", t("register.all", { n: number(wrong) })),
      Object.entries(answer.counts)
        .toSorted(([, one], [, other]) => other - one)
        .map(([name, n]) => chip(box, name, `${named("register", name)} ${number(n)}`)),
    ),
    wrong ? rows(answer.rows) : el("p", {}, t("register.right")),
    beyond > 0 && el("p", { class: "muted" }, t("register.left_out", { n: number(beyond) })),
  );
}

const chip = (box, name, label) =>
  el(
    "button",
    {
      type: "button",
      class: "chip",
      data: { kind: name || "all" },
      "aria-pressed": String(name === kind),
      on: {
        click: () => {
          kind = name;
          registerPanel(box);
        },
      },
    },
    label,
  );

const rows = (wrong) =>
  table(
    [
      t("register.row"),
      t("register.wrong"),
      t("register.sure"),
      t("register.off"),
      t("register.rests_on"),
      t("register.map"),
    ],
    wrong.map((one) => [
      [el("code", {}, one.key), one.other_key && el("small", { class: "mono" }, ` → ${one.other_key}`)],
      named("register", one.kind),
      sure(one.probability),
      one.off_m === null ? null : metres(one.off_m),
      t("register.basis", { reports: number(one.reports), phones: number(one.phones) }),
      tool(t("register.show"), () => onMap(one)),
    ]),
  );

function onMap(row) {
  byId("drawer").close();
  emit("wrong_rows", true);
  emit("look", { lat: row.learned_lat ?? row.lat, lon: row.learned_lon ?? row.lon });
}
