// The empty sheet that the map is drawn on: brush and words, grid in degrees, scale bar.

const FONT = "11px system-ui, sans-serif";
const GRID_PX = 110;
const SCALE_PX = 120;

/** The greatest of 1, 2 and 5 times a power of ten that is not above a value. */
function roundDown(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return [5, 2, 1].find((step) => step * power <= value) * power;
}

/** The palette of the style sheet, which knows of dark and light. */
function palette() {
  const style = getComputedStyle(document.documentElement);
  return (name) => style.getPropertyValue(`--${name}`).trim();
}

class Sheet {
  constructor(canvas, camera) {
    Object.assign(this, { canvas, camera, colour: palette() });
    this.pen = canvas.getContext("2d");
  }

  resize(width, height) {
    const density = window.devicePixelRatio || 1;
    this.canvas.width = Math.round(width * density);
    this.canvas.height = Math.round(height * density);
    this.pen.setTransform(density, 0, 0, density, 0, 0);
  }

  stroke(colour, width, dash = []) {
    Object.assign(this.pen, { strokeStyle: colour, lineWidth: width, lineJoin: "round" });
    this.pen.setLineDash(dash);
    this.pen.stroke();
    this.pen.setLineDash([]);
  }

  /** Words with a halo, so that they can be read on anything. */
  words(text, left, top, colour, align = "left") {
    const { pen } = this;
    Object.assign(pen, { font: FONT, textAlign: align, textBaseline: "middle", lineJoin: "round" });
    Object.assign(pen, { strokeStyle: this.colour("ground"), lineWidth: 3, fillStyle: colour });
    pen.strokeText(text, left, top);
    pen.fillText(text, left, top);
  }

  /** Parallels and meridians in sight: a step in degrees, and [degrees, pixel] of each line. */
  lines() {
    const { camera } = this;
    const [north, west] = camera.degrees(...camera.toPlane(0, 0));
    const [south, east] = camera.degrees(...camera.toPlane(camera.width, camera.height));
    const step = roundDown(Math.max(1e-6, (GRID_PX / camera.width) * (east - west) * 1.6));
    const steps = (from, to) => Array.from(
      { length: Math.floor(to / step + 1e-9) - Math.ceil(from / step - 1e-9) + 1 },
      (_, index) => (Math.ceil(from / step - 1e-9) + index) * step);
    const lats = steps(south, north).map((lat) => [lat, camera.screen(lat, camera.meridian)[1]]);
    const lons = steps(west, east).map((lon) => {
      const x = EARTH_M * (lon - camera.meridian) * (Math.PI / 180);
      return [lon, camera.fromPlane(x, 0)[0]];
    });
    return { step, lats, lons };
  }

  grid() {
    const { pen, camera } = this;
    const { lats, lons } = this.lines();
    pen.beginPath();
    for (const [, top] of lats) {
      pen.moveTo(0, Math.round(top) + 0.5);
      pen.lineTo(camera.width, Math.round(top) + 0.5);
    }
    for (const [, left] of lons) {
      pen.moveTo(Math.round(left) + 0.5, 0);
      pen.lineTo(Math.round(left) + 0.5, camera.height);
    }
    this.stroke(this.colour("grid"), 1);
  }

  /** Names the lines of the grid; painted last, so that nothing hides them. */
  gridWords() {
    const { camera } = this;
    const { step, lats, lons } = this.lines();
    const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
    const name = (value, ends) =>
      `${Math.abs(value).toFixed(digits)}° ${ends[value < 0 ? 1 : 0]}`;
    for (const [lon, left] of lons) {
      if (left > 76 && left < camera.width - 80) {
        this.words(name(wrapped(lon), "EW"), left, 11, this.colour("muted"), "center");
      }
    }
    for (const [lat, top] of lats) {
      if (top > 24 && top < camera.height - 56) {
        this.words(name(lat, "NS"), 6, top, this.colour("muted"));
      }
    }
  }

  scaleBar() {
    const { pen, camera } = this;
    const length = roundDown(SCALE_PX / camera.pixelsPerMetre(camera.middleLat()));
    const wide = length * camera.pixelsPerMetre(camera.middleLat());
    const top = camera.height - 14;
    pen.beginPath();
    pen.moveTo(10, top - 6);
    pen.lineTo(10, top);
    pen.lineTo(10 + wide, top);
    pen.lineTo(10 + wide, top - 6);
    this.stroke(this.colour("ground"), 5);
    this.stroke(this.colour("ink"), 1.75);
    this.words(metres(length), 10 + wide / 2, top - 10, this.colour("ink"), "center");
  }
}
