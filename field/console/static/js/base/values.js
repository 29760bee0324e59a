// What a rule saw, value by value, beside what was expected of it.

import { el } from "./dom.js";
import { clock, count, isWord, metres, named, number, percent, sure, t } from "./words.js";

const EXPECTED = /^(expected|usual)_/;

// Values beside what was expected of them: `expected_dbm` belongs to `level_dbm`, `usual_share` to
// `share`.
export function values({ detector, claimed, values: observed = {} }) {
  const rat = claimed?.rat;
  const names = Object.keys(observed).filter((name) => observed[name] !== null && observed[name] !== "");
  const expected = new Map();
  for (const norm of names.filter((name) => EXPECTED.test(name))) {
    const what = norm.replace(EXPECTED, "");
    const value = names.find(
      (name) => name !== norm && (name === what || name.endsWith(`_${what}`)),
    );
    if (value) expected.set(value, norm);
  }
  const rows = names.filter((name) => ![...expected.values()].includes(name));
  if (!rows.length) return null;
  return el(
    "dl",
    { class: "values" },
    rows.map((name) => [
      el("dt", {}, valueName(name, rat, detector)),
      el(
        "dd",
        {},
        held(detector, name, observed[name]),
        expected.has(name) &&
          el(
            "span",
            { class: "muted" },
            ` ${t("why.expected", { value: measure(name, observed[expected.get(name)]) })}`,
          ),
      ),
    ]),
  );
}

// What a technology calls a value of its radio (EARFCN, BSIC), else a rule's own word for it, else the page's.
export function valueName(name, rat, rule = null) {
  const own = [`value.${name}.${rat}`, `value.${rule}.${name}`].find(isWord);
  return own ? t(own) : named("value", name);
}

// What a value holds: words of the rule or of the page for a listed one, else a measure or a text.
export function held(rule, name, value) {
  const words = String(value).split(" ");
  const known = words.map((word) => termOf(rule, name, word));
  return known.every((word) => word !== null) ? known.join(t("and")) : measure(name, value);
}

function termOf(rule, name, value) {
  const keys = [`term.${rule}.${name}.${value}`, `term.${name}.${value}`];
  // All that begin alike may have one word: `cc:GB` has that of `cc:`.
  const [kind, rest = ""] = value.split(":");
  const known = [...keys, `term.${rule}.${name}.${kind}:`].find(isWord);
  return known ? t(known, { rest: rest || "–" }) : null;
}

const UNITS = [
  [/_dbm$/, " dBm"],
  [/_db$/, " dB"],
  [/_deg$/, "°"],
  [/_mps$/, " m/s"],
  [/_kmh$/, " km/h"],
  [/_nats$/, " nat"],
  [/_s$/, " s"],
  [/_min$/, " min"],
];

function measure(name, value) {
  if (typeof value !== "number") return String(value);
  if (/_m$/.test(name)) return metres(value);
  if (/(_ts|_ms)$/.test(name) && value > 1e11) return clock(value);
  if (/probability|chance/.test(name)) return sure(value);
  if (name.includes("share") && value >= 0 && value <= 1) return percent(value);
  const unit = UNITS.find(([pattern]) => pattern.test(name))?.[1];
  if (unit) return `${number(value, 1)}${unit}`;
  return /area|cell|arfcn|pci|lac|tac|cause/.test(name) ? String(value) : count(value);
}
