// The list beside the map: each alert in a line or two, opened to say everything and why.

const MOST_IDENTITIES = 6;

/** How many stand behind an alert: phones and what they reported, or people and calls to them. */
function behind(alert, what) {
  const of = alert[what];
  if (what === "devices") return isOfCalls(alert) ? count(of, "person", "people") : count(of, "phone");
  return count(of, isOfCalls(alert) ? "call" : "report");
}

class Panel {
  constructor(list, revisions, pick) {
    Object.assign(this, { list, revisions, pick, items: new Map() });
    list.addEventListener("keydown", (event) => this.walk(event));
  }

  /** Lists alerts in the given order; the selected one is open. */
  show(alerts, selected) {
    const items = alerts.map((alert) => this.item(alert, alert.alert_id === selected));
    const same = items.length === this.list.children.length
      && items.every((item, index) => item === this.list.children[index]);
    if (!same) this.list.replaceChildren(...items);
  }

  /** Brings an alert's line into sight. */
  reveal(id, takeFocus) {
    const item = this.items.get(id);
    if (!item) return;
    item.scrollIntoView({ block: "nearest" });
    if (takeFocus) item.querySelector("button").focus({ preventScroll: true });
  }

  item(alert, chosen) {
    let item = this.items.get(alert.alert_id);
    if (!item) {
      item = stamp("alert");
      item.querySelector("button").addEventListener("click", () => this.pick(alert.alert_id));
      this.items.set(alert.alert_id, item);
    }
    if (item.dataset.revision !== String(alert.revision)) this.write(item, alert);
    item.classList.toggle("chosen", chosen);
    item.querySelector("button").setAttribute("aria-expanded", String(chosen));
    item.querySelector(".body").hidden = !chosen;
    return item;
  }

  write(item, alert) {
    item.dataset.revision = alert.revision;
    item.className = severityOf(alert);
    item.classList.toggle("closed", alert.status === "closed");
    item.querySelector(".shape").replaceChildren(stamp(`shape-${severityOf(alert)}`));
    const place = alert.position
      ? alert.radius_m === null ? degrees(alert.position)
        : say("within", { place: degrees(alert.position), radius: metres(alert.radius_m) })
      : say(isOfCalls(alert) ? "place_of_calls" : "no_place");
    const named = [...new Set(alert.shown.named)];
    const shown = named.slice(0, MOST_IDENTITIES);
    const more = named.length - shown.length;
    fill(item, {
      severity: isRuledOut(alert) ? "" : severityWord(severityOf(alert)),
      status: statusOf(alert),
      probability: sureText(alert),
      headline: alert.shown.headline,
      brief: say("brief", { kind: capital(alert.shown.kind), who: behind(alert, "devices"),
        time: clock(alert.last_seen) }),
      chance: sureText(alert),
      behind: say("behind", { who: behind(alert, "devices"), what: behind(alert, "reports") }),
      first: moment(alert.first_seen),
      last: moment(alert.last_seen),
      decided: moment(alert.ts),
      place,
      movement: movement(alert),
      whose: say(isOfCalls(alert) ? "numbers" : "poses_as"),
      identities: [...shown, ...(more > 0 ? [say("more", { n: more })] : [])].join("\n")
        || say("unknown"),
      id: say("id", { id: alert.alert_id, n: alert.revision, all: this.revisions(alert.alert_id) }),
    });
    const share = isRuledOut(alert) ? 0 : alert.probability;
    item.querySelector(".body .bar i").style.width = `${share * 100}%`;
    const heaviest = Math.max(1e-9, ...alert.evidence.map((share) => Math.abs(share.weight)));
    item.querySelector(".evidence").replaceChildren(
      ...alert.evidence.map((share, at) =>
        this.evidence(share, alert.shown.evidence[at], heaviest)));
  }

  evidence(share, [rule, explanation], heaviest) {
    const row = stamp("evidence");
    fill(row, {
      detector: capital(rule),
      weight: say("weight",
        { weight: `${share.weight < 0 ? "−" : "+"}${Math.abs(share.weight).toFixed(1)}` }),
      explanation,
      span: say("span", { findings: count(share.count, "finding"), first: clock(share.first_ts),
        last: clock(share.last_ts) }),
    });
    row.querySelector(".bar i").style.width = `${(Math.abs(share.weight) / heaviest) * 100}%`;
    row.classList.toggle("against", share.weight < 0);
    return row;
  }

  walk(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const here = event.target.closest("li");
    if (!step || !here || here.parentNode !== this.list) return;
    event.preventDefault();
    const next = this.list.children[[...this.list.children].indexOf(here) + step];
    next?.querySelector("button").focus();
  }
}
