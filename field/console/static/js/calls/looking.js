// What is known of one number, or of those that begin with some digits. What is typed goes to the console in
// the body of a request, is hashed there and kept nowhere; the page forgets it as soon as it is sent.

import { post } from "../data/api.js";
import { button, el, field, fill, table } from "../base/dom.js";
import { notify } from "../base/notice.js";
import { emit, may } from "../data/state.js";
import { campaignLink, hashText, numberText } from "./of_calls.js";
import { clock, named, number, sure, t } from "../base/words.js";
import { rightsTable } from "./rights.js";

const PREFIX = /^\+?[0-9]{1,7}$/;
// As the server takes a carrier's name.
const MOST_CHARACTERS = 100;

export function numbersPanel(box) {
  const answer = el("div", { "aria-live": "polite" });
  const input = el("input", {
    type: "text",
    name: "number",
    maxlength: 100,
    autocomplete: "off",
    inputmode: "tel",
    spellcheck: "false",
  });
  const what = el(
    "select",
    { name: "what" },
    ["number", "prefix"].map((one) => el("option", { value: one }, t(`numbers.as_${one}`))),
  );
  const look = async () => {
    const text = input.value.trim();
    if (!text) return input.focus();
    const asked = { [what.value]: text };
    input.value = "";
    return lookUp(answer, asked);
  };
  const form = el(
    "form",
    { class: "row form", on: { submit: (event) => event.preventDefault() } },
    field(t("numbers.asked"), input),
    field(t("numbers.what"), what),
    button(t("numbers.look"), look, { class: "tool", type: "submit" }),
  );
  fill(box, el("p", { class: "muted" }, t("numbers.how")), form, answer);
}

async function lookUp(box, asked) {
  if (asked.prefix && !PREFIX.test(asked.prefix))
    return fill(box, el("p", { class: "warn" }, t("numbers.no_prefix")));
  fill(box, el("p", { class: "muted" }, t("list.loading")));
  try {
    return fill(box, found(await post("/api/numbers/look", asked)));
  } catch (error) {
    return fill(box, el("p", { class: "warn" }, t("panel.failed", { why: error.message })));
  }
}

function found(known) {
  return [
    known.number ? ofOne(known) : el("h3", { class: "mono" }, `${known.prefix}…`),
    known.number &&
      may("dispatcher") &&
      button(t("numbers.open_case"), () => openCase(known), { class: "tool", data: { deed: "open" } }),
    known.numbers.length > 0 && !known.number && seen(known.numbers),
    el("h3", {}, t("campaign.alerts")),
    known.alerts.length ? alerts(known.alerts) : el("p", { class: "muted" }, t("numbers.no_alerts")),
    known.findings?.length > 0 && [el("h3", {}, t("numbers.findings")), findings(known.findings)],
    el("h3", {}, t("panel.rights")),
    known.register.length
      ? rightsTable(known.register)
      : el("p", { class: "muted" }, t("numbers.not_listed")),
    known.actions.length > 0 && [el("h3", {}, t("numbers.actions")), actions(known.actions)],
  ];
}

function ofOne(known) {
  const plan = known.plan ?? {};
  const facts = [
    ["numbers.number", known.prefix && `${known.prefix}…`],
    ["numbers.hash", hashText(known.number)],
    ["numbers.class", plan.class && named("class", plan.class)],
    ["numbers.carrier", plan.carrier],
    ["numbers.country", plan.country],
    ["numbers.region", plan.region],
    ["numbers.malformed", plan.malformed?.map((flag) => named("malformed", flag)).join(", ")],
  ];
  return el(
    "dl",
    { class: "values" },
    facts
      .filter(([, value]) => value)
      .map(([word, value]) => [el("dt", {}, t(word)), el("dd", {}, value)]),
  );
}

// A case about it, for whoever has to answer by what is shown: the list goes before the plan.
async function openCase(known) {
  const plan = known.plan ?? {};
  const listed = (name) => known.register.find((row) => row[name])?.[name];
  try {
    await post("/api/number-cases", {
      number: known.number,
      number_class: listed("class") ?? plan.class ?? known.numbers[0]?.class ?? null,
      carrier: (listed("carrier") ?? plan.carrier)?.slice(0, MOST_CHARACTERS) ?? null,
    });
    emit("panel", "checks");
  } catch (error) {
    notify(t("checks.failed", { why: error.message }), "error");
  }
}

const seen = (numbers) =>
  table(
    [t("numbers.number"), t("numbers.hash"), t("numbers.role")],
    numbers.map((one) => [
      numberText(one),
      hashText(one.number),
      one.roles.map((role) => named("number_role", role)).join(t("and")),
    ]),
  );

const alerts = (rows) =>
  table(
    [
      t("campaign.alert"),
      t("filters.kind"),
      t("filters.state"),
      t("numbers.role"),
      t("campaign.sure"),
      t("campaign.last"),
      t("campaign.campaign"),
    ],
    rows.map((one) => [
      el("a", { href: `/?alert=${encodeURIComponent(one.alert_id)}` }, one.alert_id.slice(0, 8)),
      named("kind", one.kind),
      named("state", one.state),
      named("number_role", one.role),
      sure(one.probability),
      clock(one.last_seen),
      one.campaign && campaignLink(one.campaign),
    ]),
  );

const findings = (rows) =>
  table(
    [t("precision.rule"), t("health.findings"), t("campaign.first"), t("campaign.last")],
    rows.map((one) => [
      named("rule", one.detector),
      number(one.count),
      clock(one.first_ts),
      clock(one.last_ts),
    ]),
  );

const actions = (rows) =>
  table(
    [t("channels.when"), t("audit.who"), t("audit.what"), t("audit.note")],
    rows.map((one) => [clock(one.ts), one.by, named("action", one.action), one.note]),
  );
