// Where it is: coordinates that name their datum, ways to copy them, and map apps to go there with.

import { el } from "../base/dom.js";
import { notify } from "../base/notice.js";
import { away } from "../panels/own_place.js";
import { state } from "../data/state.js";
import { compass, metres, percent, t } from "../base/words.js";

const FORMS = ["dd", "dms", "mgrs", "gcj02", "bd09"];
const APPS = ["amap", "tencent", "baidu", "apple", "google", "geo"];

export function where(alert) {
  if (!alert.position) return el("p", { class: "muted" }, t("place.none"));
  const coordinates = alert.coordinates ?? {};
  return [
    distance(alert.position),
    el(
      "dl",
      { class: "coordinates" },
      FORMS.filter((form) => coordinates[form]).map((form) => row(form, coordinates[form])),
    ),
    el(
      "div",
      { class: "row links" },
      el("span", { class: "muted small" }, t("place.go")),
      APPS.filter((app) => alert.links?.[app]).map((app) =>
        el(
          "a",
          {
            class: "chip",
            href: alert.links[app],
            target: app === "geo" ? null : "_blank",
            rel: "noopener noreferrer",
          },
          t(`place.app_${app}`),
        ),
      ),
    ),
    el(
      "div",
      { class: "row links" },
      el("span", { class: "muted small" }, t("place.take")),
      ["cap", "gpx"].map((form) =>
        el(
          "a",
          {
            class: "chip",
            href: `/alerts/${encodeURIComponent(alert.alert_id)}.${form}`,
            download: "",
          },
          form.toUpperCase(),
        ),
      ),
    ),
    alert.measure_next &&
      el(
        "p",
        { class: "advice" },
        t("place.measure_next", { share: percent(alert.measure_next.area_share) }),
        " ",
        el(
          "span",
          { class: "mono" },
          `${alert.measure_next.lat.toFixed(5)}, ${alert.measure_next.lon.toFixed(5)}`,
        ),
        state.me_at && ` · ${metres(away(alert.measure_next).metres)}`,
      ),
  ];
}

function distance(place) {
  if (!state.me_at) return null;
  const { metres: far, degrees } = away(place);
  return el(
    "p",
    { class: "from-here" },
    el("b", {}, metres(far)),
    ` ${compass(degrees)} `,
    el("span", { class: "muted" }, t("place.from_here")),
  );
}

function row(form, text) {
  const copy = el(
    "button",
    {
      type: "button",
      class: "chip copy",
      "aria-label": t("place.copy_as", { datum: t(`datum.${form}`) }),
      data: { copy: form },
    },
    t("copy"),
  );
  copy.addEventListener("click", () => copyText(copied(form, text), t(`datum.${form}`)));
  return [
    el("dt", {}, t(`datum.${form}`)),
    el("dd", {}, el("span", { class: "mono" }, bare(text)), copy),
  ];
}

// The number alone: the datum stands beside it.
const bare = (text) => text.replace(/\s*\(?\b(WGS-?84|GCJ-?02|BD-?09|MGRS)\b\)?:?\s*/gi, "").trim();

// Pasted elsewhere, shifted numbers look like any others: they keep the name of their datum. WGS84
// degrees stay bare, as map apps take them.
const copied = (form, text) => (["gcj02", "bd09"].includes(form) ? text : bare(text));

export async function copyText(text, what) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Pages that came without TLS have no clipboard; a selected text can still be copied.
    const box = el("textarea", { class: "offscreen", value: text });
    document.body.append(box);
    box.select();
    document.execCommand("copy");
    box.remove();
  }
  notify(t("copied", { what, text }));
}
