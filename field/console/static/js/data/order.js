// The list's order, which is the server's: what isn't over first, of these the most severe first, and
// of these the newest.

import { rank } from "./filters.js";

const DONE = new Set(["found", "false_alarm", "honest_cell"]);

// Whether somebody may still have to do something about it.
export const isActive = (alert) => alert.status !== "closed" && !DONE.has(alert.state);

// Less than zero where a stands before b.
function compare(a, b) {
  return (
    Number(a.status === "closed") - Number(b.status === "closed") ||
    rank(a.severity) - rank(b.severity) ||
    b.ts - a.ts ||
    (a.alert_id > b.alert_id ? -1 : 1)
  );
}

// Where an alert belongs in an ordered list of ids.
export function placeOf(alert, order, alerts) {
  let low = 0;
  let high = order.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compare(alerts.get(order[middle]), alert) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
