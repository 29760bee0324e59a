// The page's words: one JSON catalogue a language, and the way times and measures are written in it.

const LANGUAGES = ["en", "zh"];
const ANSWER_MS = 20_000;
let words = {};
let current = "en";

export const language = () => current;
const locale = () => (current === "zh" ? "zh-CN" : "en-GB");

// The language of the address (?lang=), else the one chosen before, else the browser's.
export function preferred(query) {
  const wish =
    query.get("lang") ?? localStorage.getItem("language") ?? navigator.language.slice(0, 2);
  return LANGUAGES.includes(wish) ? wish : "en";
}

export async function load(wish) {
  const answer = await fetch(`/static/words/${wish}.json`, {
    signal: AbortSignal.timeout(ANSWER_MS),
  });
  words = await answer.json();
  current = wish;
  document.documentElement.lang = locale();
}

// The word for a key; {names} in it are replaced. An unknown key is shown as it is, never hidden.
export function t(key, values = {}) {
  const word = words[key] ?? key;
  return word.replace(/\{(\w+)\}/g, (whole, name) =>
    name in values ? String(values[name]) : whole,
  );
}

const WORD = /\{([a-z_]+(?:\.[a-z_]+)+)\}/g;

// The page's own words in a text of help: {action.found} is what stands on that button.
export const inWords = (text) => text.replace(WORD, (_, key) => t(key));

export const isWord = (key) => key in words;

// The word for a value of a listed text (a kind, a state); an unlisted value is shown as it is.
export function named(group, value) {
  return words[`${group}.${value}`] ?? String(value ?? "–").replaceAll("_", " ");
}

// Puts words into the page's own frame: data-word for text, data-word-label for names of controls.
export function dress(root = document) {
  for (const node of root.querySelectorAll("[data-word]")) node.textContent = t(node.dataset.word);
  for (const node of root.querySelectorAll("[data-word-label]")) {
    node.setAttribute("aria-label", t(node.dataset.wordLabel));
    node.title = t(node.dataset.wordLabel);
  }
}

// A text that data bring in both languages: English under its name, Chinese under `name_zh`.
export const translated = (one, name) => (current === "zh" && one[`${name}_zh`]) || one[name];

export const isKnown = (value) => value !== null && value !== undefined;

// Each is made once: phones take a millisecond for one.
const formats = new Map();
function format(Kind, options) {
  const key = `${Kind.name} ${locale()} ${JSON.stringify(options)}`;
  if (!formats.has(key)) formats.set(key, new Kind(locale(), options));
  return formats.get(key);
}

export function number(value, digits = 0) {
  // Those without a separator are written alike in both languages: a phone's first format takes long.
  if (isKnown(value) && digits === 0 && Math.abs(value) < 999.5) return `${Math.round(value) + 0}`;
  return isKnown(value)
    ? format(Intl.NumberFormat, { maximumFractionDigits: digits }).format(value)
    : "–";
}

// How many of something people expect, of which only whole ones are there.
export const count = (value) => (value > 0 && value < 1 ? t("value.under_one") : number(value));

// How sure somebody is: a probability is never written as certainty.
export function sure(probability) {
  if (probability >= 0.995) return ">99 %";
  return probability !== null && probability <= 0.005 ? "<1 %" : percent(probability);
}

// What who looked found honest. Its action counts, too: an alert that had closed before is not
// published again by a verdict.
const HONEST = ["false_alarm", "legitimate_cell", "honest_cell"];
const isFoundHonest = (alert) => HONEST.includes(alert.state) || HONEST.includes(alert.verdict);
// What a mute closed: its identity was ruled out before, at another alert, and nobody found this one
// honest.
export const isByMute = (alert) =>
  alert.closed_because === "ruled_out" && !isFoundHonest(alert);
export const isRuledOut = (alert) => isFoundHonest(alert) || isByMute(alert);

// What a team ruled out near an alert, under its identity: when, seen from the revision, and how far.
export function ruledOutNear({ ruled_out_before: before, ts }) {
  if (!before) return "";
  const ago = age(ts - before.ts);
  return isKnown(before.distance_m)
    ? t("ruled_out.near", { ago, far: metres(before.distance_m) })
    : t("ruled_out.somewhere", { ago });
}

// How sure an alert is: not at all, once it was ruled out, whatever its evidence came to.
export function sureText(alert) {
  if (isByMute(alert)) return t("sure.ruled_out_before");
  return isRuledOut(alert) ? t("sure.ruled_out") : sure(alert.probability);
}

// Halves go to the even number, as the server's own texts round them.
export function percent(share) {
  if (!isKnown(share)) return "–";
  const percents = share * 100;
  const near = Math.round(percents);
  return `${near - percents === 0.5 && near % 2 ? near - 1 : near} %`;
}

export function metres(value) {
  if (!isKnown(value)) return "–";
  return value < 995
    ? `${number(value < 100 ? value : Math.round(value / 5) * 5)} m`
    : `${number(value / 1000, value < 9950 ? 1 : 0)} km`;
}

export function age(ms) {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 90) return t("age.seconds", { n: seconds });
  if (seconds < 5400) return t("age.minutes", { n: Math.round(seconds / 60) });
  if (seconds < 129600) return t("age.hours", { n: Math.round(seconds / 3600) });
  return t("age.days", { n: Math.round(seconds / 86400) });
}

// A number that a calendar can't hold would stop whatever is being drawn.
const isMoment = (ts) => Boolean(ts) && !Number.isNaN(new Date(ts).getTime());

const sameDay = (a, b) => new Date(a).toDateString() === new Date(b).toDateString();

// Local time of day, with the date unless it is today's.
export function clock(ts, now = Date.now()) {
  if (!isMoment(ts)) return "–";
  const day = sameDay(ts, now) ? {} : { month: "short", day: "numeric" };
  return format(Intl.DateTimeFormat, {
    ...day,
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
  }).format(ts);
}

export function utc(ts) {
  return isMoment(ts) ? `${new Date(ts).toISOString().slice(0, 19).replace("T", " ")}Z` : "–";
}

export function compass(degrees) {
  const points = t("compass.points").split(" ");
  return `${points[Math.round(degrees / 45) % 8]} ${Math.round(degrees)}°`;
}
