// Sharing a feed: an address by which somebody else's program (Google Earth, ATAK, a GIS, a
// spreadsheet) reads what the list is narrowed to, without logging in. It is shown once.

import { get, post, remove } from "../data/api.js";
import { el, field, fill, button, table } from "../base/dom.js";
import { copied, tried } from "../panels/own_parts.js";
import { may, state } from "../data/state.js";
import { clock, language, named, t } from "../base/words.js";

const FORMATS = ["kml", "geojson", "csv", "cot", "stix"];
// Of the page's filters, what a feed has too; words and fixed times are the list's alone.
const SHARED = ["severity", "status", "state", "rat", "operator", "kind", "campaign", "bbox"];
const DAYS = 7;
const MOST_DAYS = 92;
const REFRESH_S = 10;
const MOST_REFRESH_S = 3600;

const shared = () =>
  Object.fromEntries(SHARED.map((name) => [name, state.filters[name]]).filter(([, value]) => value));

export async function feedsPanel(box, made = null) {
  const { feeds, may_share } = await get("/api/feeds");
  return fill(
    box,
    el("p", { class: "muted" }, t("feeds.how")),
    made && shownOnce(made),
    may_share ? feedForm(box) : el("p", { class: "muted" }, t("feeds.may_not")),
    feeds.length > 0 && listed(box, feeds),
  );
}

// Nobody can read it again: the server keeps its digest alone.
const shownOnce = ({ url, network_link }) =>
  el(
    "div",
    { class: "once", role: "status" },
    el("b", {}, t("own.once")),
    el("div", { class: "row" }, copied(url, t("feeds.address"))),
    network_link && [
      el("p", {}, t("feeds.link_how")),
      el("div", { class: "row" }, copied(network_link, t("feeds.link"))),
    ],
  );

const words = (asked) =>
  Object.entries(asked)
    .filter(([name]) => name !== "language")
    .map(([name, value]) => `${name}=${value}`)
    .join(" · ");

const listed = (box, feeds) =>
  table(
    [t("own.label"), t("feeds.format"), t("feeds.filter"), t("own.until"), t("own.used"), ""],
    feeds.map((one) => [
      may("admin") && one.name !== state.me.name ? `${one.name}: ${one.label}` : one.label,
      named("feed", one.format),
      words(one.asked) || t("feeds.all"),
      clock(1000 * one.until_s),
      one.used_s ? clock(1000 * one.used_s) : t("feeds.never"),
      button(t("own.revoke"), () => takeBack(box, one.id), {
        class: "tool",
        data: { feed: one.id },
      }),
    ]),
  );

function feedForm(box) {
  const format = el(
    "select",
    { name: "format" },
    FORMATS.map((one) => el("option", { value: one }, named("feed", one))),
  );
  const days = el("input", { name: "days", type: "number", min: 1, max: MOST_DAYS, value: DAYS });
  const hours = el("input", { name: "hours", type: "number", min: 1, max: 8784 });
  const refresh = el("input", {
    name: "refresh",
    type: "number",
    min: 2,
    max: MOST_REFRESH_S,
    value: REFRESH_S,
  });
  const filter = shared();
  const node = el(
    "form",
    { class: "share-feed" },
    el("p", {}, t("feeds.of", { filter: words(filter) || t("feeds.all") })),
    el(
      "div",
      { class: "row own-token" },
      field(t("own.label"), el("input", { name: "label", required: true, maxlength: 100 })),
      field(t("feeds.format"), format),
      field(t("own.days"), days),
    ),
    el(
      "div",
      { class: "row own-token" },
      field(t("feeds.hours"), hours),
      field(t("feeds.refresh"), refresh),
      el("button", { type: "submit", class: "act main" }, t("feeds.make")),
    ),
  );
  node.addEventListener("submit", (event) => {
    event.preventDefault();
    const wanted = {
      format: format.value,
      label: new FormData(node).get("label"),
      days: Number(days.value) || DAYS,
      refresh_s: Number(refresh.value) || REFRESH_S,
      filter: { ...filter, language: language(), hours: Number(hours.value) || null },
    };
    return tried(async () => feedsPanel(box, await post("/api/feeds", wanted)));
  });
  return node;
}

async function takeBack(box, id) {
  await tried(() => remove(`/api/feeds/${encodeURIComponent(id)}`));
  await feedsPanel(box);
}
