// Hands on the map: mouse, wheel, one finger, two fingers, and keys. Moves the camera only.

const KEY_STEP = 80; // pixels
const KEY_ZOOM = 1.5;

function listenForGestures(box, camera, { changed, all, release }) {
  const fingers = new Map();
  const at = (event) => {
    const frame = box.getBoundingClientRect();
    return [event.clientX - frame.left, event.clientY - frame.top];
  };

  box.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || event.target.closest("button")) return;
    box.setPointerCapture(event.pointerId);
    fingers.set(event.pointerId, at(event));
    box.classList.add("held");
  });
  box.addEventListener("pointermove", (event) => {
    const was = fingers.get(event.pointerId);
    if (!was) return;
    const before = spread(fingers);
    const now = at(event);
    fingers.set(event.pointerId, now);
    const share = 1 / fingers.size; // two fingers that move alike pan as one does
    camera.pan((now[0] - was[0]) * share, (now[1] - was[1]) * share);
    const after = spread(fingers);
    if (before && after) camera.zoom(after.apart / before.apart, ...after.middle);
    changed();
  });
  const lift = (event) => {
    fingers.delete(event.pointerId);
    if (!fingers.size) box.classList.remove("held");
  };
  box.addEventListener("pointerup", lift);
  box.addEventListener("pointercancel", lift);

  box.addEventListener("wheel", (event) => {
    event.preventDefault();
    const lines = event.deltaMode === 0 ? event.deltaY : event.deltaY * 30;
    camera.zoom(Math.exp(-Math.max(-300, Math.min(300, lines)) / 400), ...at(event));
    changed();
  }, { passive: false });
  box.addEventListener("dblclick", (event) => {
    if (event.target.closest("button")) return;
    camera.zoom(2, ...at(event));
    changed();
  });

  const acts = { in: () => camera.zoom(KEY_ZOOM), out: () => camera.zoom(1 / KEY_ZOOM), all };
  box.addEventListener("click", (event) => {
    const act = acts[event.target.closest("[data-act]")?.dataset.act];
    if (!act) return;
    act();
    changed();
  });

  const keys = {
    ArrowLeft: () => camera.pan(KEY_STEP, 0),
    ArrowRight: () => camera.pan(-KEY_STEP, 0),
    ArrowUp: () => camera.pan(0, KEY_STEP),
    ArrowDown: () => camera.pan(0, -KEY_STEP),
    "+": acts.in, "=": acts.in, "-": acts.out, "_": acts.out, "0": all, Home: all,
    Escape: release,
  };
  box.addEventListener("keydown", (event) => {
    const act = keys[event.key];
    if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    act();
    changed();
  });
}

/** How far two fingers are apart, and their middle; null unless there are two. */
function spread(fingers) {
  if (fingers.size !== 2) return null;
  const [one, other] = [...fingers.values()];
  return {
    apart: Math.max(1, Math.hypot(one[0] - other[0], one[1] - other[1])),
    middle: [(one[0] + other[0]) / 2, (one[1] + other[1]) / 2],
  };
}
