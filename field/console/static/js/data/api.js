// Talks to the console's own server, and to nobody else. Nothing is waited for for ever.

import { t } from "../base/words.js";

const READ_MS = 20_000;
// The console itself gives up what Kafka doesn't take before that.
const WRITE_MS = 25_000;

export class Refused extends Error {
  constructor(status, body) {
    const { detail } = body ?? {};
    const text = Array.isArray(detail) ? detail.map((one) => one.msg).join("; ") : detail;
    super(text && typeof text === "string" ? text : `HTTP ${status}`);
    this.status = status;
    this.body = body;
  }
}

// Nobody answered, or what came is no answer of the console: maybe there is one later.
export class Unreachable extends Error {}

// A console that others say is away, or that can't write just now, is as one without a network.
export const isAway = (error) =>
  error instanceof Unreachable || [502, 503, 504].includes(error.status);

let csrf = "";
let leaving = false;
let over = () => null;
export const trust = (token) => (csrf = token ?? "");

function address(path, params = {}) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) {
    if (value !== null && value !== undefined && value !== "") query.set(name, value);
  }
  return query.size ? `${path}?${query}` : path;
}

// `act` is done before the page of a session that is over gives way to the login page.
export const whenOver = (act) => (over = act);

// Ends by itself; browsers of before 2024 can't bind two signals into one.
function limited(signal, most) {
  const limit = AbortSignal.timeout(most);
  if (!signal) return limit;
  return AbortSignal.any ? AbortSignal.any([signal, limit]) : signal;
}

async function call(method, path, params, body, signal, most = READ_MS) {
  try {
    return await ask(method, path, params, body, limited(signal, most));
  } catch (error) {
    if (error instanceof Refused || error.name === "AbortError") throw error;
    throw new Unreachable(t(error.name === "TimeoutError" ? "offline.slow" : "offline.none"));
  }
}

async function ask(method, path, params, body, signal) {
  const headers = { Accept: "application/json" };
  if (method !== "GET") headers["X-CSRF-Token"] = csrf;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const answer = await fetch(address(path, params), {
    method,
    headers,
    signal,
    credentials: "same-origin",
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  if (answer.status === 401 && !leaving) {
    // The session is over: the same address shows the login page, and then this view again.
    const done = over();
    if (done) done.finally(() => location.reload());
    else location.reload();
  }
  const kind = answer.headers.get("Content-Type") ?? "";
  // An answer without a body may still say that it is JSON.
  const has = kind.includes("json") && answer.status !== 204;
  const content = has ? await answer.json() : null;
  if (!answer.ok) throw new Refused(answer.status, content);
  return content;
}

export const get = (path, params, signal, most) =>
  call("GET", path, params, undefined, signal, most);
export const post = (path, body = {}) => call("POST", path, {}, body, null, WRITE_MS);
export const change = (path, body) => call("PATCH", path, {}, body, null, WRITE_MS);
export const remove = (path) => call("DELETE", path, {}, undefined, null, WRITE_MS);

// One of the page's own files.
export async function file(path) {
  const answer = await fetch(path, { signal: AbortSignal.timeout(READ_MS) });
  if (!answer.ok) throw new Unreachable(`HTTP ${answer.status}`);
  return answer.json();
}

// The address of an alert, or of what belongs to it.
export const ofAlert = (id, part = "") =>
  `/api/alerts/${encodeURIComponent(id)}${part && `/${part}`}`;

// The session's end. Whatever answers come meanwhile, the page stays until all is `left`.
export async function logOut(left) {
  leaving = true;
  try {
    await post("/api/logout").catch((error) => {
      if (error.status !== 401) throw error;
    });
    await left();
    location.reload();
  } finally {
    leaving = false;
  }
}

// What a console may not have, or this person may not see: null then.
export async function optional(path, params) {
  try {
    return await get(path, params);
  } catch (error) {
    if (error instanceof Refused && [403, 404, 405, 501].includes(error.status)) return null;
    throw error;
  }
}
