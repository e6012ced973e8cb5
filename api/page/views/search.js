// Search: as you type, with what it may go on with; filters with counts; the hit's page beside the list.
import { call } from "../api.js";
import { combobox } from "../combobox.js";
import { facts, nameOf } from "../facts.js";
import { icons } from "../icons.js";
import { go, link, replace } from "../route.js";
import { fetchAhead, forgetPages, line, sheet } from "../sheet.js";
import { markedWords, snippet } from "../snippet.js";
import { changed, isCommon } from "../store.js";
import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { repeat } from "../vendor/lit-html/directives/repeat.js";
import { counted, day, named, number, t } from "../words.js";

const PAUSE = 160; // milliseconds without a key, after which is asked
const REST = 250; // milliseconds that a hit is looked at, after which its places are asked for: a mouse passes over many
const LIMIT = 20;
const FACETS = ["type", "office", "sender", "year", "month", "device"];
// The parameter of the API that a facet's value goes to.
const FILTERS = { type: "document_type", office: "office", sender: "sender", year: "year", month: "month", device: "device" };
const OFFERED = ["date_from", "date_to"];

let asked = {}; // what the address says
let answer = null;
let fault = "";
let isBusy = false;
let selected = 0;
let place = 0;
let timer;
let resting;
let running;

export function enter(_, params) {
  const before = JSON.stringify(asked);
  asked = Object.fromEntries(params);
  addEventListener("keydown", onKey);
  if (before !== JSON.stringify(asked) || !answer) ask();
  requestAnimationFrame(() => document.getElementById("question")?.focus({ preventScroll: true }));
}

export function leave() {
  removeEventListener("keydown", onKey);
  clearTimeout(timer);
  clearTimeout(resting);
}

export function forget() {
  leave();
  running?.abort();
  asked = {};
  answer = null;
  forgetPages();
}

// In another language, or from a server that is back.
export const refresh = () => ask();

// --- asking ----------------------------------------------------------------------------------

function set(changes) {
  asked = Object.fromEntries(Object.entries({ ...asked, ...changes }).filter(([, value]) => value !== "" && value != null));
  replace(["search"], asked);
}

function typed(text) {
  set({ q: text, correct: null });
  clearTimeout(timer);
  timer = setTimeout(ask, PAUSE);
  changed();
}

async function ask(offset = 0) {
  clearTimeout(timer);
  running?.abort();
  running = new AbortController();
  const { signal } = running;
  if (!asked.q?.trim()) {
    [answer, fault, isBusy] = [null, "", false];
    return changed();
  }
  isBusy = true;
  changed();
  try {
    const found = await call("/search", { signal, params: parameters(offset) });
    if (offset) found.hits = [...answer.hits, ...found.hits];
    else [selected, place] = [0, 0];
    [answer, fault] = [found, ""];
    lookAt(found.hits[selected]);
  } catch (error) {
    if (error.name === "AbortError") return;
    if (!isCommon(error)) fault = `${error.message} ${error.action}`;
  }
  isBusy = false;
  changed();
}

function parameters(offset) {
  const filters = Object.fromEntries([...Object.values(FILTERS), ...OFFERED].map((name) => [name, asked[name]]));
  return { q: asked.q, correct: asked.correct, ...filters, facets: FACETS.join(","), limit: LIMIT, offset };
}

const again = (changes) => {
  set(changes);
  ask();
};

// --- keys ------------------------------------------------------------------------------------

function onKey(event) {
  const inQuestion = event.target.id === "question";
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || !answer?.hits.length) return;
  if (event.target.closest?.("input, textarea, select") && !inQuestion) return;
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const turn = inQuestion ? 0 : { n: 1, p: -1 }[event.key];
  if (step) {
    event.preventDefault();
    select(Math.min(answer.hits.length - 1, Math.max(0, selected + step)));
    document.getElementById(`hit-${selected}`)?.focus();
  } else if (turn) {
    event.preventDefault();
    turnTo(place + turn);
  }
}

function select(index) {
  if (index !== selected) place = 0;
  selected = index;
  changed();
  lookAt(answer.hits[index]);
}

function lookAt(hit) {
  clearTimeout(resting);
  if (hit && !hit.places) resting = setTimeout(() => fetchPlaces(hit), REST);
}

// All places of the hit that is looked at, once: n and p step through them.
async function fetchPlaces(hit) {
  if (hit.places || hit.isAsked) return;
  hit.isAsked = true;
  try {
    const offset = answer.hits.indexOf(hit);
    const found = await call("/search", { params: { ...parameters(offset), facets: "", limit: 1, places: true } });
    const [same] = found.hits;
    if (same?.document_id === hit.document_id && same.places.length) hit.places = same.places;
  } catch (error) {
    hit.isAsked = false; // looked at again, it is asked for again
    isCommon(error);
  }
  changed();
}

// The best place first, the others in order behind it, from the document's beginning again after its end.
function placesOf(hit) {
  const best = { page: hit.page, boxes: hit.boxes };
  const places = hit.places ?? [];
  const at = Math.max(0, places.findIndex((one) => one.page === hit.page && String(one.boxes[0]) === String(hit.boxes[0])));
  return places.length ? [...places.slice(at), ...places.slice(0, at)] : [best];
}

function turnTo(next) {
  const all = placesOf(answer.hits[selected]).length;
  place = (next + all) % all;
  changed();
}

// --- showing ---------------------------------------------------------------------------------

