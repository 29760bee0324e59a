// The form in which a team writes what its instrument shows, with a place from the map.

import * as queue from "../offline/queue.js";
import { el, field, tool } from "../base/dom.js";
import { refreshUntil } from "../data/chosen.js";
import { pick, show } from "../map/map.js";
import { notify } from "../base/notice.js";
import { draft } from "../map/overlays.js";
import { now, state, emit } from "../data/state.js";
import { t } from "../base/words.js";

const NUMBERS = [
  "mcc",
  "mnc",
  "area",
  "cell",
  "arfcn",
  "pci",
  "signal_dbm",
  "bearing_to_deg",
  "bearing_sigma_deg",
];

export function readingForm(alert, forms) {
  const held = forms.get("reading");
  return held?.dataset.about === alert.alert_id ? held : form(alert);
}

function form(alert) {
  const first = alert.identities?.[0] ?? {};
  const input = (name, props = {}) => el("input", { name, type: "number", step: "any", ...props });
  const labelled = (name, node) => field(t(`reading.${name}`), node);
  const rat = el(
    "select",
    { name: "rat" },
    ["gsm", "umts", "lte", "nr"].map((one) =>
      el("option", { value: one, selected: one === first.rat }, one.toUpperCase()),
    ),
  );
  const datum = el(
    "select",
    { name: "datum" },
    ["wgs84", "gcj02", "bd09"].map((one) => el("option", { value: one }, t(`datum.name_${one}`))),
  );
  const lat = input("lat", { min: -90, max: 90, required: true });
  const lon = input("lon", { min: -180, max: 180, required: true });
  const put = (place) => {
    lat.value = place.lat;
    lon.value = place.lon;
    datum.value = "wgs84";
    show("draft", draft(place));
    emit("view", "detail");
  };
  const node = el(
    "form",
    { class: "reading" },
    el(
      "div",
      { class: "row" },
      labelled("lat", lat),
      labelled("lon", lon),
      labelled("datum", datum),
    ),
    el(
      "div",
      { class: "row" },
      tool(t("reading.pick"), () => {
        pick(put);
        emit("view", "map");
        notify(t("reading.pick_now"));
      }),
      state.me_at !== undefined &&
        tool(t("reading.here"), () =>
          state.me_at ? put(state.me_at) : notify(t("reading.no_here"), "warn"),
        ),
    ),
    el(
      "div",
      { class: "row" },
      labelled("bearing_to_deg", input("bearing_to_deg", { min: 0, max: 360 })),
      labelled("bearing_sigma_deg", input("bearing_sigma_deg", { min: 0.1, max: 180, value: 5 })),
      labelled("signal_dbm", input("signal_dbm", { min: -160, max: 20, required: true })),
    ),
    el(
      "div",
      { class: "row" },
      labelled("rat", rat),
      ...["mcc", "mnc", "area", "cell"].map((name) =>
        labelled(name, input(name, { value: first[name] ?? "", step: 1 })),
      ),
    ),
    el(
      "div",
      { class: "row" },
      ...["arfcn", "pci"].map((name) =>
        labelled(name, input(name, { value: first[name] ?? "", step: 1 })),
      ),
      el("button", { type: "submit", class: "act main" }, t("reading.send")),
    ),
  );
  node.addEventListener("submit", (event) => {
    event.preventDefault();
    send(node, alert);
  });
  return el(
    "details",
    { class: "inner", data: { keep: "reading", about: alert.alert_id } },
    el("summary", {}, t("reading.enter")),
    node,
  );
}

// What was written into the form; empty fields are not measured and not sent.
export function reading(form, name) {
  const measurement = {
    device: name,
    rat: form.get("rat"),
    lat: Number(form.get("lat")),
    lon: Number(form.get("lon")),
  };
  for (const key of NUMBERS)
    if (form.get(key) !== "" && form.get(key) !== null) measurement[key] = Number(form.get(key));
  if (measurement.bearing_to_deg === undefined) delete measurement.bearing_sigma_deg;
  else measurement.bearing_to_deg %= 360;
  if (form.get("datum") !== "wgs84") measurement.datum = form.get("datum");
  return measurement;
}

// A reading has no id: it is one that wasn't there before, and has the same values.
const nameOf = (one) => JSON.stringify([one.ts, one.rx_ts, one.device, one.signal_dbm]);
const isSame = (one, sent) =>
  isNear(one.signal_dbm, sent.signal_dbm) && isNear(one.bearing_to_deg, sent.bearing_to_deg);
const isNear = (one, other) => Math.abs((one ?? -1) - (other ?? -1)) < 0.01;

async function send(node, alert) {
  const submit = node.querySelector("[type=submit]");
  submit.disabled = true;
  const measurement = reading(new FormData(node), state.me.name);
  const before = new Set((state.detail?.measurements ?? []).map(nameOf));
  try {
    // Its time makes it one, however often it is sent.
    const done = await queue.send({
      path: "/api/measurements",
      body: { ...measurement, ts: now() },
      alert_id: alert.alert_id,
      action: "reading",
    });
    notify(t(done === "sent" ? "reading.sent" : "reading.waits"), done === "sent" ? "info" : "warn");
    for (const name of ["bearing_to_deg", "signal_dbm"]) node.elements[name].value = "";
    show("draft", draft(null));
    refreshUntil(alert.alert_id, ({ measurements = [] }) =>
      measurements.some((one) => !before.has(nameOf(one)) && isSame(one, measurement)),
    );
  } catch (error) {
    notify(t("reading.failed", { why: error.message }), "error");
  } finally {
    submit.disabled = false;
  }
}
