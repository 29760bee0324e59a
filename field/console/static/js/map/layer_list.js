// What else the map can show, and what its signs mean.

import { optional } from "../data/api.js";
import { byId, el, fill } from "../base/dom.js";
import { SEVERITIES } from "../data/filters.js";
import { bounds, refresh, show } from "./map.js";
import { layersOn } from "./sources.js";
import { severityMark } from "../base/marks.js";
import { collection, wrongRows } from "./overlays.js";
import { notify } from "../base/notice.js";
import { on } from "../data/state.js";
import { named, t } from "../base/words.js";

const MOST_CELLS = 2000;
const MOST_ROWS = 2000;
const AFTER_MS = 300;
const WIDEST_DEG = 3;
let waiting = null;

export function start() {
  byId("layers").addEventListener("click", () => {
    const box = byId("layer-list");
    box.hidden = !box.hidden;
    byId("layers").setAttribute("aria-expanded", String(!box.hidden));
  });
  fill(byId("layer-list"), ["regions", "sensors", "cells", "wrong_rows"].map(toggle));
  fill(
    byId("legend"),
    el(
      "details",
      { open: innerWidth > 1500 },
      el("summary", {}, t("legend.title")),
      el(
        "ul",
        {},
        SEVERITIES.map((one) => el("li", {}, severityMark(one, 16), named("severity", one))),
        ["r50", "r90", "track", "forecast", "bearing", "cell", "wrong_row"].map((one) =>
          el(
            "li",
            {},
            el("span", { class: `key key-${one}`, "aria-hidden": "true" }),
            t(`legend.${one}`),
          ),
        ),
      ),
    ),
  );
  on("wrong_rows", () => {
    layersOn.wrong_rows = true;
    byId("layer-wrong_rows").checked = true;
    register();
  });
  on("moved", (box) => {
    clearTimeout(waiting);
    if (layersOn.cells) waiting = setTimeout(() => cells(box), AFTER_MS);
  });
}

function toggle(name) {
  const box = el("input", { type: "checkbox", id: `layer-${name}`, checked: layersOn[name] });
  box.addEventListener("change", () => {
    layersOn[name] = box.checked;
    if (name === "cells") cells(bounds());
    else if (name === "wrong_rows") register();
    else refresh();
  });
  return el("label", { class: "check" }, box, t(`layer.${name}`));
}

// The register around what is seen; nothing of a whole country.
async function cells(box) {
  if (!layersOn.cells || !box) return show("cells", collection([]));
  if (box[2] - box[0] > WIDEST_DEG) {
    notify(t("layer.closer"));
    return show("cells", collection([]));
  }
  const answer = await optional("/api/cells", { bbox: box.join(","), limit: MOST_CELLS }).catch(
    () => null,
  );
  return show("cells", collection(answer?.features ?? []));
}

// Rows of the register that are likely wrong, from the registered place to where the cell is.
async function register() {
  if (!layersOn.wrong_rows) return show("wrong_rows", collection([]));
  const answer = await optional("/api/register-health", { limit: MOST_ROWS }).catch(() => null);
  return show("wrong_rows", wrongRows(answer?.rows ?? []));
}
