// The map: MapLibre over the base map, linked both ways with the list.

import * as basemap from "./basemap.js";
import * as clusters from "./clusters.js";
import { calm, fit, look } from "./camera.js";
import { fromMap } from "./datum.js";
import { byId } from "./dom.js";
import { colours, layers, sources } from "./layers.js";
import * as marks from "./map_marks.js";
import * as overlays from "./overlays.js";
import * as pins from "./pins.js";
import { on, state, tell } from "./state.js";
import { t } from "./words.js";

const AFTER_LIST_MS = 30;
let map = null;
let maplibre = null;
let tiles = null;
let picking = null;
export const layersOn = { cells: false, sensors: true, regions: true };

// Why there is no map here, or null: the list works without one.
async function obstacle() {
  if (!document.createElement("canvas").getContext("webgl2")) return "map.no_webgl";
  try {
    maplibre = await import("/static/vendor/maplibre-gl.mjs");
    tiles = await basemap.openTiles(maplibre);
    return null;
  } catch (error) {
    console.warn(error);
    return maplibre ? "map.no_tiles" : "map.no_parts";
  }
}

export async function start(choose) {
  const why = await obstacle();
  if (why) {
    byId("map-missing").hidden = false;
    byId("map-missing").textContent = t(why);
    if (why !== "map.no_tiles") return document.body.classList.add("no-map");
  }
  map = new maplibre.Map({
    container: "map",
    style: style(),
    center: [104, 34],
    zoom: 3,
    attributionControl: false,
    dragRotate: false,
    pitchWithRotate: false,
    fadeDuration: calm() ? 0 : 200,
    maxZoom: 20,
  });
  map.touchZoomRotate.disableRotation();
  marks.attribute();
  map.on("load", () => {
    redraw(true);
    fit(map);
    look(map, "address");
    marks.scale(map);
  });
  map.on("click", (event) => clicked(event, choose));
  map.on("moveend", moved);
  map.on("move", () => marks.scale(map));
  for (const id of ["alerts", "clusters", "chosen", "sensors", "cells"]) {
    map.on("mouseenter", id, () => picking || (map.getCanvas().style.cursor = "pointer"));
    map.on("mouseleave", id, () => picking || (map.getCanvas().style.cursor = ""));
  }
  map.on("idle", () => (byId("map").dataset.drawn = "true"));
  map.on("error", (event) => console.warn(event.error?.message));
  on("theme", () => map.setStyle(style()) && map.once("styledata", () => redraw(true)));
  for (const topic of ["selection", "detail", "health", "place"]) on(topic, later);
  for (const topic of ["alerts", "alert", "pins"]) on(topic, () => ((stale = true), later()));
  on("pins", () => (marks.attribute(), fit(map)));
  on("selection", (by) => look(map, by));
  byId("zoom-in").addEventListener("click", () => map.zoomIn());
  byId("zoom-out").addEventListener("click", () => map.zoomOut());
  byId("fit").addEventListener("click", () => fit(map, true));
  return map;
}

export const resize = () => map?.resize();

function style() {
  const paint = colours();
  const base = basemap.base(paint, tiles);
  return {
    version: 8,
    sources: { ...base.sources, ...sources() },
    layers: [...base.layers, ...layers(paint)],
  };
}

// The list is painted before the map is drawn anew: people read, and drawing takes long. All alerts
// are put on it only after a change of theirs, and when all of them are there.
let waiting = false;
let stale = true;
let dressed = false;
function later() {
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(() =>
    setTimeout(() => {
      waiting = false;
      redraw();
    }, AFTER_LIST_MS),
  );
}

const held = new Map();
function put(id, data) {
  held.set(id, data);
  map.getSource(id)?.setData(data);
}

// Where an alert is drawn: [lon, lat] in the base map's datum.
export const placeOf = (id) =>
  ["chosen", "alerts"]
    .flatMap((source) => held.get(source)?.features ?? [])
    .find((one) => one.properties.id === id)?.geometry.coordinates;

// The ids of what a source draws.
export const drawn = (id) => (held.get(id)?.features ?? []).map((one) => one.properties.id);
export const labels = () =>
  [...(held.get("alerts")?.features ?? [])].map((one) => one.properties.label).join(" ");
export const clustered = () => map.queryRenderedFeatures({ layers: ["clusters"] }).length;
export let readings = () => [];
export const readingsFrom = (tellThem) => (readings = tellThem);

function redraw(anew = false) {
  if (!map?.isStyleLoaded() && !map?.getSource("alerts")) return;
  // What is drawn names pictures: they come first.
  if (anew || !dressed) marks.put(map, colours());
  dressed = true;
  if (anew || (stale && !pins.isLoading())) {
    stale = false;
    const all = overlays.alerts();
    clusters.apply(map.getSource("alerts"), all.features.length);
    put("alerts", all);
  }
  put("chosen", overlays.chosen());
  put("regions", overlays.regions(layersOn.regions ? 300 : 0));
  put("track", overlays.track());
  put("forecast", overlays.forecast());
  put("nearest", overlays.nearest());
  put("bearings", overlays.bearings(readings()));
  put("next", overlays.next());
  put("sensors", layersOn.sensors ? overlays.sensors() : overlays.collection([]));
  put("own", overlays.own());
  moved();
}

export const show = (id, data) => map && put(id, data);
export const refresh = () => map && redraw();

function moved() {
  if (basemap.kind() === "none")
    put("grid", basemap.graticule(map.getBounds().toArray().flat(), map.getZoom()));
  tell("moved", bounds());
}

// West, south, east, north of what is seen, in WGS84.
export function bounds() {
  if (!map) return null;
  const [[west, south], [east, north]] = map.getBounds().toArray();
  return [...fromMap([west, south]), ...fromMap([east, north])].map((value) =>
    Number(value.toFixed(5)),
  );
}

// The next click on the map is a place for a form.
export function pick(act) {
  picking = act;
  if (map) map.getCanvas().style.cursor = act ? "crosshair" : "";
}

function clicked(event, choose) {
  const [lon, lat] = fromMap(event.lngLat.toArray());
  if (picking) {
    const act = picking;
    pick(null);
    return act({ lat: Number(lat.toFixed(6)), lon: Number(lon.toFixed(6)) });
  }
  const box = [
    [event.point.x - 12, event.point.y - 12],
    [event.point.x + 12, event.point.y + 12],
  ];
  const found = map.queryRenderedFeatures(box, { layers: ["alerts", "clusters"] });
  const first =
    found
      .filter((one) => !one.properties.cluster)
      .toSorted((a, b) => b.properties.rank - a.properties.rank)
      .find((one) => one.properties.id !== state.selected) ?? found[0];
  if (first?.properties.cluster) clusters.open(map, first);
  else if (first) choose(first.properties.id, "map");
  return null;
}
