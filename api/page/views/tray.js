// The in-tray: where files are dropped, and where everybody's documents stand.
import { call } from "../api.js";
import { droppedFiles } from "../dropped.js";
import { nameOf } from "../facts.js";
import { icons } from "../icons.js";
import { hasEnded, loadMore, lookSoon, put, tasks, unwatch, watch } from "../live.js";
import { link } from "../route.js";
import { changed, isCommon, may, tell } from "../store.js";
import { bar, taskLine } from "../task.js";
import { add, again, forget as forgetUpload, refuse, uploads, whenSent } from "../upload.js";
import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { repeat } from "../vendor/lit-html/directives/repeat.js";
import { counted, moment, size, t } from "../words.js";

const ACCEPTED = ".pdf,.jpg,.jpeg,.png,.tif,.tiff,.heic,.heif,.webp,.bmp,.gif";
let isOver = false;
const openPasswords = new Set();

whenSent(lookSoon);

export function enter() {
  if (may("read")) watch();
  addEventListener("paste", onPaste);
}

export function leave() {
  unwatch();
  removeEventListener("paste", onPaste);
}

export function forget() {
  leave();
  uploads.length = 0;
  Object.assign(tasks, { items: [], nextCursor: null, isLoaded: false });
}

export function view() {
  // What was sent and has its row below needs none of its own.
  const known = new Set(tasks.items.filter(({ status }) => status !== "awaiting_upload").map(({ task_id: id }) => id));
  const here = uploads.filter((upload) => !(upload.step === "sent" && known.has(upload.documentId)));
  const sending = new Set(uploads.map(({ documentId }) => documentId));
  const rows = tasks.items.filter((task) => !(task.status === "awaiting_upload" && sending.has(task.task_id)));
  return html`<div class="tray">
    <h1 class="hidden">${t("tray.title")}</h1>
    ${may("upload") ? dropZone() : html`<p class="empty">${t("tray.noUpload")}</p>`}
    ${here.length ? html`<section aria-labelledby="sending"><h2 id="sending">${t("tray.sending")}
        <span class="count">${counted("file", here.length)}</span></h2>
      <ul class="rows">${repeat(here, ({ id }) => id, uploadRow)}</ul></section>` : nothing}
    <section aria-labelledby="arrived"><h2 id="arrived">${t("tray.arrived")} ${summary(rows)}</h2>
      ${tasks.isLoaded && !rows.length ? html`<p class="empty">${t("tray.empty")}</p>` : nothing}
      <ul class="rows">${repeat(rows, ({ task_id: id }) => id, taskRow)}</ul>
      ${tasks.nextCursor ? html`<p class="more"><button @click=${loadMore}>${t("tray.more")}</button></p>` : nothing}
    </section>
  </div>`;
}

function summary(rows) {
  const running = rows.filter((task) => !hasEnded(task)).length;
  return running ? html`<span class="count">${t("tray.summary", { done: rows.length - running, all: rows.length })}</span>` : nothing;
}

// --- putting in ------------------------------------------------------------------------------

function dropZone() {
  return html`<div class="drop" ?data-over=${isOver} @dragover=${over} @dragleave=${out} @drop=${dropped}>
    ${icons.upload}
    <p class="drop-lead">${isOver ? t("tray.release") : t("tray.drop")}</p>
    <p class="drop-buttons">
      <label class="button primary">${icons.file} ${t("tray.choose")}
        <input type="file" multiple accept=${ACCEPTED} @change=${chosen}></label>
      <label class="button touch">${icons.camera} ${t("tray.photo")}
        <input type="file" accept="image/*" capture="environment" @change=${chosen}></label>
    </p>
    <p class="hint">${t("tray.dropHint")}</p>
  </div>`;
}

function over(event) {
  event.preventDefault();
  if (isOver) return;
  isOver = true;
  changed();
}

function out(event) {
  if (event.currentTarget.contains(event.relatedTarget)) return;
  isOver = false;
  changed();
}

async function dropped(event) {
  event.preventDefault();
  isOver = false;
  changed();
  const { files, emptyFolders } = await droppedFiles(event.dataTransfer);
  for (const name of emptyFolders) refuse(name, "file.emptyFolder", { name });
  add(files);
}

function chosen({ target }) {
  add(target.files);
  target.value = "";
}

