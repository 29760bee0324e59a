// Markers: one real button for each placed alert, so that keys and screen readers reach them.

const ROOM_PX = 4;

class Markers {
  constructor(layer, camera, pick) {
    Object.assign(this, { layer, camera, pick, buttons: new Map() });
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
    const taken = [];
    for (const alert of [...placed].sort((one, other) => rank(other) - rank(one))) {
      const button = this.button(alert);
      const [left, top] = this.camera.screen(alert.position.lat, alert.position.lon);
      button.style.transform = `translate(${left}px, ${top}px)`;
      button.style.zIndex = String(rank(alert) + 1);
      button.setAttribute("aria-pressed", String(alert.alert_id === selected));
      const wide = Math.max(...[...button.querySelectorAll(".label span")]
        .map((line) => line.textContent.length)) * 6.6 + 30;
      const box = [left - 12, top - 18, left + wide, top + 18];
      button.classList.toggle("crowded", taken.some((other) => overlap(box, other)));
      if (!button.classList.contains("crowded")) taken.push(box);
    }
  }

  button(alert) {
    let button = this.buttons.get(alert.alert_id);
    if (!button) {
      button = document.createElement("button");
      button.type = "button";
      button.addEventListener("click", () => this.pick(alert.alert_id));
      this.buttons.set(alert.alert_id, button);
      this.layer.append(button);
    }
    if (button.dataset.revision === String(alert.revision)) return button;
    button.dataset.revision = alert.revision;
    const severity = severityOf(alert);
    const name = `${capital(severity)}, ${percent(alert.probability)}`;
    const state = isMoving(alert) && alert.status !== "closed"
      ? `moving ${POINTS[Math.round(alert.bearing_deg / 45) % 8]}` : statusOf(alert);
    button.className = `marker ${severity}`;
    button.classList.toggle("closed", alert.status === "closed");
    button.setAttribute("aria-label", `${name}, ${statusOf(alert)}. ${alert.headline}`);
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

  shape(alert, severity) {
    const shape = stamp(`shape-${severity}`);
    if (isMoving(alert) && alert.status !== "closed") {
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
