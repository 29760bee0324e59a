// What a transmitter claims to be, in words: each claim once, in its fullest form.

import { operator } from "../data/filters.js";
import { isKnown } from "../base/words.js";

export function identityText(one) {
  const parts = [one.rat?.toUpperCase(), operator(one)];
  if (isKnown(one.area))
    parts.push(`${one.rat === "gsm" || one.rat === "umts" ? "LAC" : "TAC"} ${one.area}`);
  if (isKnown(one.cell)) parts.push(`CID ${one.cell}`);
  return parts.filter(Boolean).join(" · ");
}

// Without those of which another has all that they have, and more: phones report more or less of a cell.
export function fullest(identities) {
  const known = identities.map((one) => Object.entries(one).filter(([, value]) => isKnown(value)));
  const isWithin = (part, whole) =>
    part.length < known[whole].length &&
    part.every(([name, value]) => identities[whole][name] === value);
  return identities.filter((_, at) => !known.some((_, whole) => isWithin(known[at], whole)));
}
