// The four kinds of layers that the map is drawn with, each in a line.

export const PLACES = ["==", ["geometry-type"], "Point"];
export const LINES = ["==", ["geometry-type"], "LineString"];
export const AREAS = ["==", ["geometry-type"], "Polygon"];

const made = (type, id, source, filter, paint, layout, more = {}) => ({
  id,
  type,
  source,
  ...(filter ? { filter } : {}),
  ...(layout ? { layout } : {}),
  ...more,
  paint,
});

export const area = (id, source, filter, color, opacity) =>
  made("fill", id, source, filter, { "fill-color": color, "fill-opacity": opacity });

export function rim(id, source, filter, color, width, { dashes, opacity = 1 } = {}) {
  const paint = { "line-color": color, "line-width": width, "line-opacity": opacity };
  const layout = dashes ? undefined : { "line-cap": "round", "line-join": "round" };
  if (dashes) paint["line-dasharray"] = dashes;
  return made("line", id, source, filter, paint, layout);
}

export const dot = (id, source, filter, radius, color, edge, width) =>
  made("circle", id, source, filter, {
    "circle-radius": radius,
    "circle-color": color,
    "circle-stroke-color": edge,
    "circle-stroke-width": width,
  });

// Names beside places or along lines, drawn with the device's own fonts.
export function names(id, source, filter, what, color, halo, layout = {}, more = {}) {
  const text = {
    "text-field": what,
    "text-size": 12,
    "text-font": ["sans-serif"],
    "text-offset": [0, 0.8],
    "text-anchor": "top",
    "text-optional": true,
    ...layout,
  };
  const paint = { "text-color": color, "text-halo-color": halo, "text-halo-width": 1.6 };
  return made("symbol", id, source, filter, paint, text, more);
}

// Along a line, in its middle.
export const ALONG = {
  "symbol-placement": "line",
  "text-size": 11,
  "text-offset": [0, 0],
  "text-anchor": "center",
  "symbol-spacing": 600,
};
