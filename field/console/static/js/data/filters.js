// What the list is narrowed to: kept in the address, so that a view can be sent, kept and reloaded.

import { isKnown } from "../base/words.js";

export const SEVERITIES = ["critical", "high", "medium", "low", "info"];
// The most severe is 0; a word that isn't listed counts as the least, as it does with the server.
export const rank = (severity) =>
  SEVERITIES.includes(severity) ? SEVERITIES.indexOf(severity) : SEVERITIES.length - 1;
export const STATES = [
  "new",
  "acknowledged",
  "dispatched",
  "on_site",
  "found",
  "not_found",
  "false_alarm",
  "honest_cell",
];
export const STATUSES = ["open", "update", "closed"];
export const RATS = ["gsm", "umts", "lte", "nr"];
export const KINDS = [
  "fake_base_station",
  "cloned_cell",
  "sms_spammer",
  "imsi_catcher",
  "scam_caller",
  "scam_campaign",
  "sim_box",
  "wangiri",
  "phishing",
  "account_takeover",
];
const NAMES = [
  "severity",
  "state",
  "status",
  "rat",
  "operator",
  "kind",
  "from",
  "to",
  "bbox",
  "campaign",
  "q",
];
const OPERATOR = /^\d{1,3}-\d{1,3}$/;
const LISTS = { severity: SEVERITIES, state: STATES, status: STATUSES, rat: RATS, kind: KINDS };

// Of an address's query: unknown names and values are left out, since the API refuses them.
export function read(query) {
  const found = {};
  for (const name of NAMES) {
    const given = query.get(name);
    if (!given) continue;
    const isKnownValue =
      name === "operator" ? (value) => OPERATOR.test(value) : (value) => LISTS[name].includes(value);
    if (name in LISTS || name === "operator") {
      const known = given.split(",").filter(isKnownValue);
      if (known.length) found[name] = known.join(",");
    } else found[name] = given;
  }
  return found;
}

// The address for these filters, the chosen alert and the moment; other names in it stay.
export function written(query, filters, selected, at) {
  const next = new URLSearchParams(query);
  const put = (name, value) => (value ? next.set(name, value) : next.delete(name));
  for (const name of NAMES) put(name, filters[name]);
  put("alert", selected);
  put("at", at);
  return next.toString().replaceAll("%2C", ",").replaceAll("%3A", ":");
}

// Several values of one name: in it or not.
export function toggled(filters, name, value) {
  const chosen = new Set((filters[name] ?? "").split(",").filter(Boolean));
  if (!chosen.delete(value)) chosen.add(value);
  const next = { ...filters, [name]: [...chosen].join(",") };
  if (!next[name]) delete next[name];
  return next;
}

// Whether an alert that came by itself belongs into the list: as the server would judge it.
export function matches(alert, filters) {
  const listed = (name, values) =>
    !filters[name] || values.some((value) => filters[name].split(",").includes(value));
  const identities = alert.identities ?? [];
  if (!listed("severity", [alert.severity]) || !listed("state", [alert.state])) return false;
  if (!listed("status", [alert.status]) || !listed("kind", [alert.kind])) return false;
  if (
    !listed(
      "rat",
      identities.map((one) => one.rat),
    )
  )
    return false;
  if (filters.campaign && alert.campaign !== filters.campaign) return false;
  if (!sameOperator(filters.operator, identities)) return false;
  if (filters.from && alert.last_seen < Number(filters.from)) return false;
  if (filters.to && alert.first_seen > Number(filters.to)) return false;
  if (filters.bbox && !touches(alert, filters.bbox.split(",").map(Number))) return false;
  const words = (filters.q ?? "").toLowerCase().split(/\s+/).filter(Boolean);
  return words.every((word) => text(alert).includes(word));
}

export const operator = (identity) =>
  isKnown(identity.mcc) ? `${identity.mcc}-${String(identity.mnc).padStart(2, "0")}` : "";

// Leading zeros mean nothing: 460-00 is 460-0.
function sameOperator(asked, identities) {
  if (!asked) return true;
  const plain = (text) => text.split("-").map(Number).join("-");
  return asked
    .split(",")
    .some((one) => identities.some((identity) => plain(operator(identity)) === plain(one)));
}

// Whether the box about an alert's region and place touches another.
function touches(alert, [west, south, east, north]) {
  const { type, coordinates = [] } = alert.region ?? {};
  const rings = type === "MultiPolygon" ? coordinates.map(([ring]) => ring) : coordinates.slice(0, 1);
  const places = rings.flat();
  if (alert.position) places.push([alert.position.lon, alert.position.lat]);
  if (!places.length) return false;
  const lons = places.map(([lon]) => lon);
  const lats = places.map(([, lat]) => lat);
  if (Math.max(...lats) < south || Math.min(...lats) > north) return false;
  const reaches = (from, to) => Math.max(...lons) >= from && Math.min(...lons) <= to;
  return west <= east ? reaches(west, east) : reaches(west, 180) || reaches(-180, east);
}

function text(alert) {
  const numbers = (alert.identities ?? []).map((one) => Object.values(one).join(" ")).join(" ");
  const called = (alert.newest_numbers ?? []).map((one) => one.prefix ?? "").join(" ");
  return `${alert.alert_id} ${alert.headline} ${alert.headline_zh} ${alert.kind} ${alert.assignee ?? ""} ${numbers} ${called} ${alert.campaign ?? ""}`.toLowerCase();
}
