// Cases about numbers: complaints that are put to the carrier, answered and closed; an appeal opens one again.
// Each step is on the audit trail.

import { optional, post } from "../data/api.js";
import { button, el, field, fill, table } from "../base/dom.js";
import { notify } from "../base/notice.js";
import { hashText } from "./of_calls.js";
import { clock, named, t } from "../base/words.js";

// As the server has it: what can be done in each state.
const DEEDS = {
  open: ["dispatch", "close"],
  dispatched: ["dispatch", "answer", "close"],
  answered: ["dispatch", "close"],
  closed: ["reopen"],
};
const MOST = 200;

export async function checksPanel(box) {
  const answer = await optional("/api/number-cases");
  if (!answer) return fill(box, el("p", { class: "muted" }, t("panel.missing")));
  const text = el("input", { type: "text", name: "remark", maxlength: 1000 });
  const act = (one, deed) => step(box, one, deed, text);
  return fill(
    box,
    el("p", { class: "muted" }, t("checks.how")),
    field(t("checks.remark"), text),
    answer.cases.length
      ? table(
          [
            t("checks.case"),
            t("numbers.number"),
            t("checks.opened"),
            t("checks.state"),
            t("checks.answerable"),
            t("checks.answer"),
            t("checks.next"),
          ],
          answer.cases.slice(0, MOST).map((one) => row(one, act)),
        )
      : el("p", { class: "muted" }, t("checks.none")),
  );
}

const row = (one, act) => [
  [el("code", {}, one.case_id), one.category && el("small", {}, ` ${one.category}`)],
  [hashText(one.number), one.number_class && el("small", {}, ` ${named("class", one.number_class)}`)],
  clock(one.opened_ts),
  named("check", one.state),
  one.sent_to ?? one.answerable,
  one.answer,
  DEEDS[one.state].map((deed) =>
    button(t(`checks.${deed}`), () => act(one, deed), {
      class: "tool",
      data: { deed, case: one.case_id },
    }),
  ),
];

// What is written stands for whom it is sent to, or for what was answered.
async function step(box, one, deed, text) {
  const written = text.value.trim() || undefined;
  const body = { deed };
  if (deed === "dispatch") body.sent_to = written;
  else if (deed === "answer") body.answer = written;
  else if (written) body.note = written;
  try {
    await post(`/api/number-cases/${encodeURIComponent(one.case_id)}/steps`, body);
    await checksPanel(box);
  } catch (error) {
    notify(t("checks.failed", { why: error.message }), "error");
  }
}
