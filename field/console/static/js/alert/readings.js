// The teams' own readings and bearings: entered here, drawn on the map, listed with the alert.

import { optional } from "../data/api.js";
import { el } from "../base/dom.js";
import { readingsFrom, refresh as redraw } from "../map/map.js";
import { readingForm } from "./reading_form.js";
import { may, now, on, state } from "../data/state.js";
import { clock, isKnown, t } from "../base/words.js";

const ALL_EVERY_MS = 20_000;
const LOOK_BACK_MS = 6 * 3600_000;
let all = [];

export function start() {
  readingsFrom(() => (state.detail ? (state.detail.measurements ?? []) : all));
  setInterval(loadAll, ALL_EVERY_MS);
  on("live", loadAll);
}

async function loadAll() {
  if (state.live !== "live" || document.hidden) return;
  const answer = await optional("/api/measurements", { from: now() - LOOK_BACK_MS }).catch(
    () => null,
  );
  all = answer?.measurements ?? (Array.isArray(answer) ? answer : all);
  redraw();
}

export function readingsOf(alert, forms) {
  const newest = [...(alert.measurements ?? [])].sort((a, b) => b.ts - a.ts);
  return [
    newest.length
      ? el(
          "ul",
          { class: "readings" },
          newest
            .slice(0, 20)
            .map((one) =>
              el(
                "li",
                {},
                el("time", {}, clock(one.ts)),
                el("b", {}, one.device),
                isKnown(one.bearing_to_deg) &&
                  el(
                    "span",
                    {},
                    `∠ ${Math.round(one.bearing_to_deg)}° ± ${Math.round(one.bearing_sigma_deg ?? 0)}°`,
                  ),
                isKnown(one.signal_dbm) &&
                  el("span", {}, `${one.signal_dbm} dBm`),
              ),
            ),
        )
      : el("p", { class: "muted" }, t("readings.none")),
    may("field") && state.at === null && readingForm(alert, forms),
  ];
}
