// What lies under the alerts: the outline of all land, and the operator's own map where there is one.

import { label } from "../ground/labels.js";
import { state } from "../data/state.js";

// Style rules for vector tiles whose layers have usual names: the first pattern that fits decides.
const KINDS = [
  [/water|ocean|lake|river|sea/i, "water"],
  [/boundar|admin/i, null], // no borders are drawn
  [/earth|land$/i, "earth"],
  [/building/i, "building"],
  [/road|transport|street|highway|path/i, "road"],
  [/rail/i, "rail"],
  [/park|wood|green|landuse|landcover|natural/i, "green"],
  [/place|label|poi|settlement/i, "label"],
];

// Roads that are seen from afar, by the words that makers of tiles use.
const SORT = ["coalesce", ["get", "kind"], ["get", "class"], ["get", "highway"], ""];
const MAJOR_WORDS = ["major", "highway", "major_road", "motorway", "trunk", "primary", "secondary"];
const MAJOR = ["in", SORT, ["literal", MAJOR_WORDS]];

export const kind = () => state.me.basemap?.kind ?? "none";

// Sources and layers by the page's colours; `vector` are the names of the tiles' layers.
export function base(paint, vector) {
  const sources = { land: { type: "geojson", data: "/static/vendor/land-50m.geojson" } };
  const layers = [
    { id: "sea", type: "background", paint: { "background-color": paint.sea } },
    { id: "land", type: "fill", source: "land", paint: { "fill-color": paint.land } },
    {
      id: "coast",
      type: "line",
      source: "land",
      paint: { "line-color": paint.coast, "line-width": 1 },
    },
  ];
  const { url, min_zoom: least, max_zoom: most } = state.me.basemap ?? {};
  const range = { ...(least ? { minzoom: least } : {}), ...(most ? { maxzoom: most } : {}) };
  if (kind() === "xyz") {
    sources.base = { type: "raster", tiles: hosts(url), tileSize: 256, ...range };
    layers.push({ id: "base", type: "raster", source: "base" });
  } else if (kind() === "pmtiles" && vector === "raster") {
    sources.base = { type: "raster", url: `pmtiles://${absolute(url)}`, tileSize: 256 };
    layers.push({ id: "base", type: "raster", source: "base" });
  } else if (kind() === "pmtiles" && vector) {
    sources.base = { type: "vector", url: `pmtiles://${absolute(url)}` };
    layers.push(...vector.flatMap((name) => layersOf(name, paint)));
  }
  return { sources, layers };
}

// {s} stands for one of several hosts: a, b or c.
const hosts = (url) =>
  (url.includes("{s}") ? ["a", "b", "c"] : [""]).map((one) => absolute(url.replaceAll("{s}", one)));

const absolute = (url) =>
  new URL(url, location.href).href.replaceAll("%7B", "{").replaceAll("%7D", "}");

function layersOf(name, paint) {
  const what = KINDS.find(([pattern]) => pattern.test(name))?.[1];
  const own = { source: "base", "source-layer": name };
  const fillOf = (color, more = {}) => ({
    id: `base-${name}`,
    type: "fill",
    ...own,
    filter: ["==", ["geometry-type"], "Polygon"],
    paint: { "fill-color": color, ...more },
  });
  if (what === "water") {
    const river = { "line-color": paint.sea, "line-width": 2 };
    const lines = { filter: ["==", ["geometry-type"], "LineString"], paint: river };
    return [fillOf(paint.sea), { id: `base-${name}-line`, type: "line", ...own, ...lines }];
  }
  if (what === "earth") return [fillOf(paint.land)];
  if (what === "green") return [fillOf(paint.green, { "fill-opacity": 0.5 })];
  if (what === "building") return [{ ...fillOf(paint.building), minzoom: 13 }];
  if (what === "road" || what === "rail") {
    const wide = (major, minor) => (what === "rail" ? minor / 2 : ["case", MAJOR, major, minor]);
    const stops = [8, wide(0.8, 0.2), 14, wide(3.6, 1.4), 18, wide(16, 8)];
    const width = ["interpolate", ["exponential", 1.5], ["zoom"], ...stops];
    return [
      {
        id: `base-${name}`,
        type: "line",
        ...own,
        layout: { "line-cap": "round" },
        paint: { "line-color": paint.road, "line-width": width },
      },
      ...(what === "road"
        ? [
            {
              id: `base-${name}-name`,
              type: "symbol",
              minzoom: 14,
              ...own,
              layout: {
                "symbol-placement": "line",
                "text-field": label(),
                "text-size": 11,
              },
              paint: {
                "text-color": paint.label,
                "text-halo-color": paint.land,
                "text-halo-width": 1.5,
              },
            },
          ]
        : []),
    ];
  }
  if (what === "label") {
    return [
      {
        id: `base-${name}`,
        type: "symbol",
        ...own,
        filter: ["==", ["geometry-type"], "Point"],
        layout: {
          "text-field": label(),
          "text-size": 12,
        },
        paint: { "text-color": paint.label, "text-halo-color": paint.land, "text-halo-width": 1.5 },
      },
    ];
  }
  return [];
}

let library = null;
let protocol = null;

export function openTiles(maplibre) {
  library = maplibre;
  const styles = { rel: "stylesheet", href: "/static/vendor/maplibre-gl.css" };
  document.head.append(Object.assign(document.createElement("link"), styles));
  return readTiles();
}

// How many streets, or whatever else it has, are on the screen.
export const drawn = (map) =>
  map.queryRenderedFeatures().filter((one) => one.source === "base").length;

// Lets the map library read a PMTiles file, or read it anew; tells the names of its layers, "raster" for pictures.
export async function readTiles() {
  if (kind() !== "pmtiles") return null;
  if (!protocol) {
    await script("/static/vendor/pmtiles.js");
    protocol = new globalThis.pmtiles.Protocol();
    library.addProtocol("pmtiles", protocol.tile);
  }
  const tiles = new globalThis.pmtiles.PMTiles(absolute(state.me.basemap.url));
  protocol.add(tiles);
  const [header, metadata] = [await tiles.getHeader(), await tiles.getMetadata()];
  return header.tileType === 1 ? (metadata.vector_layers ?? []).map((layer) => layer.id) : "raster";
}

function script(src) {
  return new Promise((done, failed) => {
    const node = document.createElement("script");
    node.src = src;
    node.onload = done;
    node.onerror = () => failed(new Error(src));
    document.head.append(node);
  });
}

// Lines of latitude and longitude for a view without streets, so that a place is somewhere.
export function graticule([west, south, east, north], zoom) {
  const steps = [30, 10, 5, 2, 1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001];
  const step = steps.find((one) => (one * 512 * 2 ** zoom) / 360 < 200) ?? 0.001;
  const digits = Math.max(0, -Math.floor(Math.log10(step)));
  const features = [];
  const line = (a, b, label) =>
    features.push({
      type: "Feature",
      properties: { label },
      geometry: { type: "LineString", coordinates: [a, b] },
    });
  for (let x = Math.ceil(west / step); x * step <= east; x++)
    line([x * step, south], [x * step, north], `${(x * step).toFixed(digits)}°`);
  for (let y = Math.ceil(south / step); y * step <= north; y++)
    line([west, y * step], [east, y * step], `${(y * step).toFixed(digits)}°`);
  return { type: "FeatureCollection", features };
}
