// What the page's words mean: all of them, or those in which what is typed stands.

import { el, fill } from "../base/dom.js";
import { inWords, language, t } from "../base/words.js";

// Each with its term, in order of the language; a term that the page has elsewhere is taken from there.
export function entries(glossary) {
  const named = Object.entries(glossary).map(([key, { word, term, also, text }]) => ({
    key,
    term: word ? t(word) : term,
    text: inWords(text),
    searched: `${word ? t(word) : term} ${also} ${inWords(text)}`.toLowerCase(),
  }));
  return named.sort((a, b) => a.term.localeCompare(b.term, language()));
}

// Those in which each of the words stands; all where nothing is asked.
export function found(all, asked) {
  const words = asked.toLowerCase().split(/\s+/).filter(Boolean);
  return all.filter(({ searched }) => words.every((word) => searched.includes(word)));
}

export function glossaryOf(glossary) {
  const all = entries(glossary);
  const list = el("dl", { class: "glossary" });
  const count = el("p", { class: "muted small", role: "status" });
  const search = el("input", {
    type: "search",
    placeholder: t("help.search"),
    "aria-label": t("help.search"),
    autocomplete: "off",
  });
  const draw = () => {
    const some = found(all, search.value);
    count.textContent = some.length ? t("help.found", { n: some.length }) : t("help.none");
    fill(
      list,
      some.map(({ key, term, text }) => [
        el("dt", { data: { term: key } }, term),
        el("dd", {}, text),
      ]),
    );
  };
  search.addEventListener("input", draw);
  draw();
  return [search, count, list];
}
