// What a transmitter claims to be, in words: each claim once, in its fullest form, with the name that its
// network has, and the words that its technology has for channels and codes.

import { valueName } from "../base/values.js";
import { isKnown, language, t } from "../base/words.js";

const OF_AREAS = { gsm: "LAC", umts: "LAC" };

// `networks` are the names that came with an alert: by MCC and MNC, in both languages.
export function identityText(one, networks = {}) {
  const parts = [one.rat?.toUpperCase(), networkText(one, networks)];
  if (isKnown(one.area)) parts.push(`${OF_AREAS[one.rat] ?? "TAC"} ${one.area}`);
  if (isKnown(one.cell)) parts.push(t("identity.cell", { n: one.cell }));
  return parts.filter(Boolean).join(" · ");
}

// Channel and code, where they are known.
export function radioText(one) {
  const parts = [];
  if (isKnown(one.arfcn)) parts.push(channelText(one.rat, one.arfcn));
  if (isKnown(one.pci)) parts.push(codeText(one.rat, one.pci));
  return parts.join(" · ");
}

const channelText = (rat, number) => `${valueName("arfcn", rat)} ${number}`;

// A BSIC of GSM is made of two: the network's colour code, then the base station's.
function codeText(rat, code) {
  const text = `${valueName("pci", rat)} ${code}`;
  if (rat !== "gsm" || code > 63) return text;
  return `${text} ${t("identity.bsic", { ncc: code >> 3, bcc: code & 7 })}`;
}

function networkText({ mcc, mnc }, networks) {
  if (!isKnown(mcc) || !isKnown(mnc)) return "";
  const names = networks[`${mcc}-${mnc}`];
  if (names) return names[language()] ?? names.en;
  const code = `${String(mcc).padStart(3, "0")}-${String(mnc).padStart(2, "0")}`;
  return t("identity.network", { code });
}

// The identity that a row of the register is for, by its key: `lte-460-0-4100-1001`.
export function ofKey(key) {
  const [rat, ...numbers] = key.split("-");
  const [mcc, mnc, area, cell] = numbers.map(Number);
  return { rat, mcc, mnc, area, cell };
}

// Without those of which another has all that they have, and more: phones report more or less of a cell.
export function fullest(identities) {
  const known = identities.map((one) => Object.entries(one).filter(([, value]) => isKnown(value)));
  const isWithin = (part, whole) =>
    part.length < known[whole].length &&
    part.every(([name, value]) => identities[whole][name] === value);
  return identities.filter((_, at) => !known.some((_, whole) => isWithin(known[at], whole)));
}
