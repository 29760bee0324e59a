// Which life-cycle actions an alert's state allows, and which role each needs: the server's own
// tables, served as life_cycle.json. The server decides; this only spares a refusal.

import { file } from "../data/api.js";
import { may } from "../data/state.js";

let tables = { next: {}, needs: {} };

export async function load() {
  tables = await file("/static/life_cycle.json");
}

// Whether this person's role is enough for an action, whatever the alert's state.
export const mayDo = (action) => may(tables.needs[action] ?? "admin");

// The state that an action leads to; undefined where it can't be done.
export const after = (value, action) => tables.next[value]?.[action];

// What this person can do about an alert in that state.
export const actionsOf = (value) => Object.keys(tables.next[value] ?? {}).filter(mayDo);

// Verdicts close or mute an incident: they are asked about once more.
export const VERDICTS = new Set(["found", "not_found", "false_alarm", "honest_cell"]);
