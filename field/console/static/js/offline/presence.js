// Who is here, and whether the console is: the page begins without a network by what this device kept of
// the same person, and goes on with the console when it is back. Whoever leaves leaves nothing behind.

import { get, isAway, logOut, Refused, trust, whenOver } from "../data/api.js";
import * as keeper from "./keeper.js";
import * as kept from "./kept.js";
import { notify } from "../base/notice.js";
import * as worker from "./worker.js";
import * as queue from "./queue.js";
import { on, state, emit } from "../data/state.js";
import { t } from "../base/words.js";

const TRY_AGAIN_MS = 3000;
// Where there is something to show meanwhile, nobody waits longer for the console.
const SHORT_MS = 6000;
const SURE_MS = 8000;
// In the browser's own store: somebody logged out while there was no network.
const LEFT = "left";
let wake = null;
on("again", () => wake?.());
let sureUntil = 0;
let reviving = false;

// Asks who is here, once; resolves to what went wrong, or null.
export async function begin() {
  whenOver(over);
  const before = await keeper.person().catch(() => null);
  const trouble = await outcome(know(before ? SHORT_MS : undefined));
  // At once: the network may be gone before the page is whole.
  if (before && !trouble && before.by !== state.me.name)
    await kept.claim(state.me.name).catch((error) => console.warn(error));
  return trouble;
}

const outcome = (promise) =>
  promise.then(
    () => null,
    (error) => error,
  );

async function know(most) {
  const before = state.me.name;
  const me = await get("/api/me", {}, null, most);
  if (localStorage.getItem(LEFT)) return ended(me);
  if (before && me.name !== before) {
    await kept.claim(me.name);
    location.reload();
    return new Promise(() => {});
  }
  Object.assign(state.me, me, { session: Boolean(me.csrf) });
  trust(me.csrf);
  state.skewMs = (me.now ?? Date.now()) - Date.now();
  state.behindMs = me.behind_ms ?? 0;
  return null;
}

// The page itself may have been kept by its worker. Without the console it shows what was kept too, or
// waits.
export async function reach(error) {
  while (error) {
    if (error instanceof Refused && !isAway(error)) throw error;
    state.live = "lost";
    const person = localStorage.getItem(LEFT) ? null : await keeper.person().catch(() => null);
    if (person) {
      Object.assign(state.me, person.value);
      state.kept = person.at;
      return;
    }
    emit("live");
    await again();
    error = await outcome(know());
  }
  state.live = "starting";
}

// A while, or until somebody presses.
const again = () =>
  new Promise((done) => {
    wake = done;
    setTimeout(done, TRY_AGAIN_MS);
  });

// `load` loads the list.
export async function start(load) {
  on("live", () => revive(load));
  if (state.kept === null) await mine();
  await queue.start(async () => {
    await know();
    return true;
  });
  keeper.start();
}

async function mine() {
  try {
    await kept.claim(state.me.name);
    await keeper.keepPerson(state.me);
  } catch (error) {
    console.warn(error);
  }
}

// What was kept, or couldn't be loaded, gives way to what the console has now.
async function revive(load) {
  if (reviving || state.live !== "live" || (state.kept === null && !state.failed)) return;
  reviving = true;
  try {
    await know();
    if (await load()) state.kept = null;
    await mine();
  } catch (error) {
    console.info(error.message);
  } finally {
    reviving = false;
  }
  emit("live", state.live);
}

// The session is over: what is known may not be shown any more. What waits is sent after the login.
function over() {
  localStorage.removeItem(LEFT);
  return kept.wipe(["known", "details"]).catch(() => null);
}

// What waits is sent before, or lost: that is asked about once more.
export async function leave() {
  await Promise.race([queue.flush(), new Promise((done) => setTimeout(done, SHORT_MS))]);
  if (queue.waiting.length && Date.now() > sureUntil) {
    sureUntil = Date.now() + SURE_MS;
    notify(t("queue.leave", { n: queue.waiting.length }), "warn");
    return;
  }
  try {
    await logOut(worker.forget);
  } catch (error) {
    if (!isAway(error)) throw error;
    // The console can't end the session yet: the page does it as soon as it can.
    localStorage.setItem(LEFT, state.me.csrf ?? "yes");
    await worker.forgetAlerts();
    location.reload();
  }
}

// Ends the session that somebody left while there was no network; another's goes on.
async function ended(me) {
  const left = localStorage.getItem(LEFT);
  localStorage.removeItem(LEFT);
  if (left !== "yes" && left !== me.csrf) return know();
  trust(me.csrf);
  await logOut(worker.forget);
  return new Promise(() => {});
}
