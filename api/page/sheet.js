// A page as it looks: its picture, the words that were looked for boxed, its text to be selected.
import { call, pagePicture } from "./api.js";
import { changed } from "./store.js";
import { html, nothing, svg } from "./vendor/lit-html/lit-html.js";
import { keyed } from "./vendor/lit-html/directives/keyed.js";
import { t } from "./words.js";

const MOST_KEPT = 40; // pages whose words are kept
const pages = new Map();
const failures = new Map(); // how often a picture did not come
const PATIENCE = 4; // times that it is asked for: others may be drawn first
const PAUSE = 1500;

// The page's words with their boxes, undefined while they come and null where there are none; draws anew when they are there.
export function pageWords(id, page) {
  const name = `${id}/${page}`;
  if (!pages.has(name)) {
    pages.set(name, undefined);
    if (pages.size > MOST_KEPT) pages.delete(pages.keys().next().value);
    call(`/documents/${id}/pages/${page}`)
      .then((found) => pages.set(name, found), () => pages.set(name, null))
      .then(changed);
  }
  return pages.get(name);
}

// The pages of one document, which was read again.
export function forgetPagesOf(id) {
  for (const kept of [pages, failures]) for (const name of [...kept.keys()]) if (name.startsWith(`${id}/`)) kept.delete(name);
}

export function forgetPages() {
  pages.clear();
  failures.clear();
}

// Asks for the picture before it is looked at, so that turning the page does not wait.
export function fetchAhead(id, page, all) {
  if (page < 1 || (all && page > all)) return;
  new Image().src = pagePicture(id, page);
  pageWords(id, page);
}

// Accents and case are nothing, ñ is a letter: as search folds words.
const folded = (word) =>
  word
    .normalize("NFD")
    .replace(/n\u0303/gi, "ñ")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu, "");

// The boxes of the words that are marked in a hit's snippet, as far as they stand on the page.
function boxesOf(words, marked) {
  const wanted = new Set(marked.flatMap((said) => said.split(/\s+/)).map(folded).filter(Boolean));
  return words.filter(({ text }) => folded(text).split(/[^\p{L}\p{N}]+/u).some((part) => wanted.has(part))).map(({ box }) => box);
}

export function sheet({ id, page, title, marked = [], boxes, isSelectable = false }) {
  const name = `${id}/${page}`;
  const read = pageWords(id, page);
  const shown = boxes ?? (read && marked.length ? boxesOf(read.words, marked) : []);
  const [width, height] = [read?.width || 595, read?.height || 842];
  const failed = failures.get(name) ?? 0;
  if (failed >= PATIENCE) return html`<div class="sheet" data-broken><p>${t("doc.noPicture")}</p></div>`;
  return html`<div class="sheet">
    ${keyed(`${name}/${failed}`, html`<img src=${pagePicture(id, page)} width=${Math.round(width)} height=${Math.round(height)}
      alt=${t("doc.picture", { n: page, title })} @error=${() => fails(name)}>`)}
    <svg viewBox="0 0 ${width} ${height}" preserveAspectRatio="none" aria-hidden="true">
      ${shown.map((box) => rectangle(box, width, height))}
      ${isSelectable && read ? read.words.map((word) => selectable(word, width, height)) : nothing}
    </svg>
  </div>`;
}

// The line of a hit, cut out of its page, the words boxed.
export function line({ lineImage, boxes }) {
  const [left, top, right, bottom] = new URLSearchParams(lineImage.split("?")[1]).get("crop").split(",").map(Number);
  const [width, height] = [1000 * (right - left), 1000 * (bottom - top)];
  const within = boxes.map((box) => [
    (box[0] - left) / (right - left), (box[1] - top) / (bottom - top), (box[2] - left) / (right - left), (box[3] - top) / (bottom - top)]);
  return html`<span class="line"><img loading="lazy" src=${lineImage} alt=${t("search.line")}>
    <svg viewBox="0 0 ${width} ${height}" preserveAspectRatio="none" aria-hidden="true">
      ${within.map((box) => rectangle(box, width, height))}</svg></span>`;
}

function fails(name) {
  const times = failures.get(name) ?? 0;
  setTimeout(() => {
    failures.set(name, times + 1);
    changed();
  }, PAUSE);
}

const PAD = 1.5;

const rectangle = ([left, top, right, bottom], width, height) => svg`<rect class="box" x=${left * width - PAD} y=${top * height - PAD}
  width=${(right - left) * width + 2 * PAD} height=${(bottom - top) * height + 2 * PAD} rx="2"></rect>`;

const selectable = ({ text, box: [left, top, right, bottom] }, width, height) => svg`<text class="word" x=${left * width}
  y=${top * height + (bottom - top) * height * 0.82} font-size=${Math.max(1, (bottom - top) * height * 0.9)}
  textLength=${Math.max(1, (right - left) * width)} lengthAdjust="spacingAndGlyphs">${text} </text>`;
