// Puts the page's own modules and styles into one file each, so that a phone asks twice instead of
// ninety times. They are the same modules: the console serves these files only while they were made of
// exactly the sources that lie beside them (sources.json), else the modules themselves.

import { createHash } from "node:crypto";
import { readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const from = join(here, "..", "static");
const target = join(from, "built");
const BROWSERS = ["es2022"];

const files = readdirSync(from, { recursive: true })
  .map((path) => path.replaceAll("\\", "/"))
  .filter((path) => /^(js|css)\/.*\.(js|css)$/.test(path) || path === "index.html")
  .sort();

// The styles in the order in which the frame names them.
const frame = readFileSync(join(from, "index.html"), "utf8");
const styles = [...frame.matchAll(/href="\/static\/(css\/[^"]+)"/g)].map(([, path]) => path);
const together = styles.map((path) => `@import "./${path}";`).join("\n");

const options = { bundle: true, minify: true, target: BROWSERS, legalComments: "none", logLevel: "warning" };
rmSync(target, { recursive: true, force: true });
// One file, with what the page needs later too: over a phone's line another file costs more than it saves.
await build({
  ...options,
  entryPoints: [join(from, "js", "main.js")],
  format: "esm",
  external: ["/static/vendor/*"],
  outfile: join(target, "page.js"),
});
await build({
  ...options,
  stdin: { contents: together, loader: "css", resolveDir: from },
  outfile: join(target, "page.css"),
});
const digests = files.map((path) => [
  path,
  createHash("sha256").update(readFileSync(join(from, path))).digest("hex"),
]);
writeFileSync(join(target, "sources.json"), `${JSON.stringify(Object.fromEntries(digests), null, 1)}\n`);
