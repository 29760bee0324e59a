// Help: the field card, what the page's words mean, keys, and addresses for other programs.

import { file } from "../data/api.js";
import { el, fill } from "../base/dom.js";
import { KEYS } from "../list/keys.js";
import { fieldCard } from "./field_card.js";
import { glossaryOf } from "./glossary.js";
import { language, t } from "../base/words.js";

const EXPORTS = [
  "/alerts.geojson",
  "/alerts.kml",
  "/network-link.kml",
  "/alerts.gpx",
  "/numbers.csv",
  "/complaints.csv",
  "/numbers/register.csv",
  "/ogc",
  "/api/docs",
  "/openapi.json",
  "/schema/asyncapi.yaml",
];

export async function helpPanel(box) {
  const { card, glossary } = await file(`/static/help/${language()}.json`);
  fill(
    box,
    part("card", t("help.card"), fieldCard(card)),
    part("glossary", t("help.glossary"), glossaryOf(glossary)),
    part(
      "keys",
      t("help.keys"),
      el(
        "dl",
        { class: "keys" },
        KEYS.map((key) => [el("dt", {}, el("kbd", {}, key)), el("dd", {}, t(`key.${key}`))]),
      ),
    ),
    part(
      "exports",
      t("help.exports"),
      el(
        "ul",
        {},
        EXPORTS.map((path) => el("li", {}, el("a", { href: path }, path))),
      ),
    ),
  );
}

const part = (name, title, ...content) =>
  el(
    "details",
    { class: `help-part part-${name}`, open: name !== "exports" },
    el("summary", {}, el("h3", {}, title)),
    content,
  );
