// On phones, beside what can be done: the way there in the phone's own map app, and how far it is.

import { el } from "../base/dom.js";
import { ask, away, canAsk } from "../panels/own_place.js";
import { state } from "../data/state.js";
import { compass, language, metres, t } from "../base/words.js";

// The address that opens a map app: the phone's choice where it has one, on iPhones Apple's, else a page.
export function appOf(links, agent = navigator.userAgent, wish = language()) {
  const page = wish === "zh" ? links?.amap : links?.google;
  if (/iPhone|iPad|iPod/.test(agent)) return links?.apple ?? page;
  return (/Android/.test(agent) && links?.geo) || page || links?.geo;
}

export function going(alert) {
  const address = alert.position && appOf(alert.links);
  if (!address) return null;
  const far = state.me_at && away(alert.position);
  return [
    el(
      "a",
      {
        class: "act going",
        href: address,
        target: address.startsWith("geo:") ? null : "_blank",
        rel: "noopener noreferrer",
        data: { going: "navigate" },
      },
      t("place.navigate"),
    ),
    far
      ? el("span", { class: "going far" }, `${metres(far.metres)} ${compass(far.degrees)}`)
      : canAsk() &&
        el(
          "button",
          { type: "button", class: "act going", data: { going: "far" }, on: { click: ask } },
          t("place.how_far"),
        ),
  ];
}
