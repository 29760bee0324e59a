// Where very many alerts lie close together the map draws them as one sign with their number and the
// shape of the most severe of them; a click looks closer.

import { calm } from "./camera.js";
import { SEVERITIES } from "../data/filters.js";
import { dot, names } from "./layer_kinds.js";

// Fewer are all drawn by themselves.
const FROM = 400;
const TOGETHER = ["has", "point_count"];
export const ALONE = ["!", TOGETHER];
// Ranks are 0 for the most severe, and less for the others.
export const CLUSTERS = {
  cluster: false,
  clusterRadius: 44,
  clusterMaxZoom: 13,
  clusterMinPoints: 3,
  clusterProperties: { worst: ["max", ["get", "rank"]] },
};

const icons = SEVERITIES.flatMap((one, at) => [0 - at, `severity-${one}`]);

export const layers = (paint) => [
  dot(
    "cluster-discs",
    "alerts",
    TOGETHER,
    ["step", ["get", "point_count"], 19, 30, 22, 200, 26],
    paint.halo,
    paint.faint,
    1.5,
  ),
  names(
    "clusters",
    "alerts",
    TOGETHER,
    ["get", "point_count_abbreviated"],
    paint.ink,
    paint.halo,
    {
      "icon-image": ["match", ["get", "worst"], ...icons, "severity-info"],
      "icon-size": 0.75,
      "icon-anchor": "bottom",
      "icon-offset": [0, 6],
      "icon-allow-overlap": true,
      "text-allow-overlap": true,
      "text-offset": [0, 0.2],
    },
  ),
];

// Switches clusters on or off by how many there are; a map's new style has new sources.
const known = new WeakMap();
export function apply(source, count) {
  const many = count >= FROM;
  if (!source || (known.get(source) ?? false) === many) return;
  known.set(source, many);
  source.setClusterOptions({ ...CLUSTERS, cluster: many });
}

export async function open(map, found) {
  const zoom = await map.getSource("alerts").getClusterExpansionZoom(found.properties.cluster_id);
  map.easeTo({ center: found.geometry.coordinates, zoom: zoom + 0.2, animate: !calm() });
}
