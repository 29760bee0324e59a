// The drawer: health of feeds and sensors, channels, precision of the rules, the register, cases,
// audit, accounts and help. One at a time, over the page, closed by Escape.

import { accountsPanel } from "./accounts.js";
import { campaignsPanel } from "../calls/campaigns.js";
import { checksPanel } from "../calls/checks.js";
import { figuresPanel } from "../calls/figures.js";
import { victimsPanel } from "../calls/victims.js";
import { casesPanel } from "./casework.js";
import { byId, el, fill, tool } from "../base/dom.js";
import { healthPanel } from "./health.js";
import { helpPanel } from "../help/help_panel.js";
import { closeButton } from "../base/icons.js";
import { numbersPanel } from "../calls/looking.js";
import { ownPanel } from "./own_account.js";
import { registerPanel } from "./register_health.js";
import { rightsPanel } from "../calls/rights.js";
import { feedsPanel } from "../list/share_feed.js";
import { audit, deliveries, precision } from "./reports.js";
import { may, on, state, emit } from "../data/state.js";
import * as theme from "../base/theme.js";
import { named, t } from "../base/words.js";

const PANELS = {
  health: healthPanel,
  channels: deliveries,
  precision,
  register: registerPanel,
  campaigns: campaignsPanel,
  numbers: numbersPanel,
  rights: rightsPanel,
  figures: figuresPanel,
  checks: checksPanel,
  victims: victimsPanel,
  cases: casesPanel,
  feeds: feedsPanel,
  audit,
  accounts: accountsPanel,
  own: ownPanel,
  help: helpPanel,
};
const NEEDS = { audit: "dispatcher", accounts: "admin", cases: "field", numbers: "field", checks: "dispatcher" };
let current = null;
let about = null; // what of a panel is asked for: a campaign

on("health", () => current === "health" && byId("drawer").open && redraw());
byId("drawer").addEventListener(
  "click",
  (event) => event.target === byId("drawer") && byId("drawer").close(),
);

const offered = () =>
  Object.keys(PANELS).filter(
    (name) => may(NEEDS[name] ?? "viewer") && (name !== "victims" || state.me.guardian),
  );

export function open(name, what = null) {
  current = name;
  about = what;
  const drawer = byId("drawer");
  fill(
    drawer,
    el(
      "header",
      {},
      el("h2", {}, t("menu.title")),
      closeButton(() => drawer.close()),
    ),
    el(
      "nav",
      { class: "chips", "aria-label": t("menu.title") },
      offered().map((one) =>
        el(
          "button",
          {
            type: "button",
            class: "chip",
            "aria-pressed": String(one === name),
            on: { click: () => open(one) },
          },
          t(`panel.${one}`),
        ),
      ),
    ),
    // Who has no mouse scrolls it by keys.
    el("section", {
      class: `panel ${name}`,
      "aria-live": "polite",
      "aria-label": t(`panel.${name}`),
      tabindex: 0,
    }),
    foot(),
  );
  if (!drawer.open) drawer.showModal();
  redraw();
}

async function redraw() {
  const box = byId("drawer").querySelector(".panel");
  try {
    await PANELS[current](box, about);
  } catch (error) {
    fill(
      box,
      el("p", { class: "warn" }, t("panel.failed", { why: error.message })),
      tool(t("retry"), redraw),
    );
  }
}

function foot() {
  return el(
    "footer",
    { class: "row" },
    el(
      "span",
      { class: "muted" },
      `${state.me.name} · ${named("role", state.me.role)} · ${state.me.version ?? ""}`,
    ),
    el("span", { class: "spread" }),
    tool(t("language.other"), () => emit("language")),
    tool(t("theme.change"), theme.next),
    tool(t("replay.open"), () => {
      byId("drawer").close();
      byId("look-back").click();
    }),
    state.me.session && tool(t("logout"), () => emit("logout")),
  );
}
