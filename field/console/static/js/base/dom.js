// Builds elements without ever parsing markup: what data says stays text, whatever it holds.

const SVG = "http://www.w3.org/2000/svg";
const PROPERTIES = new Set([
  "value",
  "checked",
  "disabled",
  "hidden",
  "open",
  "selected",
  "max",
  "min",
]);

// An element with attributes, listeners (`on: {click: f}`) and children; null children are nothing.
// Styles go through the object model (`style: {"--x": "1"}`): the page's policy forbids the others.
export function el(tag, props = {}, ...children) {
  return filled(document.createElement(tag), props, children);
}

export function svg(tag, props = {}, ...children) {
  return filled(document.createElementNS(SVG, tag), props, children);
}

function filled(node, props, children) {
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined) continue;
    if (name === "on")
      for (const [event, act] of Object.entries(value)) node.addEventListener(event, act);
    else if (name === "style")
      for (const [key, v] of Object.entries(value)) node.style.setProperty(key, v);
    else if (name === "data") Object.assign(node.dataset, value);
    else if (PROPERTIES.has(name)) node[name] = value;
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false) node.setAttribute(name, String(value));
  }
  node.append(...present(children));
  return node;
}

const present = (children) =>
  children
    .flat(Infinity)
    .filter((child) => child !== null && child !== undefined && child !== false);

// Whether the screen is a phone's, upright or sideways: small.css begins there too. It sees little at a time, is
// slow to draw, and pays for what it loads.
const PHONE = "(max-width: 820px), (max-width: 1023px) and (max-height: 480px)";
export const isPhone = () => Boolean(globalThis.matchMedia?.(PHONE).matches);

export const byId = (id) => document.getElementById(id);

export function fill(node, ...children) {
  node.replaceChildren(...present(children));
  return node;
}

// A button that cannot be pressed twice while what it does is under way.
export function button(label, act, props = {}) {
  const node = el("button", { type: "button", ...props }, label);
  node.addEventListener("click", async (event) => {
    node.disabled = true;
    try {
      await act(event);
    } finally {
      node.disabled = false;
    }
  });
  return node;
}

// A plain button that does something at once.
export const tool = (label, act, props = {}) =>
  el("button", { type: "button", class: "tool", on: { click: act }, ...props }, label);

export const field = (label, input) =>
  el("label", { class: "field" }, el("span", { class: "field-label" }, label), input);

// A table from rows of nodes or texts; on phones each row becomes a card by its data-label.
export function table(heads, rows) {
  return el(
    "table",
    { class: "table" },
    el(
      "thead",
      {},
      el(
        "tr",
        {},
        // A column of buttons has no heading: an empty cell is none, an empty `th` would be one.
        heads.map((head) => (head ? el("th", { scope: "col" }, head) : el("td"))),
      ),
    ),
    el(
      "tbody",
      {},
      rows.map((row) =>
        el(
          "tr",
          {},
          row.map((cell, at) => el("td", { data: { label: heads[at] } }, cell ?? "–")),
        ),
      ),
    ),
  );
}
