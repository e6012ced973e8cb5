// The search field with what it may go on with: an ARIA combobox with a list (WAI-ARIA Authoring Practices, "Combobox").
import { call } from "./api.js";
import { icons } from "./icons.js";
import { changed } from "./store.js";
import { html, nothing } from "./vendor/lit-html/lit-html.js";
import { live } from "./vendor/lit-html/directives/live.js";
import { number, t } from "./words.js";

const PAUSE = 120;
let items = [];
let isOpen = false;
let active = -1;
let timer;
let running;

export function combobox({ value, onType, onChoose, isBusy }) {
  const isShown = isOpen && items.length > 0;
  const choose = (text) => {
    close();
    onChoose(text);
  };
  return html`<div class="combobox" role="search">
    <span class="combobox-icon" ?data-busy=${isBusy}>${icons.search}</span>
    <input id="question" type="search" autocomplete="off" autocapitalize="off" spellcheck="false" maxlength="500" enterkeyhint="search"
      role="combobox" aria-label=${t("search.label")} aria-autocomplete="list" aria-controls="suggestions"
      aria-expanded=${isShown ? "true" : "false"} aria-activedescendant=${isShown && active >= 0 ? `suggestion-${active}` : nothing}
      placeholder=${t("search.placeholder")} .value=${live(value)}
      @input=${({ target }) => {
        onType(target.value);
        suggest(target.value);
      }}
      @keydown=${(event) => onKey(event, value, choose)} @blur=${close}>
    <ul id="suggestions" class="suggestions" role="listbox" aria-label=${t("search.label")} ?hidden=${!isShown}>
      ${isShown ? items.map(({ text, kind, count }, index) => html`<li id="suggestion-${index}" role="option"
        aria-selected=${index === active ? "true" : "false"} @mousedown=${(event) => {
          event.preventDefault();
          choose(text);
        }}><span>${text}</span><span class="count">${t(`kind.${kind}`)} · ${number(count)}</span></li>`) : nothing}
    </ul>
  </div>`;
}

function onKey(event, value, choose) {
  const isShown = isOpen && items.length > 0;
  if (event.key === "Escape") {
    event.preventDefault(); // the browser would empty the field
    close();
  } else if (event.key === "Enter") {
    event.preventDefault();
    choose(isShown && active >= 0 ? items[active].text : value);
  } else if (isShown && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
    event.preventDefault();
    const step = event.key === "ArrowDown" ? 1 : -1;
    active = ((active + step + 1 + items.length + 1) % (items.length + 1)) - 1;
    changed();
  }
}

function close() {
  clearTimeout(timer);
  running?.abort();
  isOpen = false;
  active = -1;
  changed();
}

function suggest(text) {
  clearTimeout(timer);
  running?.abort();
  active = -1;
  if (!text.trim() || text.length > 100) {
    items = [];
    return close();
  }
  timer = setTimeout(async () => {
    running = new AbortController();
    try {
      items = (await call("/search/suggest", { signal: running.signal, params: { q: text, limit: 8 } })).items;
      isOpen = true;
      changed();
    } catch {
      // Search itself says what is wrong.
    }
  }, PAUSE);
}
