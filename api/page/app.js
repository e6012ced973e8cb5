// The shell: who is signed in, where the page is, and which view that is.
import { Away, call, session, signOut, whenAnswered } from "./api.js";
import { icons } from "./icons.js";
import { route } from "./route.js";
import { changed, isCommon, may, onChange, state, tell, whenAway } from "./store.js";
import { html, nothing, render } from "./vendor/lit-html/lit-html.js";
import * as document_ from "./views/document.js";
import * as operations from "./views/operations.js";
import * as search from "./views/search.js";
import { signInView } from "./views/sign_in.js";
import * as tray from "./views/tray.js";
import { setZone, speak, spoken, t } from "./words.js";

const VIEWS = { tray, search, document: document_, operations };
const RETRY_MILLISECONDS = 3000;
const root = document.getElementById("app");
let shown = "";
let knocking;
let lastName = "";

function draw() {
  render(page(), root);
}

function page() {
  if (state.session === undefined) return html`<main class="centred">${state.isAway ? away() : t("app.loading")}</main>`;
  if (state.session === null) return signInView(begin);
  const name = route().parts[0] ?? "tray";
  const view = VIEWS[name];
  return html`
    <a class="skip" href="#main" @click=${skip}>${t("app.skip")}</a>
    ${header(name)} ${state.isAway ? away() : nothing}
    <main id="main" tabindex="-1">${view ? view.view() : lost()}</main>
    <p class="notice" role="status" ?data-empty=${!state.notice}>${state.notice}</p>
  `;
}

function header(name) {
  const tab = (view, icon) => html`<a href="#/${view}" class="tab" aria-current=${name === view ? "page" : nothing}>
    ${icon}<span>${t(`app.${view}`)}</span></a>`;
  return html`<header class="bar">
    <a class="brand" href="#/tray"><img src="/page/icon.svg" alt="" width="26" height="26"><span>Bandeja</span></a>
    <nav aria-label="Bandeja">${tab("tray", icons.tray)}${tab("search", icons.search)}${may("read") ? tab("operations", icons.pulse) : nothing}</nav>
    <div class="who">
      <span class="name" title=${t("app.signedInAs", { name: state.session.name })}>${state.session.name}</span>
      <button class="plain" @click=${switchLanguage} aria-label=${t("app.languageLabel")} lang=${spoken() === "es" ? "en" : "es"}>
        ${t("app.language")}</button>
      <button class="plain" @click=${leave}>${t("app.signOut")}</button>
    </div>
  </header>`;
}

const away = () => html`<p class="away" role="alert">${icons.warning} ${t("app.away")}</p>`;

const lost = () => html`<div class="empty"><p>${t("app.notFound")}</p><p><a href="#/tray">${t("app.home")}</a></p></div>`;

function skip(event) {
  event.preventDefault();
  document.getElementById("main").focus();
}

function switchLanguage() {
  speak(spoken() === "es" ? "en" : "es");
  VIEWS[shown]?.refresh?.();
  changed();
}

async function leave() {
  try {
    await signOut();
  } catch (error) {
    if (!error.isSignedOut) return isCommon(error) || tell(`${error.message} ${error.action}`);
  }
  forgetAll();
  state.session = null;
  state.hasEnded = false;
  shown = "";
  changed();
}

function forgetAll() {
  for (const view of Object.values(VIEWS)) view.forget?.();
}

function begin(found) {
  // Another person sees nothing of what the last one was shown.
  if (lastName && lastName !== found.name) forgetAll();
  lastName = found.name;
  state.session = found;
  state.hasEnded = false;
  setZone(found.timezone);
  arrive();
}

// The view that the address names is told so; one that is left may stop what it does.
function arrive() {
  if (!state.session) return changed();
  const { parts, params } = route();
  const name = parts[0] ?? "tray";
  if (shown !== name) VIEWS[shown]?.leave?.();
  shown = name;
  VIEWS[name]?.enter?.(parts.slice(1), params);
  document.title = `${t(VIEWS[name] ? `${name === "document" ? "doc" : name}.title` : "app.tray")} · Bandeja`;
  changed();
}

// "/" goes to the search field from anywhere.
function onKey(event) {
  const typing = event.target.closest?.("input:not([type=file]), textarea, select");
  if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey || !state.session) return;
  event.preventDefault();
  if (route().parts[0] !== "search") {
    history.pushState(null, "", "#/search");
    arrive();
    draw(); // now: the next key is the question's first letter
  }
  document.getElementById("question")?.focus();
}

// Whichever call found the server away: it is asked until it answers.
function knock() {
  clearTimeout(knocking);
  if (!state.session) return; // signing in says itself what became of it
  knocking = setTimeout(() => call("/session").catch(isCommon), RETRY_MILLISECONDS);
}

// It is back: what the view asked for meanwhile is asked for again.
function isBack() {
  clearTimeout(knocking);
  if (!state.isAway) return;
  state.isAway = false;
  if (state.session) VIEWS[shown]?.refresh?.();
  changed();
}

async function start() {
  try {
    const found = await session();
    if (found) begin(found);
    else state.session = null;
  } catch (error) {
    state.isAway = error instanceof Away || error.status >= 500;
    setTimeout(start, RETRY_MILLISECONDS);
  }
  changed();
}

speak(spoken());
onChange(draw);
whenAnswered(isBack);
whenAway(knock);
addEventListener("hashchange", arrive);
addEventListener("keydown", onKey);
addEventListener("online", () => state.isAway && call("/session").catch(isCommon));
draw();
start();
