// A campaign as a drawing in three columns: its alerts, their numbers, and what several numbers share.

import { isOfCalls, numberText } from "./of_calls.js";
import { el, svg } from "../base/dom.js";
import { named, number, t } from "../base/words.js";

const WIDTH = 660;
const ROW = 26;
const TOP = 30;
const COLUMNS = { alert: 10, number: 250, link: 480 };
const BOX = { alert: 170, number: 170, link: 170 };
const LONGEST = 24;
// More than these nobody tells apart.
const MOST = { alert: 25, number: 40, link: 25 };

// What is drawn: nodes of three columns with their places, and the edges between them.
export function layout(known) {
  const stations = known.alerts.filter((alert) => !isOfCalls(alert));
  const calls = known.alerts.filter(isOfCalls);
  const alerts = [...stations, ...calls].slice(0, MOST.alert);
  const tied = new Set([
    ...known.links.flatMap((link) => link.numbers),
    ...known.ties.map((tie) => tie.number),
  ]);
  // What ties is what the drawing is for: numbers that share nothing come last.
  const numbers = known.numbers
    .toSorted((one, other) => tied.has(other.number) - tied.has(one.number))
    .slice(0, MOST.number);
  const links = known.links.slice(0, MOST.link);
  const nodes = new Map();
  const put = (column, rows, keyOf) =>
    rows.forEach((of, at) => {
      nodes.set(keyOf(of), { column, of, x: COLUMNS[column], y: TOP + at * ROW });
    });
  put("alert", alerts, (one) => one.alert_id);
  put("number", numbers, (one) => one.number);
  put("link", links, keyOfLink);
  const edges = [
    ...numbers.flatMap((one) => one.alert_ids.map((id) => [id, one.number, ""])),
    ...links.flatMap((link) => link.numbers.map((name) => [name, keyOfLink(link), ""])),
    ...known.ties.map((tie) => [tie.alert_id, tie.number, "tie"]),
  ].filter(([from, to]) => nodes.has(from) && nodes.has(to));
  const rows = Math.max(alerts.length, numbers.length, links.length, 1);
  return { nodes, edges, height: TOP + rows * ROW + 6 };
}

const keyOfLink = (link) => `${link.kind}:${link.value}`;

export const linkText = (link) => `${named("link", link.kind)} ${shortened(link.value)}`;

export function drawing(known) {
  const { nodes, edges, height } = layout(known);
  const label = t("campaign.drawn", {
    alerts: number(known.alerts.length),
    numbers: number(known.number_count),
    links: number(known.links.length),
  });
  const heads = { alert: "campaign.alerts", number: "campaign.numbers", link: "campaign.links" };
  return el(
    "div",
    { class: "campaign-drawing", tabindex: 0, role: "group", "aria-label": label },
    svg(
      "svg",
      { viewBox: `0 0 ${WIDTH} ${height}`, width: WIDTH, height, role: "img", "aria-label": label },
      Object.keys(COLUMNS).map((column) =>
        svg("text", { x: COLUMNS[column], y: 16, class: "head" }, t(heads[column])),
      ),
      edges.map(([from, to, kind]) => edge(nodes.get(from), nodes.get(to), kind)),
      [...nodes.values()].map(node),
    ),
  );
}

function edge(from, to, kind) {
  const [x, y] = [from.x + BOX[from.column], from.y + ROW / 2 - 3];
  const [endX, endY] = [to.x, to.y + ROW / 2 - 3];
  const middle = (x + endX) / 2;
  return svg("path", {
    class: `edge ${kind}`,
    d: `M${x} ${y} C${middle} ${y} ${middle} ${endY} ${endX} ${endY}`,
  });
}

function node({ column, of, x, y }) {
  const text = { alert: alertText, number: numberText, link: linkText }[column](of);
  const kinds = { alert: isOfCalls(of) ? "calls" : "station", number: "number", link: "shared" };
  const kind = kinds[column];
  const box = svg(
    "g",
    { class: `node ${kind} ${of.role ?? ""}` },
    svg("title", {}, column === "link" ? `${named("link", of.kind)} ${of.value}` : text),
    svg("rect", { x, y, width: BOX[column], height: ROW - 6, rx: kind === "station" ? 0 : 6 }),
    svg("text", { x: x + 6, y: y + 14 }, shortened(text)),
  );
  if (column !== "alert") return box;
  return svg("a", { href: `/?alert=${encodeURIComponent(of.alert_id)}` }, box);
}

const alertText = (alert) => `${alert.alert_id.slice(0, 6)} ${named("kind", alert.kind)}`;

const shortened = (text) => (text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text);
