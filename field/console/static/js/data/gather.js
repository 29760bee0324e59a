// Gathers what comes faster than it can be seen, and hands it over together: once a frame, and of a
// page that nobody looks at, which has no frames, a few times a second (it may have to sound).

const UNSEEN_MS = 250;

// `take` gets what came since it got something last, in order.
export function gathered(take) {
  let held = [];
  let waiting = false;
  const hand = () => {
    waiting = false;
    const together = held;
    held = [];
    take(together);
  };
  return (one) => {
    held.push(one);
    if (waiting) return;
    waiting = true;
    // Frames end when the page is hidden meanwhile: the timer is there for that too.
    const timer = setTimeout(once, UNSEEN_MS);
    const frame = requestAnimationFrame(once);
    function once() {
      clearTimeout(timer);
      cancelAnimationFrame(frame);
      hand();
    }
  };
}
