// The list: a card an alert, the same on a desk and on a phone. A card is made anew when its alert
// changes, and only then.

import { ageOf, more } from "../data/alerts.js";
import { silentFeeds, steadyFeeds } from "../panels/banners.js";
import { byId, el, fill, tool } from "../base/dom.js";
import { fullest, identityText } from "../alert/identities.js";
import { isOfCalls, numbersLine, sizeText } from "../calls/of_calls.js";
import { away } from "../panels/own_place.js";
import { isActive } from "../data/order.js";
import { of } from "../offline/queue.js";
import { badges, severityBadge, severityMark } from "../base/marks.js";
import { emit, on, serverNow, state } from "../data/state.js";
import { age, compass, isKnown, isRuledOut, language, metres, named, number } from "../base/words.js";
import { ruledOutNear, sureText, t, translated, utc } from "../base/words.js";

const cards = new Map(); // alert_id -> {node, alert, chosen, words}
const AGES_EVERY_MS = 5000;
// The next page is loaded when its place is nearly seen.
const AHEAD = "300px";
let ends = null;
const FIRST = 12;
const AFTER_FIRST_MS = 20;

export function start(choose) {
  const list = byId("list");
  list.addEventListener("click", (event) => {
    const card = event.target.closest("[data-alert]");
    if (card) choose(card.dataset.alert);
  });
  ends = new IntersectionObserver((seen) => seen.some((one) => one.isIntersecting) && goOn(), {
    root: byId("list-pane"),
    rootMargin: AHEAD,
  });
  on("queue", () => draw());
  for (const topic of ["alert", "place"]) on(topic, () => draw());
  on("alerts", drawSoon);
  on("selection", (by) => {
    draw();
    if (by !== "list") cards.get(state.selected)?.node.scrollIntoView({ block: "nearest" });
  });
  setInterval(tick, AGES_EVERY_MS);
}

// The list's next page; where it doesn't come, why, and a button that asks again.
async function goOn() {
  fill(byId("list-more"), t("list.loading"));
  try {
    await more();
  } catch (error) {
    fill(byId("list-more"), t("list.failed", { why: error.message }), tool(t("retry"), goOn));
  }
}

// A whole new list is painted as far as it is seen, and then to its end.
function drawSoon() {
  if (byId("list-pane").scrollTop > 0) return draw();
  draw(FIRST);
  return requestAnimationFrame(() => setTimeout(draw, AFTER_FIRST_MS));
}

export function draw(most = Infinity) {
  const list = byId("list");
  const nodes = state.order.slice(0, most).map(cardOf);
  const kept = new Set(nodes);
  for (const [id, card] of cards) if (!kept.has(card.node)) cards.delete(id);
  // Only what moved is touched, so that focus and scrolling stay where they are.
  for (let at = 0; at < nodes.length; at++) {
    if (list.children[at] !== nodes[at]) list.insertBefore(nodes[at], list.children[at] ?? null);
  }
  while (list.children.length > nodes.length) list.lastChild.remove();
  emptiness();
  // Looked at anew after each drawing: an end that stays in sight is news to nobody else.
  ends.unobserve(byId("list-end"));
  if (nodes.length === state.order.length) ends.observe(byId("list-end"));
}

// An empty list is not good news by itself: it says whether anything is being received at all.
function emptiness() {
  const box = byId("list-empty");
  box.hidden = state.order.length > 0;
  const silent = silentFeeds().length;
  const filtered = Object.keys(state.filters).length > 0;
  if (state.failed && !state.order.length) {
    fill(
      box,
      el("p", { class: "warn" }, t("list.failed", { why: state.failed })),
      tool(t("retry"), () => emit("filters")),
    );
    return;
  }
  const deaf = !state.health || state.live === "lost" || silent === steadyFeeds().length;
  fill(
    box,
    el("p", { class: "empty-title" }, t(filtered ? "list.empty_filtered" : "list.empty")),
    el(
      "p",
      { class: deaf || silent ? "warn" : "muted" },
      deaf ? t("list.deaf") : silent ? t("list.partly_deaf", { n: silent }) : t("list.all_received"),
    ),
  );
  byId("list-more").hidden = !state.next;
}

on("health", emptiness);
on("live", emptiness);

function cardOf(id) {
  const alert = state.alerts.get(id);
  const chosen = id === state.selected;
  const held = cards.get(id);
  const waits = of(id).length;
  if (
    held &&
    held.alert === alert &&
    held.chosen === chosen &&
    held.words === language() &&
    held.place === state.me_at &&
    held.waits === waits
  )
    return held.node;
  const node = card(alert, chosen, waits);
  if (held?.node.contains(document.activeElement)) queueMicrotask(() => node.focus());
  held?.node.replaceWith(node);
  cards.set(id, { node, alert, chosen, words: language(), place: state.me_at, waits });
  return node;
}

export function card(alert, chosen, waits) {
  const headline = translated(alert, "headline");
  const active = isActive(alert);
  const claims = fullest(alert.identities ?? []);
  return el(
    "li",
    {
      class: `card severity-${alert.severity} ${chosen ? "chosen" : ""} ${active ? "" : "over"} ${alert.state === "new" && active ? "fresh" : ""}`,
      data: { alert: alert.alert_id },
      tabindex: 0,
      "aria-current": chosen ? "true" : null,
      "aria-label": `${named("severity", alert.severity)}, ${named("state", alert.state)}: ${headline}`,
    },
    el("div", { class: "card-mark" }, severityMark(alert.severity, 26)),
    el(
      "div",
      { class: "card-body" },
      el(
        "div",
        { class: "card-top" },
        !isRuledOut(alert) && severityBadge(alert.severity),
        el("strong", {}, named("kind", alert.kind)),
        el("time", { class: "age", title: utc(alert.last_seen) }, ageText(alert)),
      ),
      el(
        "div",
        { class: "card-identity" },
        isOfCalls(alert) ? numbersLine(alert) : claims.slice(0, 1).map((one) => identityText(one, alert.networks)),
        claims.length > 1 && ` +${claims.length - 1}`,
      ),
      el(
        "div",
        { class: "card-facts" },
        badges(alert),
        waits > 0 && el("span", { class: "badge waits" }, t("queue.badge", { n: waits })),
        muted(alert) && el("span", { class: "badge plain" }, t("card.muted")),
        el("span", {}, sureText(alert)),
        alert.ruled_out_before && el("span", { class: "badge plain" }, ruledOutNear(alert)),
        el("span", {}, extent(alert)),
        active && isKnown(alert.speed_mps) && el("span", {}, movement(alert)),
        state.me_at && alert.position && el("span", {}, `↔ ${metres(away(alert.position).metres)}`),
        alert.assignee && el("span", { class: "who" }, alert.assignee),
      ),
    ),
  );
}

// How fast it moves, and where to, as far as that is known.
function movement(alert) {
  const speed = t("card.moving", { speed: number(alert.speed_mps * 3.6) });
  return isKnown(alert.bearing_deg) ? `${compass(alert.bearing_deg)} ${speed}` : speed;
}

// How far it reaches: a transmitter's place, or calls and those who got them.
function extent(alert) {
  if (isOfCalls(alert)) return sizeText(alert);
  return alert.position ? `± ${metres(alert.radius_m)}` : t("card.no_place");
}

const muted = (alert) => alert.muted_until && alert.muted_until > serverNow();
const ageText = (alert) => t("age.ago", { age: age(ageOf(alert)) });

// Ages grow by themselves.
function tick() {
  for (const { node, alert } of cards.values())
    node.querySelector("time").textContent = ageText(alert);
}
