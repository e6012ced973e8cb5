// What is known of a document, each value with the page it was read on, and a person's corrections.
import { icons } from "../icons.js";
import { changed } from "../store.js";
import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { counted, day, moment, named, number, t } from "../words.js";

let editing = ""; // the field that is being corrected

// Fields in the order in which they are looked for; what a person may correct, with its kind of input.
const FIELDS = [
  { name: "type", field: "document_type", shown: (value) => named("type", value) },
  { name: "number", field: "document_number" },
  { name: "expediente", field: "expediente" },
  { name: "date", field: "date", shown: day, input: "date" },
  { name: "sender", field: "sender" },
  { name: "office", field: "office" },
  { name: "recipients", field: "recipients", shown: (value) => value.join(" · "), isFixed: true },
  { name: "subject", field: "subject" },
  { name: "summary", field: "summary", isFixed: true },
  { name: "deadline", field: "deadline_days", shown: (value) => counted("day", value), isFixed: true },
  { name: "folios", field: "folios", shown: number, isFixed: true },
];

export function data({ found, mayCorrect, goTo, correct }) {
  return html`${found.text === "none" ? html`<p class="hint">${t("task.noText")}</p>` : nothing}
    ${found.degraded ? html`<p class="fault">${icons.warning} ${t("task.degraded")}</p>` : nothing}
    <dl class="data">
      ${FIELDS.map((one) => row({ one, found, mayCorrect, goTo, correct }))}
      ${plainRows(found).map(([name, value]) => html`<div><dt>${t(`doc.${name}`)}</dt><dd>${value}</dd></div>`)}
    </dl>`;
}

const isEmpty = (value) => value == null || value === "" || (Array.isArray(value) && !value.length);

function row({ one, found, mayCorrect, goTo, correct }) {
  const { name, field, shown = String } = one;
  const value = found[field];
  const isOpen = editing === field;
  if (isEmpty(value) && (one.isFixed || !mayCorrect)) return nothing;
  const [evidence] = found.evidence?.[field] ?? [];
  const correction = found.corrected?.[field];
  return html`<div><dt>${t(`doc.${name}`)}</dt><dd>
    ${isOpen ? form({ one, value, correct }) : html`${isEmpty(value) ? html`<span class="hint">—</span>` : shown(value)}
      ${evidence && !correction ? html`<button class="link where" title=${evidence.text} @click=${() => goTo(evidence.page)}>
        ${t("doc.readOn", { n: evidence.page })}</button>` : nothing}
      ${mayCorrect && !one.isFixed ? html`<button class="link where" @click=${() => edit(field)}
        aria-label=${t("doc.correctField", { name: t(`doc.${name}`) })}>${t("doc.correct")}</button>` : nothing}
      ${correction ? html`<p class="hint">${t("doc.correctedBy", { by: correction.by, at: moment(correction.at), was: isEmpty(correction.was) ? "—" : shown(correction.was) })}
        ${mayCorrect ? html`<button class="link" @click=${() => correct(field, null)}>${t("doc.takeBack")}</button>` : nothing}</p>` : nothing}`}
  </dd></div>`;
}

function form({ one, value, correct }) {
  const submit = async (event) => {
    event.preventDefault();
    // What could not be kept stays in its field, so that it need not be typed again.
    if (await correct(one.field, event.target.elements.value.value.trim())) edit("");
  };
  return html`<form class="inline" @submit=${submit} @keydown=${(event) => event.key === "Escape" && edit("")}>
    <label class="hidden" for="correction">${t(`doc.${one.name}`)}</label>
    <input id="correction" name="value" type=${one.input ?? "text"} maxlength="500" .value=${value ?? ""}>
    <button class="primary">${t("doc.save")}</button>
    <button type="button" @click=${() => edit("")}>${t("app.cancel")}</button>
  </form>`;
}

function edit(field) {
  editing = field;
  changed();
  // Behind the drawing, which waits in the same queue: what is typed next is the correction.
  if (field) queueMicrotask(() => document.getElementById("correction")?.focus());
}

const plainRows = (found) => [
  ["pages", found.pages && counted("page", found.pages)],
  ["device", found.device],
  ["arrived", found.arrived_at && moment(found.arrived_at)],
  ["status", t(`status.${found.status}`)],
  ["file", found.filename],
  ["describedBy", found.described_by && (found.described_by.startsWith("office-rules") ? t("doc.byRules") : found.described_by)],
].filter(([, value]) => value);
