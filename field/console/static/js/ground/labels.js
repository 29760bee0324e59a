// Names of roads and places on the map, in the page's language where the map has them.

import { language } from "../base/words.js";

// By language, the fields in which makers of tiles put names, the best first; roads without one have
// their number.
const FIELDS = {
  zh: ["name:zh", "name:zh-Hans", "name_zh", "name", "ref"],
  en: ["name:en", "name_en", "name", "ref"],
};

// An expression of the map's style.
export const label = (wish = language()) => [
  "coalesce",
  ...(FIELDS[wish] ?? FIELDS.en).map((field) => ["get", field]),
  "",
];
