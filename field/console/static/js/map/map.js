// The map: MapLibre over the base map, linked both ways with the list.

import * as basemap from "./basemap.js";
import * as clusters from "./clusters.js";
import { boundsOf, fit, goTo, look, zoomButtons } from "./camera.js";
import { fromMap } from "./datum.js";
import { byId } from "../base/dom.js";
import * as home from "../ground/home.js";
import { colours, layers, sources as empty } from "./layers.js";
import * as marks from "./marks.js";
import { hold, later, pace, release } from "./pace.js";
import * as sources from "./sources.js";
import * as pins from "../data/pins.js";
import { on, state, emit } from "../data/state.js";
import * as streets from "../offline/streets.js";
import { t } from "../base/words.js";

const FOR_PINS_MS = 400;
const BETWEEN_MS = 800;
const REST = 20; // times what putting all alerts on the map took
let map = null;
let maplibre = null;
let tiles = null;
let picking = null;

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
  const [why] = await Promise.all([obstacle(), home.find()]);
  if (why) {
    byId("map-missing").hidden = false;
    byId("map-missing").textContent = t(why);
    if (why !== "map.no_tiles") return document.body.classList.add("no-map");
  }
  map = new maplibre.Map({
    container: "map",
    style: style(),
    ...home.view(),
    attributionControl: false,
    dragRotate: false,
    pitchWithRotate: false,
    fadeDuration: 0, // fading in: a dozen frames for each change
    maxZoom: 20,
  });
  pace(map);
  map.touchZoomRotate.disableRotation();
  marks.attribute();
  marks.name(map);
  marks.putWhenMissed(map, colours);
  map.on("load", () => {
    redraw(true);
    moved();
    if (!home.isKnown()) fit(map);
    look(map, "address");
    marks.scale(map);
  });
  map.on("click", (event) => clicked(event, choose));
  map.on("moveend", moved);
  map.on("move", () => marks.scale(map));
  for (const id of ["alerts", "clusters", "chosen", "sensors", "cells"]) {
    map.on("mouseenter", id, () => point(map, "pointer"));
    map.on("mouseleave", id, () => point(map, ""));
  }
  map.on("idle", () => byId("map").setAttribute("data-drawn", "true"));
  map.on("error", (event) => console.warn(event.error?.message));
  if (basemap.kind() !== "none") streets.watch(map, () => readAnew().catch(console.warn));
  on("look", (place) => goTo(map, place));
  on("theme", () => dress());
  for (const topic of ["selection", "detail", "health", "place"]) on(topic, refresh);
  on("shown", () => {
    map.resize();
    refresh();
  });
  for (const topic of ["filters", "at"]) on(topic, hold);
  on("alerts", listed);
  on("alert", updated);
  on("pins", () => {
    stale = true;
    refresh();
    marks.attribute();
    if (!home.isKnown()) fit(map);
  });
  on("selection", (by) => look(map, by));
  zoomButtons(map);
  home.start(map);
  return map;
}

const dress = (how = {}) => map.setStyle(style(), how) && map.once("styledata", () => redraw(true));

async function readAnew() {
  tiles = await basemap.readTiles();
  dress({ diff: false });
}

function style() {
  const paint = colours();
  const base = basemap.base(paint, tiles);
  return {
    version: 8,
    sources: { ...base.sources, ...empty() },
    layers: [...base.layers, ...layers(paint)],
  };
}

// All alerts are put on the map only after a change of theirs, and when all of them are there.
let stale = true;
let dressed = false;

export const refresh = () => later(redraw);
export let readings = () => [];
export const readingsFrom = (source) => (readings = source);
export const streetsDrawn = () => basemap.drawn(map);
export const clustered = () => map.queryRenderedFeatures({ layers: ["clusters"] }).length;

function redraw(anew = false) {
  if (!map?.getSource("alerts") || !pins.seen()) return;
  // What is drawn names pictures: they come first.
  if (anew || !dressed) {
    marks.put(map, colours());
    sources.again(map);
  }
  dressed = true;
  if (anew || (stale && (!pins.isLoading() || !state.pins.size))) {
    stale = false;
    const began = performance.now();
    delete byId("map").dataset.drawn;
    sources.putAlerts(map);
    freeMs = performance.now() + Math.max(BETWEEN_MS, REST * (performance.now() - began));
  }
  sources.putRest(map, readings());
}

// Of a whole new list, which the pins of its alerts follow: one drawing for both, as a rule.
function listed() {
  stale = true;
  release();
  later(redraw, pins.isLoading() ? FOR_PINS_MS : 0);
}

// Of what came by itself, which may be very much: a drawing now and then, and time for all else.
let freeMs = 0;
function updated() {
  stale = true;
  later(redraw, freeMs - performance.now());
}

export const show = (id, data) => map && sources.put(map, id, data);

function moved() {
  if (basemap.kind() === "none")
    sources.put(map, "grid", basemap.graticule(map.getBounds().toArray().flat(), map.getZoom()));
  emit("moved", bounds());
}

export const bounds = () => map && boundsOf(map);

// The next click on the map is a place for a form.
export function pick(act) {
  picking = act;
  if (map) map.getCanvas().style.cursor = act ? "crosshair" : "";
}

function point(map, cursor) {
  if (!picking) map.getCanvas().style.cursor = cursor;
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
