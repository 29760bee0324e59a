// When the map is drawn: after the list, and never while a new list is on its way. Without a graphics
// card one frame of it can take a quarter of a second, in which nothing else on the page is painted.

const AFTER_LIST_MS = 30;
const AFTER_FRAME_MS = 30;
// A list that doesn't come lets the map go on all the same.
const MOST_HELD_MS = 1000;

let frames = null; // asks the library for a frame
let holding = null;
let asked = false;

// All frames of the library, also those of its movements, are asked for by this one method of its.
export function pace(map) {
  frames = map.triggerRepaint.bind(map);
  map.triggerRepaint = () => {
    if (holding === null) frames();
    else asked = true;
  };
}

// No frames from now on, until `release`.
export function hold() {
  clearTimeout(holding);
  holding = setTimeout(go, MOST_HELD_MS);
}

// The list has changed: frames again once it is painted.
export function release() {
  if (holding !== null) painted(go);
}

function go() {
  clearTimeout(holding);
  holding = null;
  if (asked) frames();
  asked = false;
}

const painted = (act) => requestAnimationFrame(() => setTimeout(act, AFTER_FRAME_MS));

let frame = null;
let timer = null;
let due = Infinity;

// Calls `act` once for many wishes: after the next painting of the list, and `pause_ms` from now or
// later. The earliest wish counts. Of a page that nobody looks at, once it is looked at.
export function later(act, pause_ms = 0) {
  const at = performance.now() + pause_ms;
  if (at >= due) return;
  due = at;
  cancelAnimationFrame(frame);
  clearTimeout(timer);
  frame = requestAnimationFrame(() => {
    timer = setTimeout(
      () => {
        due = Infinity;
        act();
      },
      Math.max(AFTER_LIST_MS, at - performance.now()),
    );
  });
}
