// What lies under the markers, painted on the canvas: grid, cells, regions, tracks, truth, scale.

const SMALL_CELLS = 400; // more cells in sight than this are drawn smaller

class Drawing extends Sheet {
  constructor(canvas, camera, data) {
    super(canvas, camera);
    this.cells = data.cells.map(([lat, lon]) => camera.plane(lat, lon));
  }

  /** Paints everything: the alerts known at a time, the cells and the truth where asked for. */
  paint({ alerts, selected, layers, truth, at }) {
    const { pen, camera } = this;
    pen.fillStyle = this.colour("ground");
    pen.fillRect(0, 0, camera.width, camera.height);
    this.grid();
    if (layers.cells) this.dots();
    const above = alerts.filter((alert) => alert.alert_id === selected);
    const ordered = [...alerts.filter((alert) => alert.alert_id !== selected), ...above];
    for (const alert of ordered) {
      if (layers.regions) this.region(alert, alert.alert_id === selected);
    }
    if (layers.truth) for (const transmitter of truth) this.truth(transmitter, at);
    for (const alert of ordered) {
      if (layers.tracks) this.track(alert, alert.alert_id === selected);
    }
    this.gridWords();
    this.scaleBar();
  }

  path(places, close = false) {
    places.forEach(([lat, lon], index) => {
      const point = this.camera.screen(lat, lon);
      if (index) this.pen.lineTo(...point);
      else this.pen.moveTo(...point);
    });
    if (close) this.pen.closePath();
  }

  dots() {
    const { pen, camera } = this;
    const seen = this.cells.map(([x, y]) => camera.fromPlane(x, y)).filter(([left, top]) =>
      left > -3 && top > -3 && left < camera.width + 3 && top < camera.height + 3);
    const size = seen.length > SMALL_CELLS ? 2 : 4;
    pen.fillStyle = this.colour("cell");
    pen.beginPath();
    for (const [left, top] of seen) {
      pen.moveTo(left + size / 2, top);
      pen.arc(left, top, size / 2, 0, 2 * Math.PI);
    }
    pen.fill();
  }

  region(alert, chosen) {
    const { pen, camera } = this;
    const colour = this.colour(severityOf(alert));
    const closed = alert.status === "closed";
    pen.beginPath();
    for (const ring of polygons(alert.region).flat()) this.path(ring, true);
    if (!alert.region && alert.position && alert.radius_m) {
      const [left, top] = camera.screen(alert.position.lat, alert.position.lon);
      const radius = alert.radius_m * camera.pixelsPerMetre(alert.position.lat);
      pen.arc(left, top, radius, 0, 2 * Math.PI);
    }
    pen.globalAlpha = (closed ? 0.06 : 0.14) + (chosen ? 0.1 : 0);
    pen.fillStyle = colour;
    pen.fill("evenodd");
    pen.globalAlpha = 1;
    this.stroke(colour, chosen ? 2.5 : 1.25, closed ? [5, 4] : []);
  }

  track(alert, chosen) {
    if (!alert.track?.length) return;
    const places = alert.track.map(([, lat, lon]) => [lat, lon]);
    const { pen } = this;
    pen.beginPath();
    this.path(places);
    this.stroke(this.colour("ground"), chosen ? 7 : 5);
    this.stroke(this.colour(severityOf(alert)), chosen ? 3.5 : 2);
    pen.beginPath();
    for (const place of places) {
      const [left, top] = this.camera.screen(...place);
      pen.moveTo(left + 2.5, top);
      pen.arc(left, top, 2.5, 0, 2 * Math.PI);
    }
    pen.fillStyle = this.colour(severityOf(alert));
    pen.fill();
  }

  truth(transmitter, at) {
    const { pen } = this;
    const colour = this.colour("truth");
    pen.beginPath();
    this.path(transmitter.track.map(([, lat, lon]) => [lat, lon]));
    this.stroke(colour, 1.75, [2, 5]);
    const [left, top] = this.camera.screen(...placeAt(transmitter.track, at));
    pen.beginPath();
    for (const side of [-1, 1]) {
      pen.moveTo(left - 6, top - 6 * side);
      pen.lineTo(left + 6, top + 6 * side);
    }
    this.stroke(this.colour("ground"), 5.5);
    this.stroke(colour, 2.5);
    const onAir = transmitter.active.some(([from, to]) => at >= from && at <= to);
    const label = say(onAir ? "truth" : "truth_off", { id: transmitter.id });
    this.words(label, left, top + 16, colour, "center");
  }
}

/** The place on a timed track: linear between points, standing still beyond its ends. */
function placeAt(track, at) {
  const next = track.findIndex(([ts]) => ts >= at);
  if (next <= 0) return track.at(next).slice(1);
  const [before, after] = [track[next - 1], track[next]];
  const share = (at - before[0]) / (after[0] - before[0]);
  const turn = wrapped(after[2] - before[2]);
  return [before[1] + share * (after[1] - before[1]), before[2] + share * turn];
}
