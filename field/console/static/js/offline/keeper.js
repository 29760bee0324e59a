// Keeps what a team may need without a network: who is here, the list, the alerts that were looked at, and
// those that are open where their crowd is small. Of numbers in calls, which may be victims', nothing.

import { get, ofAlert } from "../data/api.js";
import * as kept from "./kept.js";
import { on, state } from "../data/state.js";
import { isOfCalls } from "../calls/of_calls.js";

const SAVE_AFTER_MS = 2000;
const ROUND_MS = 120_000;
const FIRST_ROUND_MS = 4000;
const MOST_LISTED = 200;
// So many open alerts are fetched whole in a round, one after the other: those that changed.
const MOST_WHOLE = 20;
const BETWEEN_MS = 250;
let saving = null;
let open = []; // what the last round brought
const wholes = new Map(); // alert_id -> which of it was kept

export function start() {
  for (const topic of ["alerts", "alert"]) on(topic, saveSoon);
  setTimeout(round, FIRST_ROUND_MS);
  setInterval(round, ROUND_MS);
}

const isNow = () => state.at === null && state.live === "live" && !state.kept;

// Who is here, without what a session is trusted by.
export function keepPerson({ csrf, changes, ending, ...me }) {
  return kept.write("known", "me", me.name, { ...me, session: Boolean(csrf) });
}

export const person = () => kept.read("known", "me");

function saveSoon() {
  if (saving) return;
  saving = setTimeout(() => {
    saving = null;
    save();
  }, SAVE_AFTER_MS);
}

const withoutNumbers = ({ newest_numbers, ...alert }) => alert;

async function save() {
  if (!isNow()) return;
  const all = new Map(open.map((alert) => [alert.alert_id, alert]));
  for (const id of state.order) all.set(id, state.alerts.get(id));
  const alerts = [...all.values()].slice(0, MOST_LISTED).map(withoutNumbers);
  const clock = { skewMs: state.skewMs, behindMs: state.behindMs, replay: state.replay };
  await kept.write("known", "list", state.me.name, { alerts, ...clock }, state.receivedMs);
}

// The list as it was known last: {at, value: {alerts, ..}}.
export const list = () => kept.read("known", "list");

export async function keepDetail(alert) {
  if (state.at !== null || isOfCalls(alert)) return;
  wholes.set(alert.alert_id, version(alert));
  await kept.write("details", alert.alert_id, state.me.name, alert);
}

export const detail = (id) => kept.read("details", id);

const version = ({ revision, state: stage, muted_until }) => `${revision} ${stage} ${muted_until}`;

// All that is open, whatever the list is narrowed to; then those of them that changed, whole.
async function round() {
  if (!isNow() || document.hidden || navigator.connection?.saveData) return;
  try {
    const page = await get("/api/alerts", { status: "open,update", limit: MOST_LISTED });
    open = page.alerts;
    await save();
    const changed = open.filter(
      (alert) => !isOfCalls(alert) && wholes.get(alert.alert_id) !== version(alert),
    );
    for (const { alert_id } of changed.slice(0, MOST_WHOLE)) {
      if (!isNow()) return;
      await keepDetail(await get(ofAlert(alert_id)));
      await new Promise((done) => setTimeout(done, BETWEEN_MS));
    }
  } catch (error) {
    console.info(error.message);
  }
}
