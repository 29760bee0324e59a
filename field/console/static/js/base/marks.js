// Shapes for severity and state, on the map and in the list alike: never by colour alone.

import { el, svg } from "./dom.js";
import { isRuledOut, named, t } from "./words.js";

// On a field of 24 by 24. The more severe, the more corners point outwards.
const SHAPES = {
  critical:
    "M12 1 L15.2 5 L20.3 4 L20 9.2 L23.5 12 L20 14.8 L20.3 20 L15.2 19 L12 23 L8.8 19 L3.7 20 L4 14.8 L.5 12 L4 9.2 L3.7 4 L8.8 5 Z",
  high: "M12 2 L23 21.5 L1 21.5 Z",
  medium: "M12 1.5 L22.5 12 L12 22.5 L1.5 12 Z",
  low: "M3.5 3.5 H20.5 V20.5 H3.5 Z",
  info: "M12 3 A9 9 0 1 0 12.01 3 Z",
};
export const SIGNS = { critical: "‼", high: "!", medium: "2", low: "1", info: "i" };

const STATE_PATHS = {
  new: "M12 5 V14 M12 18.5 V19",
  acknowledged: "M5 12.5 L10 17.5 L19 7",
  dispatched: "M4 12 H19 M13 6 L19 12 L13 18",
  on_site: "M12 21 C6 14 5 11.5 5 9.5 A7 7 0 0 1 19 9.5 C19 11.5 18 14 12 21 Z M12 9.5 V9.6",
  found: "M12 3 A9 9 0 1 0 12.01 3 Z M8 12.5 L11 15.5 L16 9",
  not_found: "M10.5 4 A6.5 6.5 0 1 0 10.51 4 Z M15.5 15.5 L21 21",
  false_alarm: "M6 6 L18 18 M18 6 L6 18",
  honest_cell: "M12 21 V10 M8 21 H16 M12 7 V7.1 M7 11 A7 7 0 0 1 7 3.5 M17 11 A7 7 0 0 0 17 3.5",
};

export function severityMark(severity, size = 22) {
  return svg(
    "svg",
    {
      class: `mark severity-${severity}`,
      viewBox: "0 0 24 24",
      width: size,
      height: size,
      "aria-hidden": "true",
    },
    svg("path", { d: SHAPES[severity] ?? SHAPES.info, class: "mark-shape" }),
    svg(
      "text",
      { x: 12, y: severity === "high" ? 18.6 : 16, class: "mark-sign" },
      SIGNS[severity] ?? "?",
    ),
  );
}

export function stateMark(value, size = 16) {
  return svg(
    "svg",
    { class: "state-mark", viewBox: "0 0 24 24", width: size, height: size, "aria-hidden": "true" },
    svg("path", { d: STATE_PATHS[value] ?? STATE_PATHS.new }),
  );
}

// An honest cell is still on the air, and calls never were.
const overWord = (alert) =>
  isRuledOut(alert) || alert.number_count !== undefined ? "status.over" : "status.closed";

// What an alert's state is, whether it is over, and whether it is from a recording.
export const badges = (alert) => [
  el(
    "span",
    { class: `badge state-${alert.state}` },
    stateMark(alert.state, 14),
    named("state", alert.state),
  ),
  alert.status === "closed" && el("span", { class: "badge plain" }, t(overWord(alert))),
  alert.replay && el("span", { class: "badge replay" }, t("replay.badge")),
];

export const severityBadge = (value) =>
  el("span", { class: `severity-word severity-${value}` }, named("severity", value));

// A square picture for the map, painted on a field of that many pixels.
const SCALE = 2;
export function picture(size, paint) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = size * SCALE;
  const pen = canvas.getContext("2d");
  pen.scale(SCALE, SCALE);
  paint(pen);
  return { data: pen.getImageData(0, 0, canvas.width, canvas.height), pixelRatio: SCALE };
}

// The same shapes for the map: `paint` takes the colours of the page's theme.
export function mapImage(severity, chosen, paint) {
  const size = chosen ? 40 : 28;
  return picture(size, (pen) => {
    if (chosen) ring(pen, size, paint.focus);
    const inset = chosen ? 8 : 2;
    pen.translate(inset, inset);
    pen.scale((size - 2 * inset) / 24, (size - 2 * inset) / 24);
    const shape = new Path2D(SHAPES[severity] ?? SHAPES.info);
    pen.lineJoin = "round";
    pen.lineWidth = 3;
    pen.strokeStyle = paint.halo;
    pen.stroke(shape);
    pen.fillStyle = paint[severity] ?? paint.info;
    pen.fill(shape);
    pen.fillStyle = paint.sign;
    pen.font = "700 13px system-ui, sans-serif";
    pen.textAlign = "center";
    pen.fillText(SIGNS[severity] ?? "?", 12, severity === "high" ? 18.6 : 16.6);
  });
}

function ring(pen, size, colour) {
  pen.beginPath();
  pen.arc(size / 2, size / 2, size / 2 - 2, 0, 2 * Math.PI);
  pen.lineWidth = 3;
  pen.strokeStyle = colour;
  pen.stroke();
}
