// Campaigns: all of them, and one as a drawing of what ties its numbers together, with the same as tables.

import { optional } from "../data/api.js";
import { el, fill, table, tool } from "../base/dom.js";
import { hashText, isOfCalls, numberText } from "./of_calls.js";
import { clock, named, number, sure, sureText, t } from "../base/words.js";
import { drawing, linkText } from "./campaign_graph.js";

const MOST_LISTED = 50;

export async function campaignsPanel(box, campaign) {
  if (campaign) return one(box, campaign);
  const answer = await optional("/api/campaigns");
  const rows = answer?.campaigns ?? [];
  return fill(
    box,
    el("p", { class: "muted" }, t("campaign.how")),
    rows.length
      ? table(
          [
            t("campaign.campaign"),
            t("campaign.kinds"),
            t("campaign.alerts"),
            t("campaign.numbers"),
            t("campaign.sure"),
            t("campaign.last"),
          ],
          rows.map((row) => [
            tool(row.campaign.slice(0, 8), () => campaignsPanel(box, row.campaign), {
              data: { campaign: row.campaign },
            }),
            row.kinds.map((kind) => named("kind", kind)).join(t("and")),
            t("campaign.open_of", { open: number(row.open), all: number(row.alerts) }),
            number(row.numbers),
            sure(row.probability),
            clock(row.last_seen),
          ]),
        )
      : el("p", { class: "muted" }, t(answer ? "campaign.none" : "panel.missing")),
  );
}

async function one(box, campaign) {
  const known = await optional(`/api/campaigns/${encodeURIComponent(campaign)}`);
  const back = tool(t("campaign.all"), () => campaignsPanel(box));
  if (!known) return fill(box, back, el("p", { class: "muted" }, t("campaign.gone")));
  const left = known.number_count - known.numbers.length;
  return fill(
    box,
    el(
      "div",
      { class: "row" },
      back,
      el(
        "a",
        { class: "chip", href: `/?campaign=${encodeURIComponent(campaign)}` },
        t("campaign.in_list"),
      ),
      el(
        "a",
        { class: "chip", href: `/numbers.csv?campaign=${encodeURIComponent(campaign)}`, download: "" },
        t("campaign.csv"),
      ),
    ),
    el("h3", {}, t("campaign.title", { id: campaign.slice(0, 8) })),
    drawing(known),
    el("h3", {}, t("campaign.alerts")),
    alerts(known),
    el("h3", {}, t("campaign.numbers")),
    numbers(known),
    left > 0 && el("p", { class: "muted" }, t("numbers.more", { n: number(left) })),
    el("h3", {}, t("campaign.links")),
    links(known),
  );
}

const alerts = (known) =>
  table(
    [t("campaign.alert"), t("filters.kind"), t("filters.state"), t("campaign.sure"), t("campaign.last")],
    known.alerts.map((alert) => [
      el("a", { href: `/?alert=${encodeURIComponent(alert.alert_id)}` }, alert.alert_id.slice(0, 8)),
      [named("kind", alert.kind), !isOfCalls(alert) && el("small", {}, ` ${t("campaign.station")}`)],
      named("state", alert.state),
      sureText(alert),
      clock(alert.last_seen),
    ]),
  );

const numbers = (known) =>
  known.numbers.length
    ? table(
        [t("numbers.number"), t("numbers.hash"), t("campaign.alerts")],
        known.numbers
          .slice(0, MOST_LISTED)
          .map((one) => [numberText(one), hashText(one.number), number(one.alert_ids.length)]),
      )
    : el("p", { class: "muted" }, t("numbers.none"));

const links = (known) =>
  known.links.length
    ? table(
        [t("campaign.link"), t("campaign.numbers")],
        known.links.map((link) => [linkText(link), number(link.numbers.length)]),
      )
    : el("p", { class: "muted" }, t("campaign.no_links"));
