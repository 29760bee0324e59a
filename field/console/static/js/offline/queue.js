// What people do is written down here before it is sent, in order, and stays until the console has
// answered: a tunnel, or the page's end, loses nothing. The id in each makes sending it twice doing it once.

import { isAway, post } from "../data/api.js";
import * as kept from "./kept.js";
import { on, state, emit } from "../data/state.js";

// What fails is tried again soon, as connections that just came back break once more, and then less often.
const AGAIN_MS = 1000;
const MOST_MS = 30_000;
// Whoever acts waits so long for the answer; then it goes on by itself.
const PATIENCE_MS = 6000;
const LATER_MS = 5000;
export let waiting = [];
const asking = new Map(); // key -> who waits for the answer
let isSame = async () => true;
let running = null;
let again = null;
let pause = AGAIN_MS;
let count = 0;

// `who` asks the console who is here: whether it is still the one who did all this.
export async function start(who) {
  isSame = who;
  // Another's would go, but for a browser that could not remove it.
  const before = (await kept.all("waiting")).filter(({ by }) => by === state.me.name);
  waiting = before.map(({ key, at, value }) => ({ ...value, key, at, late: true, problem: null }));
  on("live", () => state.live === "live" && flush());
  emit("queue");
  flush();
}

// Sends something: `path` and `body` for the console, `alert_id` and `action` for people. Resolves to
// "sent", or to "waiting" where there is no answer yet; throws what the console refuses.
export async function send(entry) {
  const at = Date.now();
  const key = `${String(at).padStart(15, "0")}-${String(count++).padStart(6, "0")}`;
  const since = performance.now();
  const whole = { ...entry, key, at, since, late: state.live === "lost", problem: null };
  waiting.push(whole);
  await kept.write("waiting", key, state.me.name, entry, at).catch((error) => console.warn(error));
  emit("queue");
  const answer = new Promise((done, failed) => asking.set(key, { done, failed }));
  flush();
  if (whole.late) settle(whole, "waiting");
  const late = new Promise((done) => setTimeout(done, PATIENCE_MS, "waiting"));
  return Promise.race([answer, late]).finally(() => asking.delete(key));
}

export const of = (id) => waiting.filter((one) => one.alert_id === id);
export const refused = () => waiting.filter((one) => one.problem);

// Takes one back that was not sent, or that the console refused.
export async function drop(key) {
  waiting = waiting.filter((one) => one.key !== key);
  await kept.remove("waiting", key);
  emit("queue");
}

export async function retry(key) {
  for (const one of waiting) if (one.key === key) one.problem = null;
  await flush();
}

// Sends what waits, one after the other; several pages of one browser take turns.
export function flush() {
  running ??= inTurn(run).finally(() => (running = null));
  return running;
}

const inTurn = (act) =>
  globalThis.navigator?.locks ? navigator.locks.request("cellhound-queue", act) : act();

const next = () => waiting.find((one) => !one.problem);

async function run() {
  clearTimeout(again);
  if (!next()) return;
  try {
    // What waited longer may have been another's, or of a session that is over.
    if (next().at < Date.now() - LATER_MS && !(await isSame())) return;
    for (let entry = next(); entry; entry = next()) await one(entry);
  } catch (error) {
    for (const entry of waiting) {
      entry.late = true;
      settle(entry, "waiting");
    }
    if (error.status !== 401) again = setTimeout(flush, pause);
    pause = Math.min(2 * pause, MOST_MS);
  }
  emit("queue");
}

// Throws where there is no sense in sending the next.
async function one(entry) {
  // Another page of this browser may have sent it.
  if (globalThis.indexedDB && !(await isWaiting(entry))) return leave(entry);
  try {
    await post(entry.path, dated(entry));
  } catch (error) {
    if (isAway(error) || [401, 429].includes(error.status)) throw error;
    const asker = asking.get(entry.key);
    if (!asker) {
      entry.problem = { status: error.status, why: error.message };
      emit("queue");
      return null;
    }
    await drop(entry.key);
    return asker.failed(error);
  }
  pause = AGAIN_MS;
  await drop(entry.key);
  settle(entry, "sent");
  emit("sent", entry);
  return null;
}

// What this page took itself is as old as it is by the time that it ran, whatever became of the clock.
async function isWaiting({ key, since }) {
  if (since === undefined) return Boolean(await kept.read("waiting", key));
  return performance.now() - since < kept.LASTS_MS.waiting && kept.has("waiting", key);
}

const leave = ({ key }) => (waiting = waiting.filter((one) => one.key !== key));

const settle = (entry, what) => asking.get(entry.key)?.done(what);

// An action that comes later says when it was done, by the console's clock, if the device knew.
function dated({ action, body, at, late }) {
  const done_ts = Math.round(at + state.skewMs);
  if (action === "reading" || !late || done_ts < kept.CLOCK_SET_MS) return body;
  return { ...body, done_ts };
}
