// The filters' controls: chips with shape, word and count; the address follows every change.

import { byId, el, field, fill } from "../base/dom.js";
import { KINDS, RATS, SEVERITIES, STATES, STATUSES, toggled } from "../data/filters.js";
import { bounds } from "../map/map.js";
import { severityMark, stateMark } from "../base/marks.js";
import { on, state, emit } from "../data/state.js";
import { named, number, t } from "../base/words.js";

const TYPED_MS = 250;
let typing = null;
let open = false;

export function start() {
  const form = byId("filters");
  form.addEventListener("submit", (event) => event.preventDefault());
  for (const topic of ["alerts", "counts", "filters"]) on(topic, draw);
  draw();
}

function set(next) {
  state.filters = next;
  emit("filters");
}

function put(name, value) {
  const next = { ...state.filters, [name]: value };
  if (!value) delete next[name];
  set(next);
}

const pressed = (name, value) => (state.filters[name] ?? "").split(",").includes(value);

function chip(name, value, label, mark = null, count = null) {
  return el(
    "button",
    {
      type: "button",
      class: `chip ${name}-${value}`,
      "aria-pressed": String(pressed(name, value)),
      data: { filter: `${name}=${value}` },
      on: { click: () => set(toggled(state.filters, name, value)) },
    },
    mark,
    el("span", {}, label),
    count !== null && el("b", { title: t("filters.open", { n: number(count) }) }, number(count)),
  );
}

// How many open alerts a chip stands for; a chip for what is over has no such number.
const openOf = (name, value, counts) =>
  counts && !(name === "status" && value === "closed") ? (counts[value] ?? 0) : null;

const chips = (word, name, values, mark = () => null, counts = null) =>
  el(
    "div",
    { class: "chips", role: "group", "aria-label": t(word) },
    el("span", { class: "chips-name" }, t(word)),
    values.map((value) =>
      chip(name, value, named(name, value), mark(value), openOf(name, value, counts)),
    ),
  );

// What is folded away is made when it is looked at: it is most of what a phone would draw at first.
function unfold(extra) {
  open = extra.open;
  if (open && extra.childElementCount === 1) extra.append(...unfolded());
}

const unfolded = () => [
  chips("filters.state", "state", STATES, (value) => stateMark(value, 14), state.counts.state),
  chips("filters.status", "status", STATUSES, () => null, state.counts.status),
  chips("filters.kind", "kind", KINDS, () => null, state.counts.kind ?? {}),
  chips("filters.rat", "rat", RATS, () => null, state.counts.rat ?? {}),
  el("p", { class: "muted small" }, t("filters.counts")),
  el("div", { class: "row" }, operatorBox(), timeBox("from"), timeBox("to")),
  el(
    "div",
    { class: "row" },
    areaButton(),
    el(
      "button",
      { type: "button", class: "link", on: { click: () => emit("panel", "feeds") } },
      t("panel.feeds"),
    ),
    Object.keys(state.filters).length > 0 &&
      el(
        "button",
        { type: "button", class: "link", on: { click: () => set({}) } },
        t("filters.clear"),
      ),
  ),
];

function draw() {
  const form = byId("filters");
  const held = document.activeElement?.dataset?.filter;
  const search = form.querySelector("input[type=search]") ?? searchBox();
  if (document.activeElement !== search) search.value = state.filters.q ?? "";
  const more = Object.keys(state.filters).filter(
    (name) => !["q", "severity"].includes(name),
  ).length;
  const extra = el(
    "details",
    { class: "more", open, on: { toggle: ({ target }) => unfold(target) } },
    el("summary", {}, t("filters.more"), more > 0 && el("b", { class: "count" }, more)),
    open && unfolded(),
  );
  const severities = el(
    "div",
    { class: "chips severities", role: "group", "aria-label": t("filters.severity") },
    SEVERITIES.map((one) =>
      chip(
        "severity",
        one,
        named("severity", one),
        severityMark(one, 16),
        state.counts.severity?.[one] ?? 0,
      ),
    ),
  );
  if (search.isConnected) {
    while (search.nextSibling) search.nextSibling.remove();
    form.append(severities, extra);
  } else fill(form, search, severities, extra);
  if (held) form.querySelector(`[data-filter="${held}"]`)?.focus();
}

function searchBox() {
  const input = el("input", {
    type: "search",
    id: "search",
    placeholder: t("filters.search"),
    "aria-label": t("filters.search"),
    autocomplete: "off",
  });
  input.addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(() => put("q", input.value.trim()), TYPED_MS);
  });
  return input;
}

function operatorBox() {
  const input = el("input", {
    type: "text",
    pattern: "[0-9]{3}-[0-9]{2,3}",
    placeholder: "460-00",
    value: state.filters.operator ?? "",
    data: { filter: "operator" },
  });
  input.addEventListener(
    "change",
    () => input.validity.valid && put("operator", input.value.trim()),
  );
  return field(t("filters.operator"), input);
}

function timeBox(name) {
  const chosenMs = Number(state.filters[name]);
  const local = chosenMs
    ? new Date(chosenMs - new Date(chosenMs).getTimezoneOffset() * 60000).toISOString().slice(0, 16)
    : "";
  const input = el("input", { type: "datetime-local", value: local, data: { filter: name } });
  input.addEventListener("change", () =>
    put(name, input.value ? String(new Date(input.value).getTime()) : ""),
  );
  return field(t(`filters.${name}`), input);
}

function areaButton() {
  const set_ = Boolean(state.filters.bbox);
  return el(
    "button",
    {
      type: "button",
      class: "chip",
      "aria-pressed": String(set_),
      data: { filter: "bbox" },
      on: { click: () => put("bbox", set_ ? "" : bounds()?.join(",")) },
    },
    t("filters.area"),
  );
}
