// What a transmitter claims to be, in words: each claim once, in its fullest form.

import { operator } from "../data/filters.js";

const isKnown = (value) => value !== null && value !== undefined;

export function identityText(one) {
  const parts = [one.rat?.toUpperCase(), operator(one)];
  if (isKnown(one.area))
    parts.push(`${one.rat === "gsm" || one.rat === "umts" ? "LAC" : "TAC"} ${one.area}`);
  if (isKnown(one.cell)) parts.push(`CID ${one.cell}`);
  return parts.filter(Boolean).join(" · ");
}

// Without those of which another says all that they say, and more: phones tell more or less of a cell.
export function fullest(identities) {
  const told = identities.map((one) => Object.entries(one).filter(([, value]) => isKnown(value)));
  const isWithin = (part, whole) =>
    part.length < told[whole].length &&
    part.every(([name, value]) => identities[whole][name] === value);
  return identities.filter((_, at) => !told.some((_, whole) => isWithin(told[at], whole)));
}
