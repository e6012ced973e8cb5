// A document: its pages as they look, what is known of it, its text, and the letters around it.
import { call, originalFile, recognisedText, searchableCopy } from "../api.js";
import { nameOf } from "../facts.js";
import { icons } from "../icons.js";
import { followOne, hasEnded } from "../live.js";
import { link, replace } from "../route.js";
import { fetchAhead, forgetPagesOf, pageWords, sheet } from "../sheet.js";
import { changed, isCommon, may, tell } from "../store.js";
import { bar, taskLine } from "../task.js";
import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { keyed } from "../vendor/lit-html/directives/keyed.js";
import { t } from "../words.js";
import { data } from "./data.js";
import { history } from "./history.js";
import { related } from "./related.js";

let id = "";
let page = 1;
let question = "";
let marked = [];
let found = null;
let around = null; // thread, similar ones, and what happened
let task = null; // while it is worked on
let unfollow = () => {};
let fault = "";
let tab = "data";
let isAsking = false; // whether it may be deleted
let isGone = false;

export function enter([wanted], params) {
  addEventListener("keydown", onKey);
  question = params.get("q") ?? "";
  marked = (params.get("mark") ?? "").split(" ").filter(Boolean);
  page = Math.max(1, Number.parseInt(params.get("page") ?? "1", 10) || 1);
  if (wanted === id && found) return follow();
  reset();
  id = wanted ?? "";
  load();
}

export function leave() {
  removeEventListener("keydown", onKey);
  unfollow();
}

export function forget() {
  leave();
  reset();
}

// In another language, or from a server that is back.
export const refresh = () => load();

function reset() {
  unfollow();
  [id, found, around, task, fault, tab, isAsking, isGone] = ["", null, null, null, "", "data", false, false];
}

async function load() {
  const wanted = id;
  try {
    const document_ = await call(`/documents/${encodeURIComponent(wanted)}`);
    if (wanted !== id) return;
    [found, fault] = [document_, ""];
    document.title = `${nameOf(found)} · Bandeja`;
    follow();
    changed();
    const [thread, similar, happened] = await Promise.all(
      ["thread", "similar", "history"].map((part) => call(`/documents/${wanted}/${part}`)));
    if (wanted === id) around = { thread, similar: similar.items, happened };
  } catch (error) {
    if (wanted === id && !isCommon(error)) fault = `${error.message} ${error.action}`;
  }
  changed();
}

// While it is worked on, how far that is; then the document as it is now.
function follow() {
  unfollow();
  if (hasEnded(found)) return;
  const followed = id;
  unfollow = followOne(id, (now) => {
    task = hasEnded(now) ? null : now;
    if (!task) {
      forgetPagesOf(followed);
      load();
    }
    changed();
  });
}

// --- turning pages ---------------------------------------------------------------------------

function turnTo(next) {
  page = Math.min(found?.pages ?? next, Math.max(1, next));
  replace(["document", id], { page, q: question, mark: marked.join(" ") });
  changed();
}

function onKey(event) {
  if (event.target.closest?.("input, textarea, select") || event.ctrlKey || event.metaKey || event.altKey || !found) return;
  const step = { PageDown: 1, ArrowRight: 1, PageUp: -1, ArrowLeft: -1 }[event.key];
  if (!step || event.target.closest?.("[role=tablist]")) return;
  event.preventDefault();
  turnTo(page + step);
}

// --- showing ---------------------------------------------------------------------------------

export function view() {
  if (isGone) return html`<div class="empty"><p>${t("doc.deleted")}</p><p><a href="#/tray">${t("app.home")}</a></p></div>`;
  if (fault && !found) return html`<div class="empty"><p class="fault" role="alert">${icons.warning} ${fault}</p>
    <p><a href="#/tray">${t("app.home")}</a></p></div>`;
  if (!found) return html`<p class="empty">${t("app.loading")}</p>`;
  const all = found.pages ?? 1;
  for (const next of [page + 1, page - 1]) fetchAhead(id, next, all);
  return html`<div class="document">
    <div class="document-head">
      ${question ? html`<a class="back" href=${link(["search"], { q: question })}>${icons.left} ${t("doc.back")}</a>` : nothing}
      <h1>${nameOf(found)}</h1>
    </div>
    <div class="document-page">
      ${pager(all)}
      ${keyed(`${id}/${page}`, sheet({ id, page, title: nameOf(found), marked, isSelectable: true }))}
    </div>
    <div class="document-side">${task ? running() : nothing} ${actions()} ${isAsking ? confirmation() : nothing} ${tabs()}</div>
  </div>`;
}

