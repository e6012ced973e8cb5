// Where a document stands, in a line and a bar: in the tray, and on the document itself.
import { hasEnded } from "./live.js";
import { html } from "./vendor/lit-html/lit-html.js";
import { counted, duration, moment, number, spoken, t } from "./words.js";

export const bar = (percent, name) => html`<progress max="100" .value=${percent} aria-label=${t("task.progress", { name })}></progress>`;

export function taskLine(task) {
  const parts = [];
  if (!hasEnded(task) && task.stage) parts.push(spoken() === "es" ? task.stage_label : t(`stage.${task.stage}`));
  if (task.pages_total && !hasEnded(task) && task.stage === "extract") {
    parts.push(t("task.pages", { done: number(task.pages_done), all: number(task.pages_total) }));
  } else if (task.pages_total) {
    parts.push(counted("page", task.pages_total));
  }
  if (!hasEnded(task) && task.searchable) parts.push(t("status.searchable"));
  if (!hasEnded(task) && task.eta_seconds > 3) parts.push(t("task.eta", { time: duration(task.eta_seconds) }));
  if (task.next_retry_at) parts.push(t("task.again", { time: moment(task.next_retry_at) }));
  if (task.status === "completed" && task.text === "none") parts.push(t("task.noText"));
  else if (task.status === "completed" && task.degraded) parts.push(t("task.degraded"));
  return parts.join(" · ");
}
