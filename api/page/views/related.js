// The letters around a letter, and the documents that say much the same.
import { facts, nameOf } from "../facts.js";
import { icons } from "../icons.js";
import { link } from "../route.js";
import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { t } from "../words.js";

export function related({ thread, similar }, nearDuplicates) {
  const linked = ["answers", "answered_by", "mentions", "mentioned_by"];
  const isAlone = linked.every((name) => !thread[name].length) && !thread.candidates.length;
  const title = { answers: "answers", answered_by: "answeredBy", mentions: "mentions", mentioned_by: "mentionedBy" };
  return html`
    ${nearDuplicates.length ? group("near", nearDuplicates.map(({ id, similarity }) => html`<li>
      <a href=${link(["document", id])}>${t("file.see")}</a> <span class="count">${Math.round(100 * similarity)} %</span></li>`)) : nothing}
    ${linked.map((name) => thread[name].length ? group(title[name], thread[name].map(linkRow)) : nothing)}
    ${thread.candidates.length ? group("candidates", thread.candidates.map(candidateRow)) : nothing}
    ${isAlone && !nearDuplicates.length ? html`<p class="hint">${t("doc.alone")}</p>` : nothing}
    ${similar.length ? group("similar", similar.map((one) => html`<li>${letter(one)}</li>`)) : html`<p class="hint">${t("doc.noSimilar")}</p>`}`;
}

const group = (name, rows) => html`<h2>${t(`doc.${name}`)}</h2><ul class="letters">${rows}</ul>`;

const letter = (one) => html`<a href=${link(["document", one.document_id])}>${icons.file} ${nameOf(one)}</a>
  <span class="hit-facts">${facts(one)}</span>`;

const linkRow = (one) => html`<li>
  ${one.document ? letter(one.document) : html`<span>${one.number} <span class="hint">(${t("doc.notHere")})</span></span>`}
  <q>${one.words}</q></li>`;

const candidateRow = (one) => html`<li><span>${one.number}</span> <q>${one.words}</q>
  <ul class="letters">${one.documents.map((document_) => html`<li>${letter(document_)}</li>`)}</ul></li>`;
