// What happened to a document, oldest first, and who asked for it.
import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { moment, spoken, t } from "../words.js";

export const history = ({ items, trace_id: trace }) => html`
  <ol class="history">${items.map((one) => html`<li><time datetime=${one.at}>${moment(one.at)}</time> <span>${said(one)}</span></li>`)}</ol>
  ${trace ? html`<p class="hint">${t("history.trace")} <code>${trace}</code></p>` : nothing}`;

function said({ event, stage, stage_label: label, code, by }) {
  const what = event === "stage" ? (spoken() === "es" ? label : t(`stage.${stage}`)) : t(`history.${event}`);
  return html`${what}${code ? html` <code>${code}</code>` : nothing}${by ? html` <span class="hint">${t("history.by", { by })}</span>` : nothing}`;
}
