// Markers: one real button for each placed alert, so that keys and screen readers reach them.

const ROOM_PX = 4;
const LABEL_PX = 40; // from the place to the words, and their edges
const CHARACTER_PX = 6.6;

class Markers {
  constructor(layer, camera, { pick, changed }) {
    Object.assign(this, { layer, camera, pick, changed, buttons: new Map() });
  }

  /** Places a button for each alert and takes away those of alerts that are not known. */
  show(alerts, selected) {
    const placed = alerts.filter((alert) => alert.position);
    const known = new Set(placed.map((alert) => alert.alert_id));
    for (const [id, button] of this.buttons) {
      if (known.has(id)) continue;
      button.remove();
      this.buttons.delete(id);
    }
    const rank = (alert) => (alert.alert_id === selected ? 10 : SEVERITIES.indexOf(alert.severity));
    const places = placed.map((alert) =>
      [alert, ...this.camera.screen(alert.position.lat, alert.position.lon)]);
    const taken = places.map(([, left, top]) => [left - 10, top - 10, left + 10, top + 10]);
    for (const [alert, left, top] of places.sort((one, other) => rank(other[0]) - rank(one[0]))) {
      const button = this.button(alert);
      button.style.transform = `translate(${left}px, ${top}px)`;
      button.style.zIndex = String(rank(alert) + 1);
      button.setAttribute("aria-pressed", String(alert.alert_id === selected));
      this.label(button, left, top, taken);
    }
  }

  /** Puts the words on the side that has room; hides them, until pointed at, where none has. */
  label(button, left, top, taken) {
    const wide = LABEL_PX + CHARACTER_PX * Math.max(...[...button.querySelectorAll(".label span")]
      .map((line) => line.textContent.length));
    const sides = [[left + 16, left + wide], [left - wide, left - 16]]
      .map(([from, to]) => [from, top - 18, to, top + 18]);
    const free = (box) => !taken.some((other) => overlap(box, other));
    const chosen = sides.findIndex((box, second) =>
      free(box) && (second ? box[0] > 0 : box[2] < this.camera.width));
    const turned = chosen === 1 || (chosen < 0 && sides[0][2] > this.camera.width);
    button.classList.toggle("turned", turned);
    button.classList.toggle("crowded", chosen < 0);
    if (chosen >= 0) taken.push(sides[chosen]);
  }

  button(alert) {
    let button = this.buttons.get(alert.alert_id);
    if (!button) {
      button = document.createElement("button");
      button.type = "button";
      button.addEventListener("click", () => this.pick(alert.alert_id));
      button.addEventListener("focus", () => this.bringIntoSight(button));
      this.buttons.set(alert.alert_id, button);
      this.layer.append(button);
    }
    if (button.dataset.revision === String(alert.revision)) return button;
    button.dataset.revision = alert.revision;
    const severity = severityOf(alert);
    const name = isRuledOut(alert) ? capital(sureText(alert))
      : say("marker", { severity: severityWord(severity), sure: sureText(alert) });
    const state = isMoving(alert) && alert.status !== "closed"
      ? say(hasCourse(alert) ? "marker_moving" : "marker_moving_somewhere",
        hasCourse(alert) ? { point: pointOf(alert) } : {})
      : statusOf(alert);
    button.className = `marker ${severity}`;
    button.classList.toggle("closed", alert.status === "closed");
    button.setAttribute("aria-label",
      say("marker_said", { name, status: statusOf(alert), headline: alert.shown.headline }));
    const label = document.createElement("span");
    label.className = "label";
    for (const text of [name, state]) {
      const line = document.createElement("span");
      line.textContent = text;
      label.append(line);
    }
    button.replaceChildren(this.shape(alert, severity), label);
    return button;
  }

  /** Keys can reach a marker that lies beyond the edge: the map then moves there. */
  bringIntoSight(button) {
    const { camera } = this;
    const frame = this.layer.parentNode.getBoundingClientRect();
    const here = button.getBoundingClientRect();
    const right = here.left + here.width / 2 - frame.left;
    const down = here.top + here.height / 2 - frame.top;
    if (right > 0 && down > 0 && right < camera.width && down < camera.height) return;
    camera.pan(camera.width / 2 - right, camera.height / 2 - down);
    this.changed();
  }

  shape(alert, severity) {
    const shape = stamp(`shape-${severity}`);
    if (hasCourse(alert) && alert.status !== "closed") {
      const arrow = stamp("shape-arrow").firstElementChild;
      arrow.setAttribute("transform", `rotate(${alert.bearing_deg})`);
      shape.prepend(arrow);
    }
    return shape;
  }
}

function overlap(one, other) {
  return one[0] < other[2] + ROOM_PX && other[0] < one[2] + ROOM_PX
    && one[1] < other[3] + ROOM_PX && other[1] < one[3] + ROOM_PX;
}
