"use strict";
// Numbers, times and fields as people read them. Text reaches the page by textContent alone.

const SEVERITIES = ["info", "low", "medium", "high", "critical"];
const STATUSES = { open: "open", update: "open, updated", closed: "closed" };
const KINDS = {
  fake_base_station: "Rogue base station",
  sms_spammer: "SMS blaster",
  imsi_catcher: "IMSI catcher",
  cloned_cell: "Cloned cell",
  scam_caller: "Fraudulent caller",
  scam_campaign: "Campaign of fraudulent calls",
  sim_box: "SIM box",
  wangiri: "Wangiri campaign",
  phishing: "Campaign of phishing texts",
  account_takeover: "Account takeover",
};
const POINTS = ["north", "north-east", "east", "south-east",
  "south", "south-west", "west", "north-west"];

const LOCAL_DAY = new Intl.DateTimeFormat("en-GB", {
  day: "numeric", month: "short", year: "numeric",
  hour: "2-digit", minute: "2-digit", second: "2-digit",
});
const LOCAL_CLOCK = new Intl.DateTimeFormat("en-GB", {
  hour: "2-digit", minute: "2-digit", second: "2-digit",
});

const byId = (id) => document.getElementById(id);
const spaced = (name) => String(name).replaceAll("_", " ");
const capital = (word) => word.charAt(0).toUpperCase() + word.slice(1);
const plural = (count, one, many = `${one}s`) => `${count} ${count === 1 ? one : many}`;
const severityOf = (alert) => (SEVERITIES.includes(alert.severity) ? alert.severity : "info");
const statusOf = (alert) => STATUSES[alert.status] ?? spaced(alert.status);
const kindOf = (alert) => KINDS[alert.kind] ?? capital(spaced(alert.kind));
const isMoving = (alert) => alert.speed_mps !== null;
const hasCourse = (alert) => isMoving(alert) && alert.bearing_deg !== null;
/** The point of the compass towards which an alert's transmitter moves. */
const pointOf = (alert) => POINTS[Math.round(alert.bearing_deg / 45) % 8];

/** What who looked found honest: then nobody is sure of it any more. */
const HONEST = ["false_alarm", "legitimate_cell"];
const isByMute = (alert) => alert.status === "closed"
  && alert.closed_because === "ruled_out" && !HONEST.includes(alert.verdict);
const isRuledOut = (alert) => isByMute(alert)
  || (alert.status === "closed" && HONEST.includes(alert.verdict));
function sureText(alert) {
  if (isByMute(alert)) return "ruled out earlier";
  return isRuledOut(alert) ? "ruled out" : percent(alert.probability);
}

/** A number between 0 and 1 as a percentage that never rounds up to certainty. */
function percent(chance) {
  const rounded = Math.round(chance * 100);
  if (rounded >= 100 && chance < 1) return "over 99 %";
  return rounded <= 0 && chance > 0 ? "under 1 %" : `${rounded} %`;
}

function metres(distance) {
  if (distance < 1) return `${Math.round(distance * 100)} cm`;
  if (distance < 1000) return `${Math.round(distance)} m`;
  return `${Number((distance / 1000).toFixed(distance < 10000 ? 1 : 0))} km`;
}

function movement(alert) {
  if (!isMoving(alert)) return "Not seen to move";
  const digits = alert.speed_mps < 3 ? 1 : 0;
  const speed = `${alert.speed_mps.toFixed(digits)} m/s (${Math.round(alert.speed_mps * 3.6)} km/h)`;
  if (!hasCourse(alert)) return `${speed}, where to is not known`;
  return `${capital(pointOf(alert))} (${alert.bearing_deg}°) at ${speed}`;
}

function degrees(place) {
  return `${place.lat.toFixed(5)}, ${place.lon.toFixed(5)}`;
}

/** Local day and time, and the time in UTC, with its day where that is another. */
function moment(ts) {
  if (!isTime(ts)) return "unknown";
  const sameDay = new Date(ts).getDate() === new Date(ts).getUTCDate();
  return `${LOCAL_DAY.format(ts)} (${sameDay ? utc(ts).slice(11) : utc(ts)} UTC)`;
}

/** The time of day, local and in UTC. */
function clock(ts) {
  return isTime(ts) ? `${LOCAL_CLOCK.format(ts)} (${utc(ts).slice(11)} UTC)` : "unknown";
}

const isTime = (ts) => !Number.isNaN(new Date(ts).getTime());
const utc = (ts) => new Date(ts).toISOString().replace("T", " ").slice(0, 19);

function identity(claimed) {
  const known = (name, value) => (value === null || value === undefined ? "" : `${name}${value}`);
  const area = ["lte", "nr"].includes(claimed.rat) ? "TAC " : "LAC ";
  const network = [claimed.mcc, claimed.mnc]
    .filter((code) => code !== null && code !== undefined)
    .map((code, place) => (place ? String(code).padStart(2, "0") : code));
  return [
    known("", claimed.rat?.toUpperCase()), network.join("-"), known(area, claimed.area),
    known("cell ", claimed.cell), known("channel ", claimed.arfcn), known("PCI ", claimed.pci),
  ].filter(Boolean).join(" ");
}

/** A number as far as it is shown: its first digits, its class, and what it is besides a caller. */
function numberText({ prefix, class: kind, role }) {
  const parts = [prefix ? `${prefix}…` : "number not known", kind, role !== "caller" && spaced(role)];
  return parts.filter(Boolean).join(", ");
}

/** Alerts about calls and texts have numbers, and no place. */
const isOfCalls = (alert) => Boolean(alert.numbers?.length || alert.calls?.length);

/** Fills the parts of a cloned template that are marked with data-is. */
function fill(node, words) {
  for (const [name, text] of Object.entries(words)) {
    node.querySelector(`[data-is="${name}"]`).textContent = text;
  }
}

function stamp(id) {
  return byId(id).content.firstElementChild.cloneNode(true);
}
