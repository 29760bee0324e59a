// What is being received, and what is not: no data is never shown as all clear.

import { el, fill, table } from "../base/dom.js";
import { state } from "../data/state.js";
import { age, clock, isKnown, named, number, t } from "../base/words.js";
import { isSteady } from "./banners.js";

const DAY_MS = 86_400_000;
const SIGNS = { ok: "●", silent: "▲", "no data": "✕", unused: "–" };

const condition = (value) =>
  el(
    "span",
    { class: `condition is-${value.replace(" ", "-")}` },
    SIGNS[value] ?? "?",
    " ",
    named("feed_state", value.replace(" ", "_")),
  );

// An input that nothing ever came from may be one that nobody has: no fault, unless it is one that every
// network has.
const stateOf = (feed) => (feed.received_ms || isSteady(feed) ? feed.state : "unused");

// A zone that has a place is some hundred kilometres wide.
const zoneText = ({ zone, lat, lon }) =>
  isKnown(lat)
    ? t("health.zone_about", { lat: lat.toFixed(1), lon: lon.toFixed(1) })
    : named("zone", zone);

export function healthPanel(box) {
  const health = state.health;
  if (!health) return fill(box, el("p", { class: "warn" }, t("health.unknown")));
  const since = (ts) => (ts ? t("age.ago", { age: age(health.now - ts) }) : t("health.never"));
  const unread = Object.entries(health.unread ?? {});
  const aside = health.set_aside ?? [];
  return fill(
    box,
    Object.entries(health.trouble ?? {}).map(([who, what]) =>
      el("p", { class: "warn", data: { trouble: who } }, t("banner.trouble", { what })),
    ),
    el("p", { class: "muted" }, t("health.how")),
    el("h3", {}, t("health.feeds")),
    table(
      [
        t("health.feed"),
        t("health.state"),
        t("health.received"),
        t("health.messages"),
        t("health.dead"),
      ],
      (health.feeds ?? []).map((one) => [
        el(
          "span",
          {},
          named("feed", one.topic),
          " ",
          el("small", { class: "mono muted" }, one.topic),
        ),
        condition(stateOf(one)),
        since(one.received_ms),
        number(one.messages),
        number(one.dead_letters),
      ]),
    ),
    el("h3", {}, t("health.workers")),
    (health.workers ?? []).length
      ? table(
          [
            t("health.worker"),
            t("health.received"),
            t("health.findings"),
            t("health.alerts"),
            t("health.late"),
          ],
          health.workers.map((one) => [
            one.worker,
            since(one.ts),
            number(one.findings),
            number(one.alerts),
            number(one.late),
          ]),
        )
      : el("p", { class: "warn" }, t("health.no_workers")),
    (health.workers ?? []).some((one) => one.late) &&
      el("p", { class: "muted" }, t("health.late_how")),
    (health.workers ?? []).flatMap((one) =>
      Object.entries(one.states ?? {})
        .filter(([, kept]) => kept.anew_ms && health.now - kept.anew_ms < DAY_MS)
        .map(([partition, kept]) =>
          el(
            "p",
            { class: "warn" },
            t("health.anew", { partition, at: clock(kept.anew_ms), reason: kept.anew_reason }),
          ),
        ),
    ),
    el("h3", {}, t("health.learning")),
    (health.learning ?? []).length
      ? [
          el("p", { class: "muted" }, t("health.learning_how")),
          table(
            [
              t("health.zone"),
              t("health.state"),
              t("health.since"),
              t("health.reports"),
              t("health.sites"),
              t("health.not_yet"),
            ],
            health.learning.map((one) => [
              zoneText(one),
              named("learning", one.stage),
              one.since_ms ? clock(one.since_ms) : t("health.never"),
              number(one.reports),
              number(one.sites),
              (one.not_yet ?? []).map((kind) => named("learned", kind)).join(", "),
            ]),
          ),
        ]
      : el("p", { class: "muted" }, t("health.no_learning")),
    el("h3", {}, t("health.sensors")),
    (health.sensors ?? []).length
      ? table(
          [t("health.sensor"), t("health.state"), t("health.received")],
          health.sensors.map((one) => [
            one.device,
            condition(one.silent ? "silent" : "ok"),
            one.last_ts ? clock(one.last_ts) : t("health.never"),
          ]),
        )
      : el("p", { class: "muted" }, t("health.no_sensors")),
    aside.length > 0 && [
      el("h3", {}, t("health.set_aside")),
      table(
        [t("health.topic"), t("health.place"), t("health.why")],
        aside.map((one) => [
          el("code", {}, one.topic),
          `${one.partition} / ${one.offset}`,
          one.detail,
        ]),
      ),
    ],
    unread.length > 0 && [
      el("h3", {}, t("health.unread")),
      table(
        [t("health.topic"), t("health.records")],
        unread.map(([topic, count]) => [el("code", {}, topic), number(count)]),
      ),
    ],
  );
}
