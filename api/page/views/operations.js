// Operations: whether all is well, what waits, what failed and why, how much was done today.
import { call, reach } from "../api.js";
import { icons } from "../icons.js";
import { metrics } from "../metrics.js";
import { changed, isCommon, may, state, tell } from "../store.js";
import { html, nothing, svg } from "../vendor/lit-html/lit-html.js";
import { counted, duration, moment, number, t } from "../words.js";

const EVERY = 5000; // milliseconds
const HOURS = 24;
const MOST_LISTED = 200; // of one call
let seen = null;
let fault = "";
let timer;
const repeating = new Set();

export function enter() {
  look();
}

export function leave() {
  clearTimeout(timer);
}

export function forget() {
  leave();
  seen = null;
}

async function look() {
  clearTimeout(timer);
  timer = setTimeout(look, EVERY);
  try {
    const since = new Date(Date.now() - HOURS * 3600e3).toISOString();
    const [ready, measured, failed, lately] = await Promise.all([
      health(),
      metrics(),
      call("/tasks", { params: { status: "error", limit: MOST_LISTED } }),
      call("/tasks", { params: { since, limit: MOST_LISTED } }),
    ]);
    [seen, fault] = [{ ready, measured, failed: failed.items, lately, at: new Date() }, ""];
  } catch (error) {
    if (!isCommon(error)) fault = error.message;
    if (!state.session) clearTimeout(timer);
  }
  changed();
}

// 503 says which part is away.
async function health() {
  const answer = await reach("/health/ready");
  return (await answer.json()).checks;
}

export function view() {
  if (!seen) return html`<p class="empty">${fault || t("app.loading")}</p>`;
  const { ready, measured } = seen;
  const waiting = measured.documents("queued") + measured.documents("processing");
  return html`<div class="tray">
    <h1>${t("operations.title")} <span class="count">${t("operations.at", { time: moment(seen.at) })}</span></h1>
    ${measured.halted() ? html`<p class="fault" role="alert">${icons.warning} ${t(`operations.halted.${measured.halted()}`)}</p>` : nothing}
    <ul class="tiles">
      ${tile(t("operations.waiting"), number(waiting), waiting ? t("operations.oldest", { time: duration(measured.oldest()) }) : t("operations.nothing"))}
      ${tile(t("operations.done"), number(measured.documents("completed")), "")}
      ${tile(t("operations.failed"), number(measured.documents("error")), "", measured.documents("error") > 0)}
    </ul>
    <section aria-labelledby="parts"><h2 id="parts">${t("operations.parts")}</h2>
      <ul class="rows">${Object.entries(ready).map(part)}</ul></section>
    <section aria-labelledby="hours"><h2 id="hours">${t("operations.hours")}</h2>${chart(seen.lately)}</section>
    <section aria-labelledby="failures"><h2 id="failures">${t("operations.failures")}</h2>
      ${seen.failed.length ? html`<ul class="rows">${byCode(seen.failed).map(failure)}</ul>` : html`<p class="empty">${t("operations.noFailures")}</p>`}</section>
  </div>`;
}

const tile = (name, value, hint, isBad = false) => html`<li class="tile" ?data-bad=${isBad}><span class="count">${name}</span>
  <strong>${value}</strong><span class="hint">${hint}</span></li>`;

const part = ([name, said]) => html`<li class="row"><span class="row-icon">${said === "ok" ? icons.check : icons.warning}</span>
  <div class="row-text"><p class="row-name">${t(`part.${name}`)}</p></div>
  <span class="pill" data-status=${said === "ok" ? "completed" : "error"}>${said === "ok" ? t("operations.ok") : said}</span></li>`;

const byCode = (tasks) => [...Map.groupBy(tasks, ({ error }) => error?.code ?? "internal")].sort(([, one], [, other]) => other.length - one.length);

function failure([code, tasks]) {
  const { message, action } = tasks[0].error ?? { message: code, action: "" };
  return html`<li class="row"><span class="row-icon">${icons.warning}</span>
    <div class="row-text"><p class="row-name">${message}</p><p class="row-line">${action}</p>
      <p class="row-line"><code>${code}</code> · ${counted("document", tasks.length)}${tasks.length === MOST_LISTED ? "+" : ""}</p></div>
    ${may("admin") ? html`<div class="row-side"><button ?disabled=${repeating.has(code)} @click=${() => repeat(code)}>
      ${icons.again} ${t("operations.again")}</button></div>` : nothing}</li>`;
}

async function repeat(code) {
  repeating.add(code);
  changed();
  try {
    let [queued, cursor] = [0, null];
    do {
      const answer = await call("/tasks/retry", { method: "POST", body: { status: "error", code, cursor } });
      queued += answer.queued;
      cursor = answer.next_cursor;
    } while (cursor);
    tell(t("operations.queued", { documents: counted("document", queued) }));
  } catch (error) {
    if (!isCommon(error)) tell(`${error.message} ${error.action ?? ""}`);
  }
  repeating.delete(code);
  look();
}

// Arrivals by the hour, the newest to the right; what each bar stands for is told in words too.
function chart({ items, next_cursor: more }) {
  const hours = Array.from({ length: HOURS }, () => 0);
  for (const { created_at: at } of items) hours[Math.min(HOURS - 1, Math.floor((Date.now() - Date.parse(at)) / 3600e3))] += 1;
  const most = Math.max(1, ...hours);
  const said = t("operations.lately", { documents: `${counted("document", items.length)}${more ? "+" : ""}` });
  return html`<figure class="chart"><svg viewBox="0 0 240 60" preserveAspectRatio="none" role="img" aria-label=${said}>
      ${hours.map((count, back) => svg`<rect x=${(HOURS - 1 - back) * 10 + 1} y=${60 - (58 * count) / most} width="8"
        height=${(58 * count) / most}><title>${count}</title></rect>`)}
    </svg><figcaption class="hint">${said}</figcaption></figure>`;
}
