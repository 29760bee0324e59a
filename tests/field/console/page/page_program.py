"""Runs programs that import the page's modules, where node is."""

import json
import subprocess
from pathlib import Path
from typing import Any

from detectors.model.words import Language
from field.console.page import page_words

STATIC = Path(__file__).parents[4] / "field" / "console" / "static"
#: Timers go off when `next()` is called, the one that is due first; `pauses` are how long each was.
TIMERS = """
const timers = [];
const pauses = [];
globalThis.setTimeout = (act, pause, ...rest) => {
  const timer = { act: () => act(...rest), pause };
  pauses.push(pause);
  timers.push(timer);
  return timer;
};
globalThis.clearTimeout = (timer) => {
  if (timers.includes(timer)) timers.splice(timers.indexOf(timer), 1);
};
const turn = () => new Promise((done) => setImmediate(done));
const settled = async () => { for (let n = 0; n < 5; n++) await turn(); };
const next = async () => {
  await settled();
  timers.sort((a, b) => a.pause - b.pause).shift()?.act();
  await settled();
};
"""


def with_words(language: Language) -> str:
    """How a program begins that writes in a language."""
    return (
        f"const words = {json.dumps(page_words(language))};"
        "globalThis.fetch = async () => ({ json: async () => words });"
        "globalThis.document = { documentElement: {} };"
        "const { load } = await import('./js/base/words.js');"
        f"await load('{language}');"
    )


def asked_of_the_page(program: str) -> Any:
    """What a program prints as JSON that imports the page's modules."""
    run = ["node", "--input-type=module", "--experimental-default-type=module", "-e", program]
    done = subprocess.run(run, capture_output=True, text=True, check=True, cwd=STATIC)
    return json.loads(done.stdout)
