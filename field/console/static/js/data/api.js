// Talks to the console's own server, and to nobody else.

export class Refused extends Error {
  constructor(status, body) {
    super(body?.detail && typeof body.detail === "string" ? body.detail : `HTTP ${status}`);
    this.status = status;
    this.body = body;
  }
}

let csrf = "";
let leaving = false;
export const trust = (token) => (csrf = token ?? "");

function address(path, params = {}) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) {
    if (value !== null && value !== undefined && value !== "") query.set(name, value);
  }
  return query.size ? `${path}?${query}` : path;
}

async function call(method, path, params, body, signal) {
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
    location.reload();
  }
  const kind = answer.headers.get("Content-Type") ?? "";
  // An answer without a body may still say that it is JSON.
  const has = kind.includes("json") && answer.status !== 204;
  const content = has ? await answer.json() : null;
  if (!answer.ok) throw new Refused(answer.status, content);
  return content;
}

export const get = (path, params, signal) => call("GET", path, params, undefined, signal);
export const post = (path, body = {}) => call("POST", path, {}, body);
export const change = (path, body) => call("PATCH", path, {}, body);
export const remove = (path) => call("DELETE", path, {});

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
