// What lies on this device for a time without a network, in the browser's own database: of one person,
// bounded, and not for long. Where a browser has none it lies in memory, and goes with the page.

const NAME = "cellhound";
const HOUR_MS = 3600_000;
// What is known lasts as long as a session, as a rule; what waits to be sent over a weekend.
export const LASTS_MS = { known: 12 * HOUR_MS, details: 12 * HOUR_MS, waiting: 72 * HOUR_MS };
const MOST = { known: 10, details: 60, waiting: 200 };
const STORES = Object.keys(LASTS_MS);
// Devices without a battery for it begin their clock in 1970, or when they were made.
export const CLOCK_SET_MS = Date.UTC(2025, 0);
let opening = null;
let over = false; // everything was wiped: nothing more is kept by this page
const memory = new Map(STORES.map((store) => [store, new Map()]));

function database() {
  opening ??= new Promise((done) => {
    if (!globalThis.indexedDB) return done(null);
    const asked = indexedDB.open(NAME, 1);
    asked.onupgradeneeded = () => {
      for (const name of STORES) {
        const store = asked.result.createObjectStore(name, { keyPath: "key" });
        for (const index of ["at", "by"]) store.createIndex(index, index);
      }
    };
    asked.onsuccess = () => done(asked.result);
    asked.onerror = () => done(null);
    return null;
  });
  return opening;
}

// Does something within one store, and waits until it is written; `instead` within the memory, which
// understands much that a store does.
async function within(name, mode, act, instead = act) {
  const open = await database();
  if (!open) return instead(memory.get(name));
  return new Promise((done, failed) => {
    const transaction = open.transaction(name, mode);
    const asked = act(transaction.objectStore(name));
    transaction.oncomplete = () => done(asked?.result);
    transaction.onabort = () => failed(transaction.error);
  });
}

// What somebody did is not lost to a clock that was not set: how old it is can't be known then.
const isOld = (store, at) =>
  at <= Date.now() - LASTS_MS[store] && (store !== "waiting" || at > CLOCK_SET_MS);
const isFresh = (store, record) => !isOld(store, record.at);

// A record {key, by, at, value}, or null for one that isn't there or is too old.
export async function read(store, key) {
  const record = await within(store, "readonly", (all) => all.get(key));
  return record && isFresh(store, record) ? record : null;
}

// Whether there is such a record, however old.
export const has = (store, key) =>
  within(
    store,
    "readonly",
    (all) => all.count(key),
    (all) => all.has(key),
  ).then(Boolean);

// All that are not too old, in the order of their keys.
export async function all(store) {
  const records = await within(
    store,
    "readonly",
    (from) => from.getAll(),
    (from) => [...from.values()].toSorted((a, b) => (a.key < b.key ? -1 : 1)),
  );
  return records.filter((record) => isFresh(store, record));
}

// Keeps a value of a person; the oldest of too many goes.
export async function write(store, key, by, value, at = Date.now()) {
  if (over) return;
  const record = { key, by, at, value };
  await within(
    store,
    "readwrite",
    (to) => {
      to.put(record);
      to.count().onsuccess = ({ target }) => removeOldest(to, target.result - MOST[store]);
    },
    (to) => to.set(key, record),
  );
}

function removeOldest(store, count) {
  if (count <= 0) return;
  store.index("at").openKeyCursor().onsuccess = ({ target: { result: cursor } }) => {
    if (!cursor || count-- <= 0) return;
    store.delete(cursor.primaryKey);
    cursor.continue();
  };
}

export const remove = (store, key) => within(store, "readwrite", (from) => from.delete(key));

// What is another person's goes, and what is too old.
export async function claim(name) {
  for (const store of STORES) {
    const isGoing = (by, at) => by !== name || isOld(store, at);
    await within(
      store,
      "readwrite",
      (from) => {
        from.openCursor().onsuccess = ({ target: { result: cursor } }) => {
          if (!cursor) return;
          if (isGoing(cursor.value.by, cursor.value.at)) cursor.delete();
          cursor.continue();
        };
      },
      (from) => {
        for (const [key, { by, at }] of from) if (isGoing(by, at)) from.delete(key);
      },
    );
  }
}

export async function wipe(stores = STORES) {
  for (const store of stores) await within(store, "readwrite", (from) => from.clear());
}

// Everything goes, and whatever answer is still to come is not kept any more.
export async function end() {
  over = true;
  await wipe();
}