const pager = (all) => html`<div class="pager" role="group" aria-label=${t("doc.of", { n: page, all })}>
  <button class="square" @click=${() => turnTo(page - 1)} ?disabled=${page <= 1} aria-label=${t("doc.previous")}>${icons.left}</button>
  <label><span class="hidden">${t("doc.goTo")}</span><input type="number" min="1" max=${all} .value=${String(page)}
    @change=${({ target }) => turnTo(Number(target.value) || 1)}></label>
  <span aria-live="polite">/ ${all}</span>
  <button class="square" @click=${() => turnTo(page + 1)} ?disabled=${page >= all} aria-label=${t("doc.next")}>${icons.right}</button>
</div>`;

const actions = () => html`<div class="actions">
  <a class="button" href=${originalFile(id)} download>${icons.download} ${t("doc.original")}</a>
  ${found.text === "none" || !found.pages ? nothing : html`<a class="button" href=${searchableCopy(id)} target="_blank" rel="noopener">
    ${icons.download} ${t("doc.searchable")}</a>`}
  <a class="button" href=${recognisedText(id)} download="${found.filename}.txt">${icons.download} ${t("doc.recognised")}</a>
  ${may("upload") ? html`<button @click=${reread}>${icons.again} ${t("doc.reread")}</button>` : nothing}
  ${may("admin") ? html`<button class="danger" @click=${() => ask(true)}>${icons.trash} ${t("doc.delete")}</button>` : nothing}
</div>`;

const running = () => html`<div class="running"><p class="row-line" role="status">${taskLine(task) || t(`status.${task.status}`)}</p>
  ${bar(task.progress, nameOf(found))}
  ${may("upload") ? html`<button @click=${cancel}>${icons.close} ${t("task.cancel")}</button>` : nothing}
</div>`;

const confirmation = () => html`<div class="confirm" role="alertdialog" aria-labelledby="ask">
  <p id="ask">${t("doc.deleteAsk", { title: nameOf(found) })}</p>
  <button class="danger" @click=${remove}>${t("doc.deleteYes")}</button>
  <button @click=${() => ask(false)}>${t("app.cancel")}</button>
</div>`;

const TABS = { data: dataPanel, text: textPanel, related: relatedPanel, history: historyPanel };

function tabs() {
  const names = Object.keys(TABS);
  const arrow = (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    tab = names[(names.indexOf(tab) + step + names.length) % names.length];
    changed();
    requestAnimationFrame(() => document.getElementById(`tab-${tab}`)?.focus());
  };
  return html`<div class="tabs" role="tablist" aria-label=${t("doc.title")} @keydown=${arrow}>
      ${names.map((name) => html`<button role="tab" id="tab-${name}" aria-selected=${name === tab ? "true" : "false"} aria-controls="panel"
        tabindex=${name === tab ? "0" : "-1"} @click=${() => show(name)}>${t(`doc.${name}`)}</button>`)}
    </div>
    <div id="panel" role="tabpanel" aria-labelledby="tab-${tab}" tabindex="0">${TABS[tab]()}</div>`;
}

function show(name) {
  tab = name;
  changed();
}

function dataPanel() {
  return data({ found, mayCorrect: may("upload"), goTo: turnTo, correct });
}

function textPanel() {
  const read = pageWords(id, page);
  if (read === undefined) return html`<p>${t("app.loading")}</p>`;
  if (!read?.text) return html`<p class="hint">${t("doc.notText")}</p>`;
  return html`<p><button @click=${() => copy(read.text)}>${icons.copy} ${t("doc.copy")}</button></p><div class="page-text">${read.text}</div>`;
}

function relatedPanel() {
  return around ? related(around, found.near_duplicates ?? []) : html`<p>${t("app.loading")}</p>`;
}

function historyPanel() {
  return around ? history(around.happened) : html`<p>${t("app.loading")}</p>`;
}

// --- doing -----------------------------------------------------------------------------------

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    tell(t("doc.copied"));
  } catch {
    getSelection().selectAllChildren(document.querySelector(".page-text")); // plain HTTP lends no clipboard: Ctrl C does
  }
}

function ask(whether) {
  isAsking = whether;
  changed();
  if (whether) requestAnimationFrame(() => document.querySelector(".confirm button:last-child")?.focus());
}

// null takes a correction back to what was read.
async function correct(field, value) {
  return attempt(async () => {
    found = await call(`/documents/${id}`, { method: "PATCH", body: { [field]: value } });
    tell(t("doc.correctedNow"));
  });
}

async function reread() {
  await attempt(async () => {
    task = await call(`/tasks/${id}/retry`, { method: "POST", body: { from: "extract" } });
    found = { ...found, status: task.status };
    tell(t("doc.rereading"));
    follow();
  });
}

async function cancel() {
  await attempt(() => call(`/tasks/${id}/cancel`, { method: "POST" }));
}

async function remove() {
  await attempt(async () => {
    await call(`/documents/${id}`, { method: "DELETE" });
    isGone = true;
  });
  isAsking = false;
  changed();
}

// Whether it was done; what kept it from being done is told.
async function attempt(deed) {
  try {
    await deed();
    return true;
  } catch (error) {
    if (!isCommon(error)) tell(`${error.message} ${error.action}`);
    return false;
  }
}