export function view() {
  return html`<div class="search">
    <h1 class="hidden">${t("search.title")}</h1>
    ${combobox({ value: asked.q ?? "", onType: typed, onChoose: (text) => again({ q: text, correct: null }), isBusy })}
    ${filters()} ${fault ? html`<p class="fault" role="alert">${icons.warning} ${fault}</p>` : nothing}
    ${answer ? results() : html`<div class="empty"><p>${t("search.hint")}</p><p class="hint">${t("search.tips")}</p></div>`}
  </div>`;
}

function filters() {
  const active = Object.entries(FILTERS).concat(OFFERED.map((name) => [name, name])).filter(([, name]) => asked[name]);
  const offers = (answer?.offered_filters ?? []).filter(({ filter, value }) => asked[filter] !== value);
  if (!active.length && !answer) return nothing;
  return html`<div class="filters" role="group" aria-label=${t("search.filters")}>
    ${active.map(([facet, name]) => chip(facet, name))}
    ${grouped(offers).map(([text, changes]) => html`<button class="chip offer" @click=${() => again(changes)}>
      ${t("search.offer", { text })}</button>`)}
    ${FACETS.map(menu)}
  </div>`;
}

const chip = (facet, name) => {
  const text = facet.startsWith("date") ? day(asked[name]) : named(facet, asked[name]);
  return html`<button class="chip active" @click=${() => again({ [name]: null })}
    aria-label=${t("search.remove", { name: `${t(`facet.${facet}`)}: ${text}` })}>${t(`facet.${facet}`)}: ${text} ${icons.close}</button>`;
};

// A stretch of the question may stand for two filters, a year and a month.
const grouped = (offers) => [...Map.groupBy(offers, ({ text }) => text)].map(([text, some]) => [
  text, Object.fromEntries(some.map(({ filter, value }) => [filter, value]))]);

function menu(facet) {
  const values = answer?.facets?.[facet] ?? [];
  if (!values.length || asked[FILTERS[facet]]) return nothing;
  return html`<details class="facet" @toggle=${closeOthers}><summary class="chip">${t(`facet.${facet}`)}</summary>
    <ul>${values.map(({ value, count }) => html`<li><button class="plain" @click=${() => again({ [FILTERS[facet]]: value })}>
      <span>${named(facet, value)}</span><span class="count">${number(count)}</span></button></li>`)}</ul></details>`;
}

function closeOthers({ target }) {
  if (!target.open) return;
  for (const other of document.querySelectorAll("details.facet[open]")) if (other !== target) other.open = false;
}

function results() {
  const { hits, total, took_ms: took, corrected_query: corrected, degraded } = answer;
  return html`
    <div class="said" role="status">
      ${corrected ? html`<p>${t("search.corrected", { query: corrected })}
        <button class="link" @click=${() => again({ correct: "false" })}>${t("search.uncorrect", { query: answer.query })}</button></p>` : nothing}
      ${degraded ? html`<p>${icons.warning} ${t("search.degraded")}</p>` : nothing}
      <p>${hits.length ? t("search.found", { documents: counted("document", total), ms: number(Math.round(took)) })
        : t("search.none", { query: answer.query })}</p>
      ${hits.length ? nothing : html`<p class="hint">${t("search.noneHint")}</p>`}
    </div>
    <div class="columns">
      <div class="list"><ol class="hits">${repeat(hits, ({ document_id: id }) => id, hitRow)}</ol>
        ${hits.length && hits.length < total ? html`<p class="more"><button @click=${() => ask(hits.length)}>${t("search.more")}</button></p>` : nothing}
        ${hits.length ? html`<p class="hint keys">${t("search.keys")}</p>` : nothing}</div>
      ${hits.length ? preview(hits[selected] ?? hits[0]) : nothing}
    </div>`;
}

const address = (hit, page) => link(["document", hit.document_id], { page, q: asked.q, mark: markedWords(hit.snippet).join(" ") });

function hitRow(hit, index) {
  return html`<li class="hit" ?data-selected=${index === selected}>
    <a id="hit-${index}" href=${address(hit, hit.page)} @focus=${() => select(index)} @mouseenter=${() => select(index)}>
      <span class="hit-title">${nameOf(hit)}</span>
      <span class="hit-facts">${[facts(hit), t("search.page", { n: hit.page })].filter(Boolean).join(" · ")}</span>
      <span class="hit-snippet">${snippet(hit.snippet)}</span>
      ${hit.line_image ? line({ lineImage: hit.line_image, boxes: hit.boxes }) : nothing}
    </a></li>`;
}

function preview(hit) {
  const places = placesOf(hit);
  const { page, boxes } = places[Math.min(place, places.length - 1)];
  const after = places[(place + 1) % places.length];
  if (after && after.page !== page) fetchAhead(hit.document_id, after.page);
  return html`<aside class="preview" aria-label=${t("search.preview")}>
    <div class="preview-bar">
      <a href=${address(hit, page)} @click=${open(hit, page)}>${t("search.open")}</a>
      <span class="spacer"></span>
      ${places.length > 1 ? html`<button class="plain square" aria-label=${t("search.previous")} @click=${() => turnTo(place - 1)}>${icons.left}</button>
        <span>${t("search.place", { n: place + 1, all: places.length })}</span>
        <button class="plain square" aria-label=${t("search.next")} @click=${() => turnTo(place + 1)}>${icons.right}</button>` : nothing}
      <span class="count">${t("search.page", { n: page })}</span>
    </div>
    ${sheet({ id: hit.document_id, page, title: nameOf(hit), marked: markedWords(hit.snippet), boxes: boxes?.length ? boxes : undefined })}
  </aside>`;
}

const open = (hit, page) => (event) => {
  event.preventDefault();
  go(["document", hit.document_id], { page, q: asked.q, mark: markedWords(hit.snippet).join(" ") });
};
