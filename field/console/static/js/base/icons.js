// The page's small pictures, drawn here so that no device's fonts decide whether they are seen.

import { svg, tool } from "./dom.js";
import { t } from "./words.js";

const PATHS = {
  sound:
    "M4 9.500 H8 L13 5 V19 L8 14.500 H4 Z M16.500 8.500 A5 5 0 0 1 16.500 15.500 M19 6 A8.500 8.500 0 0 1 19 18",
  muted:
    "M4 9.500 H8 L13 5 V19 L8 14.500 H4 Z M16.500 9.500 L21.500 14.500 M21.500 9.500 L16.500 14.500",
  plus: "M12 5 V19 M5 12 H19",
  minus: "M5 12 H19",
  fit: "M4 9 V4 H9 M15 4 H20 V9 M20 15 V20 H15 M9 20 H4 V15",
  home: "M3 11.500 L12 4 L21 11.500 M5.500 9.500 V20 H18.500 V9.500 M10 20 V14 H14 V20",
  locate: "M12 2 V6 M12 18 V22 M2 12 H6 M18 12 H22 M12 6 A6 6 0 1 0 12.010 6 Z M12 11.500 V12.500",
  layers:
    "M12 3 L21.500 8 L12 13 L2.500 8 Z M3.500 12.500 L12 17 L20.500 12.500 M3.500 16.500 L12 21 L20.500 16.500",
  auto: "M12 3 A9 9 0 1 0 12.010 3 Z M12 3 V21 M14.500 5 V19 M17.500 7 V17",
  light:
    "M12 7.500 A4.500 4.500 0 1 0 12.010 7.500 Z M12 2 V4 M12 20 V22 M2 12 H4 M20 12 H22 M5 5 L6.500 6.500 M17.500 17.500 L19 19 M5 19 L6.500 17.500 M17.500 6.500 L19 5",
  dark: "M20 14 A8.500 8.500 0 1 1 10 4 A6.500 6.500 0 0 0 20 14 Z",
  close: "M6 6 L18 18 M18 6 L6 18",
};

export const icon = (name, size = 20) =>
  svg(
    "svg",
    { class: "icon-mark", viewBox: "0 0 24 24", width: size, height: size, "aria-hidden": "true" },
    svg("path", { d: PATHS[name] }),
  );

export const closeButton = (act) =>
  tool(icon("close"), act, { class: "tool icon close", "aria-label": t("close"), title: t("close") });

// Fills the frame's buttons that name a picture.
export function draw(root = document) {
  for (const node of root.querySelectorAll("[data-icon]"))
    node.replaceChildren(icon(node.dataset.icon));
}