function onPaste({ clipboardData }) {
  if (may("upload") && clipboardData?.files.length) add(clipboardData.files);
}

function uploadRow(upload) {
  const { file, step } = upload;
  const percent = file ? Math.floor((100 * upload.sent) / file.size) : 0;
  const line = {
    transferring: () => t("file.transferring", { percent, sent: size(upload.sent), size: size(file.size) }),
    failed: () => html`<span class="fault">${icons.warning} ${upload.fault.text ?? t(upload.fault.key, upload.fault.values)}</span>`,
    duplicate: () => html`${icons.check} ${t("file.duplicate")}
      <a href=${link(["document", upload.documentId])}>${t("file.see")}</a>`,
    ready: () => t("file.waiting"),
  }[step] ?? (() => t(`file.${step}`));
  const mayRepeat = step === "failed" && file && !["file.emptyFile", "file.notTaken", "file.tooLarge"].includes(upload.fault.key);
  return html`<li class="row" data-step=${step}>
    <span class="row-icon">${icons.file}</span>
    <div class="row-text"><p class="row-name">${upload.name}</p><p class="row-line">${line()}</p>
      ${step === "transferring" ? bar(percent, upload.name) : nothing}</div>
    <div class="row-side">
      ${mayRepeat ? html`<button @click=${() => again(upload)}>${icons.again} ${t("app.retry")}</button>` : nothing}
      ${["failed", "duplicate", "sent"].includes(step) ? html`<button class="plain square" @click=${() => forgetUpload(upload)}
        aria-label="${t("tray.clear")}: ${upload.name}">${icons.close}</button>` : nothing}
    </div>
  </li>`;
}

// --- what has arrived ------------------------------------------------------------------------

function taskRow(task) {
  const called = nameOf(task);
  const name = html`<a class="row-name" href=${link(["document", task.document_id])}>${called}</a>`;
  return html`<li class="row" data-status=${task.status}>
    <span class="row-icon">${icons.file}</span>
    <div class="row-text">
      <p>${task.status === "awaiting_upload" ? html`<span class="row-name">${called}</span>` : name}</p>
      <p class="row-line">${taskLine(task)}</p>
      ${hasEnded(task) || task.status === "awaiting_upload" ? nothing : bar(task.progress, called)}
      ${task.error ? trouble(task) : nothing}
      ${mayStop(task) ? html`<div class="row-actions"><button @click=${() => cancel(task)}
        aria-label="${t("task.cancel")}: ${called}">${icons.close} ${t("task.cancel")}</button></div>` : nothing}
    </div>
    <div class="row-side">
      <time datetime=${task.created_at}>${moment(task.created_at)}</time>
      <span class="pill" data-status=${task.status}>${t(`status.${task.status}`)}</span>
    </div>
  </li>`;
}

function trouble(task) {
  const { code, message, action } = task.error;
  return html`<p class="fault">${icons.warning} ${message} ${action}</p>
    ${task.status === "error" && may("upload") ? html`<div class="row-actions">
      ${code === "encrypted_pdf" ? passwordForm(task) : html`<button @click=${() => retry(task)}>${icons.again} ${t("task.retry")}</button>`}
    </div>` : nothing}`;
}

const mayStop = (task) => may("upload") && ["queued", "processing"].includes(task.status);

function passwordForm(task) {
  const id = `password-${task.task_id}`;
  return html`<form class="inline" @submit=${(event) => unlock(event, task)}>
    <label for=${id} class="hidden">${t("task.password")}</label>
    <input id=${id} name="password" type="password" autocomplete="off" required maxlength="127" placeholder=${t("task.password")}>
    <button ?disabled=${openPasswords.has(task.task_id)}>${t("task.open")}</button>
  </form>`;
}

async function unlock(event, task) {
  event.preventDefault();
  const field = event.target.elements.password;
  openPasswords.add(task.task_id);
  await retry(task, field.value);
  openPasswords.delete(task.task_id);
  field.value = "";
}

function retry(task, password) {
  return asked(`/tasks/${task.task_id}/retry`, password ? { password } : {});
}

function cancel(task) {
  return asked(`/tasks/${task.task_id}/cancel`);
}

async function asked(path, body) {
  try {
    put(await call(path, { method: "POST", body }));
    lookSoon();
  } catch (error) {
    if (!isCommon(error)) tell(`${error.message} ${error.action}`);
  }
}
