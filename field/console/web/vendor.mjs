// Copies the page's third-party parts out of node_modules into static/vendor, where the console
// serves them from, and checks every file against vendor.sha256: what ships is what was reviewed.
// `node vendor.mjs --write-sums` writes the sums anew after a version was raised on purpose.

import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { feature } from "topojson-client";

const here = dirname(fileURLToPath(import.meta.url));
const packages = join(here, "node_modules");
const target = join(here, "..", "static", "vendor");
const sums = join(here, "vendor.sha256");

// What is copied as it is: [from, to].
const COPIES = [
  ["maplibre-gl/dist/maplibre-gl.mjs", "maplibre-gl.mjs"],
  ["maplibre-gl/dist/maplibre-gl-worker.mjs", "maplibre-gl-worker.mjs"],
  ["maplibre-gl/dist/maplibre-gl.css", "maplibre-gl.css"],
  ["maplibre-gl/LICENSE.txt", "maplibre-gl.LICENSE.txt"],
  ["pmtiles/dist/pmtiles.js", "pmtiles.js"],
  ["../licences/pmtiles.txt", "pmtiles.LICENSE.txt"],
  ["fflate/LICENSE", "fflate.LICENSE.txt"],
  ["world-atlas/LICENSE", "world-atlas.LICENSE.txt"],
  ["swagger-ui-dist/swagger-ui-bundle.js", "swagger-ui-bundle.js"],
  ["swagger-ui-dist/swagger-ui.css", "swagger-ui.css"],
  ["swagger-ui-dist/LICENSE", "swagger-ui-dist.LICENSE.txt"],
  ["swagger-ui-dist/NOTICE", "swagger-ui-dist.NOTICE.txt"],
  // Of what is in the bundle.
  ["swagger-ui-dist/swagger-ui-bundle.js.LICENSE.txt", "swagger-ui-bundle.terms.txt"],
];
// Natural Earth at 1:50 million is good to some hundred metres: four decimals are enough.
const DECIMALS = 4;

const rounded = (value) =>
  Array.isArray(value) ? value.map(rounded) : Number(value.toFixed(DECIMALS));

// The atlas knows no date line: its rings go on at -180 where they leave at 180, which a flat map
// draws as a line all across. Here they go on beyond 180, as map libraries take them, and one about
// a pole is closed along it.
function flat(ring) {
  let turns = 0;
  const line = ring.map(([lon, lat], at) => {
    const step = at ? lon - ring[at - 1][0] : 0;
    if (Math.abs(step) > 180) turns -= Math.sign(step);
    return [lon + 360 * turns, lat];
  });
  if (turns) {
    const pole = 90 * Math.sign(line[0][1]);
    line.push([line.at(-1)[0], pole], [line[0][0], pole], line[0]);
  }
  return line;
}

// All rings of a polygon in the same turn of the world: that of the outer one's middle.
function turned(ring, about) {
  const lons = ring.map(([lon]) => lon);
  const middle = (Math.min(...lons) + Math.max(...lons)) / 2;
  const turns = Math.round((about - middle) / 360);
  return ring.map(([lon, lat]) => [lon + 360 * turns, lat]);
}

function polygon([outer, ...holes]) {
  const around = turned(flat(outer), 0);
  const lons = around.map(([lon]) => lon);
  const middle = (Math.min(...lons) + Math.max(...lons)) / 2;
  return [around, ...holes.map((hole) => turned(flat(hole), middle))];
}

// The outline of all land, without any border between countries.
function land() {
  const atlas = JSON.parse(readFileSync(join(packages, "world-atlas", "land-50m.json"), "utf8"));
  const collection = feature(atlas, atlas.objects.land);
  const features = collection.features.map(({ geometry: { type, coordinates } }) => ({
    type: "Feature",
    properties: {},
    geometry: {
      type,
      coordinates: rounded(type === "Polygon" ? polygon(coordinates) : coordinates.map(polygon)),
    },
  }));
  return JSON.stringify({ type: "FeatureCollection", features });
}

rmSync(target, { recursive: true, force: true });
mkdirSync(target, { recursive: true });
for (const [from, to] of COPIES) copyFileSync(join(packages, from), join(target, to));
writeFileSync(join(target, "land-50m.geojson"), land());

const found = readdirSync(target)
  .sort()
  .map((name) => {
    const digest = createHash("sha256")
      .update(readFileSync(join(target, name)))
      .digest("hex");
    return `${digest}  ${name}\n`;
  })
  .join("");
if (process.argv.includes("--write-sums")) {
  writeFileSync(sums, found);
} else if (readFileSync(sums, "utf8") !== found) {
  rmSync(target, { recursive: true, force: true });
  console.error("vendor.mjs: the third-party files differ from vendor.sha256; nothing was kept.");
  process.exit(1);
}
