// Small drawings for the map: the pictures of alerts, sensors and where to measure; its foot.

import { byId } from "../base/dom.js";
import { SEVERITIES } from "../data/filters.js";
import { mapImage, picture } from "../base/marks.js";
import { state } from "../data/state.js";
import { pixelMetres } from "../base/sphere.js";
import { dress, metres, number, t } from "../base/words.js";

const SIZE = 22;
const WIDEST_PX = 120;

const sign = (paint) =>
  picture(SIZE, (pen) => {
    pen.lineWidth = 2;
    paint(pen);
  });

function disc(pen, fillStyle, rim) {
  pen.beginPath();
  pen.arc(11, 11, 8, 0, 2 * Math.PI);
  pen.fillStyle = fillStyle;
  pen.fill();
  pen.strokeStyle = rim;
  pen.stroke();
}

function strokes(pen, color, path) {
  pen.strokeStyle = color;
  pen.stroke(new Path2D(path));
}

// A sensor that reports has waves, one that is silent is crossed out.
function images(paint) {
  return [
    [
      "sensor-live",
      sign(
        (pen) => {
          disc(pen, paint.own, paint.halo);
          strokes(pen, paint.halo, "M11 15 V10 M8 9 A4 4 0 0 1 14 9 M6.5 7 A7 7 0 0 1 15.5 7");
        },
      ),
    ],
    [
      "sensor-silent",
      sign(
        (pen) => {
          disc(pen, paint.halo, paint.faint);
          strokes(pen, paint.faint, "M7 7 L15 15 M15 7 L7 15");
        },
      ),
    ],
    [
      "measure-here",
      sign(
        (pen) => {
          disc(pen, paint.halo, paint.bearing);
          strokes(pen, paint.bearing, "M11 1 V7 M11 15 V21 M1 11 H7 M15 11 H21");
        },
      ),
    ],
  ];
}

// All pictures, in the page's colours.
export function put(map, paint) {
  const made = [false, true].flatMap((chosen) =>
    SEVERITIES.map((one) => [
      `severity-${one}${chosen ? "-chosen" : ""}`,
      mapImage(one, chosen, paint),
    ]),
  );
  for (const [id, { data, pixelRatio }] of [...made, ...images(paint)]) {
    if (map.hasImage(id)) map.updateImage(id, data);
    else map.addImage(id, data, { pixelRatio });
  }
}

// Puts them also when the map looks for one in vain: tiles that one style asked for may be drawn with the next,
// before anybody has put its pictures.
export const putWhenMissed = (map, paint) => map.setMissingStyleImageResolver(() => put(map, paint()));

// Says whose map it is, and whether some alerts are left out of it.
export function attribute() {
  const notes = [state.me.basemap?.attribution || t("map.outline")];
  if (state.pinsLeftOut) notes.unshift(t("map.left_out", { n: number(state.pins.size) }));
  byId("attribution").textContent = notes.join(" · ");
}

// The library calls its canvas "Map", in English, as the pane about it is called already.
export function name(map) {
  map.getCanvas().dataset.wordLabel = "map.canvas";
  dress(byId("map"));
}

// A bar of a round length.
export function scale(map) {
  const metresOfPixel = pixelMetres(map.getCenter().lat, map.getZoom());
  const most = metresOfPixel * WIDEST_PX;
  const power = 10 ** Math.floor(Math.log10(most));
  const length = [5, 2, 1].map((one) => one * power).find((one) => one <= most);
  byId("scale").style.setProperty("inline-size", `${length / metresOfPixel}px`);
  byId("scale").textContent = metres(length);
}
