// The map's own layers above the base map, from the widest to what must never be hidden.

import * as clusters from "./clusters.js";
import { ALONG, area, AREAS, dot, LINES, names, PLACES, rim } from "./layer_kinds.js";

const SOURCES = [
  "grid",
  "regions",
  "forecast",
  "track",
  "cells",
  "wrong_rows",
  "nearest",
  "bearings",
  "next",
  "sensors",
  "alerts",
  "chosen",
  "draft",
  "own",
];
const COLOURS = [
  "sea",
  "land",
  "coast",
  "green",
  "building",
  "road",
  "label",
  "grid",
  "ink",
  "faint",
  "halo",
  "sign",
  "focus",
  "forecast",
  "track",
  "honest",
  "wrong",
  "bearing",
  "own",
  "critical",
  "high",
  "medium",
  "low",
  "info",
];
const EMPTY = { type: "FeatureCollection", features: [] };
const chosen = ["boolean", ["get", "chosen"], false];
const label = ["get", "label"];
const byChoice = (yes, no) => ["case", chosen, yes, no];
const share = (value) => ["==", ["get", "share"], value];

export const sources = () => {
  const made = SOURCES.map((id) => [id, { type: "geojson", data: EMPTY }]);
  const found = Object.fromEntries(made);
  Object.assign(found.alerts, clusters.CLUSTERS);
  return found;
};

// The page's colours, from its style sheet: light or dark.
export function colours() {
  const style = getComputedStyle(document.documentElement);
  return Object.fromEntries(
    COLOURS.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]),
  );
}

export function layers(paint) {
  const severities = ["critical", "high", "medium", "low"].flatMap((one) => [one, paint[one]]);
  const severity = ["match", ["get", "severity"], ...severities, paint.info];
  return [
    rim("grid", "grid", null, paint.grid, 1),
    names("grid-names", "grid", null, label, paint.faint, paint.halo, ALONG),
    ...regions(paint, severity),
    ...motion(paint),
    ...honest(paint),
    ...wrongRows(paint),
    ...teams(paint),
    alerts("alerts", clusters.ALONE, paint, { "symbol-sort-key": ["get", "rank"] }),
    ...clusters.layers(paint),
    alerts("chosen", null, paint),
    dot("draft", "draft", null, 8, "rgba(0,0,0,0)", paint.focus, 3),
    area("own-reach", "own", AREAS, paint.own, 0.12),
    dot("own", "own", PLACES, 7, paint.own, paint.halo, 3),
  ];
}

const alerts = (id, filter, paint, more = {}) =>
  names(id, id, filter, ["step", ["zoom"], "", 12, label], paint.ink, paint.halo, {
    "icon-image": ["get", "icon"],
    "icon-allow-overlap": true,
    "text-offset": [0, 1.5],
    ...more,
  });

// 90 %: a dashed rim and a breath of colour; 50 %: a full rim and more of it.
const regions = (paint, severity) => [
  area("region-90", "regions", share(90), severity, byChoice(0.14, 0.05)),
  area("region-50", "regions", share(50), severity, byChoice(0.26, 0.08)),
  rim("region-90-rim", "regions", share(90), severity, byChoice(2, 1), {
    dashes: [3, 2],
    opacity: byChoice(1, 0.45),
  }),
  rim("region-50-rim", "regions", share(50), severity, byChoice(2, 1), {
    opacity: byChoice(1, 0.35),
  }),
  names("region-names", "regions", chosen, label, paint.ink, paint.halo, ALONG),
];

const motion = (paint) => [
  area("forecast", "forecast", AREAS, paint.forecast, 0.1),
  rim("forecast-rim", "forecast", ["!", PLACES], paint.forecast, 2, { dashes: [1, 2] }),
  names("forecast-name", "forecast", PLACES, label, paint.forecast, paint.halo),
  rim("track-halo", "track", LINES, paint.halo, 6),
  rim("track", "track", LINES, paint.track, 3, { opacity: ["get", "fade"] }),
  dot("track-points", "track", PLACES, 3, paint.halo, paint.track, 1.5),
  names(
    "track-times",
    "track",
    PLACES,
    label,
    paint.track,
    paint.halo,
    { "text-size": 11, "text-offset": [0, 0.5] },
    { minzoom: 11 },
  ),
];

// The register's cells, and the one of them that is nearest to the chosen alert.
const honest = (paint) => [
  dot("cells", "cells", null, 4, paint.honest, paint.halo, 1.5),
  names(
    "cell-names",
    "cells",
    null,
    ["get", "key"],
    paint.honest,
    paint.halo,
    { "text-size": 10 },
    { minzoom: 14 },
  ),
  rim("nearest-line", "nearest", LINES, paint.honest, 1.5, { dashes: [2, 2] }),
  dot("nearest", "nearest", PLACES, 6, paint.honest, paint.halo, 2),
  names("nearest-name", "nearest", PLACES, label, paint.honest, paint.halo, {
    "text-anchor": "bottom",
    "text-offset": [0, -0.7],
  }),
];

// Rows of the register that are wrong: hollow where it has them, full where the cell is.
const LEARNED = ["==", ["get", "how"], "learned"];
const wrongRows = (paint) => [
  rim("wrong-rows", "wrong_rows", LINES, paint.wrong, 2, { dashes: [2, 1] }),
  dot("wrong-registered", "wrong_rows", ["all", PLACES, ["!", LEARNED]], 4, paint.halo, paint.wrong, 2),
  dot("wrong-learned", "wrong_rows", LEARNED, 5, paint.wrong, paint.halo, 1.5),
  names(
    "wrong-names",
    "wrong_rows",
    PLACES,
    label,
    paint.wrong,
    paint.halo,
    { "text-size": 10 },
    { minzoom: 14 },
  ),
];

const teams = (paint) => [
  area("bearing-spread", "bearings", AREAS, paint.bearing, 0.08),
  rim("bearings", "bearings", LINES, paint.bearing, 2),
  dot("readings", "bearings", PLACES, 5, paint.bearing, paint.halo, 2),
  names("reading-names", "bearings", PLACES, label, paint.bearing, paint.halo, { "text-size": 11 }),
  names("sensors", "sensors", null, label, paint.ink, paint.halo, {
    "icon-image": ["concat", "sensor-", ["get", "how"]],
    "icon-allow-overlap": true,
    "text-size": 11,
    "text-offset": [0, 0.9],
  }),
  names("next", "next", null, label, paint.bearing, paint.halo, {
    "icon-image": "measure-here",
    "icon-allow-overlap": true,
    "text-offset": [0, 1.3],
  }),
];
