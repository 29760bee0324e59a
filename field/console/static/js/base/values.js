// What a rule saw, value by value, beside what was expected of it.

import { el } from "./dom.js";
import { clock, metres, named, number, percent, sure, t } from "./words.js";

const EXPECTED = /^(expected|usual)_/;

// Values beside what was expected of them: `expected_dbm` belongs to `level_dbm`, `usual_share` to
// `share`.
export function values({ detector, values: observed = {} }) {
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
      el("dt", {}, valueName(detector, name)),
      el(
        "dd",
        {},
        measure(name, observed[name]),
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

// A rule's own word for a value, else the page's.
function valueName(rule, name) {
  const key = `value.${rule}.${name}`;
  const word = t(key);
  return word === key ? named("value", name) : word;
}

const UNITS = [
  [/_dbm$/, " dBm"],
  [/_db$/, " dB"],
  [/_deg$/, "°"],
  [/_mps$/, " m/s"],
  [/_kmh$/, " km/h"],
  [/_s$/, " s"],
  [/_min$/, " min"],
];

function measure(name, value) {
  if (typeof value !== "number") return String(value);
  if (/_m$/.test(name)) return metres(value);
  if (/(_ts|_ms)$/.test(name) && value > 1e11) return clock(value);
  if (name.includes("probability")) return sure(value);
  if (name.includes("share") && value >= 0 && value <= 1) return percent(value);
  const unit = UNITS.find(([pattern]) => pattern.test(name))?.[1] ?? "";
  return /area|cell|arfcn|pci|lac|tac|cause/.test(name) && !unit
    ? String(value)
    : `${number(value, 1)}${unit}`;
}
