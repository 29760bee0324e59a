"use strict";
// The page's data and words; numbers, times and fields as people read them. Text reaches the page by
// textContent alone.

const byId = (id) => document.getElementById(id);
const data = JSON.parse(byId("data").textContent);
// What each alert is called in the page's language, beside it: `Alert.shown`.
data.alerts.forEach((alert, at) => {
  alert.shown = data.texts[at];
});

const SEVERITIES = ["info", "low", "medium", "high", "critical"];
const STATUSES = ["open", "update", "closed"];

/** A word or sentence of the page, its fields filled in. */
const say = (name, fields = {}) =>
  data.words[name].replace(/\{(\w+)\}/g, (_, field) => String(fields[field] ?? ""));
const ofKind = (kind) => new Intl.DateTimeFormat(data.words.locale, kind);
const LOCAL_DAY = ofKind({
  day: "numeric", month: "short", year: "numeric",
  hour: "2-digit", minute: "2-digit", second: "2-digit",
});
const LOCAL_CLOCK = ofKind({ hour: "2-digit", minute: "2-digit", second: "2-digit" });

const capital = (word) => word.charAt(0).toUpperCase() + word.slice(1);
/** So many of something, of which the words have one and some. */
const count = (n, one, some = `${one}s`) => say(n === 1 ? `one_${one}` : `some_${some}`, { n });
const severityOf = (alert) => (SEVERITIES.includes(alert.severity) ? alert.severity : "info");
const severityWord = (severity) => capital(data.severities[severity]);
const statusOf = (alert) => (STATUSES.includes(alert.status) ? say(alert.status)
  : String(alert.status).replaceAll("_", " "));
const isMoving = (alert) => alert.speed_mps !== null;
const hasCourse = (alert) => isMoving(alert) && alert.bearing_deg !== null;
/** The point of the compass towards which an alert's transmitter moves. */
const pointOf = (alert) => data.points[Math.round(alert.bearing_deg / 45) % 8];

/** What who looked found honest: then nobody is sure of it any more. */
const HONEST = ["false_alarm", "legitimate_cell"];
const isByMute = (alert) => alert.status === "closed"
  && alert.closed_because === "ruled_out" && !HONEST.includes(alert.verdict);
const isRuledOut = (alert) => isByMute(alert)
  || (alert.status === "closed" && HONEST.includes(alert.verdict));
function sureText(alert) {
  if (isByMute(alert)) return say("ruled_out_before");
  return isRuledOut(alert) ? say("ruled_out") : percent(alert.probability);
}

/** A number between 0 and 1 as a percentage that never rounds up to certainty. */
function percent(chance) {
  const rounded = Math.round(chance * 100);
  if (rounded >= 100 && chance < 1) return say("certain");
  return rounded <= 0 && chance > 0 ? say("hardly") : `${rounded} %`;
}

function metres(distance) {
  if (distance < 1) return `${Math.round(distance * 100)} cm`;
  if (distance < 1000) return `${Math.round(distance)} m`;
  return `${Number((distance / 1000).toFixed(distance < 10000 ? 1 : 0))} km`;
}

function movement(alert) {
  if (!isMoving(alert)) return say("still");
  const digits = alert.speed_mps < 3 ? 1 : 0;
  const speed = `${alert.speed_mps.toFixed(digits)} m/s (${Math.round(alert.speed_mps * 3.6)} km/h)`;
  if (!hasCourse(alert)) return say("moving_somewhere", { speed });
  return capital(say("moving", { point: pointOf(alert), degrees: alert.bearing_deg, speed }));
}

function degrees(place) {
  return `${place.lat.toFixed(5)}, ${place.lon.toFixed(5)}`;
}

/** Local day and time, and the time in UTC, with its day where that is another. */
function moment(ts) {
  if (!isTime(ts)) return say("unknown_time");
  const sameDay = new Date(ts).getDate() === new Date(ts).getUTCDate();
  return say("time", { local: LOCAL_DAY.format(ts), utc: sameDay ? utc(ts).slice(11) : utc(ts) });
}

/** The time of day, local and in UTC. */
function clock(ts) {
  if (!isTime(ts)) return say("unknown_time");
  return say("time", { local: LOCAL_CLOCK.format(ts), utc: utc(ts).slice(11) });
}

const isTime = (ts) => !Number.isNaN(new Date(ts).getTime());
const utc = (ts) => new Date(ts).toISOString().replace("T", " ").slice(0, 19);

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
