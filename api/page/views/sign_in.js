// Signing in with a key. The key goes to the server once and is kept nowhere.
import { Problem, signIn } from "../api.js";
import { changed, state } from "../store.js";
import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { speak, spoken, t } from "../words.js";

let isBusy = false;
let fault = "";

export function signInView(begin) {
  return html`<main class="sign-in">
    <form @submit=${(event) => submit(event, begin)} novalidate>
      <h1><img src="/page/icon.svg" alt="" width="40" height="40"> Bandeja</h1>
      <p class="lead">${state.hasEnded ? t("signIn.ended") : t("signIn.lead")}</p>
      <input type="text" name="username" value="bandeja" autocomplete="username" class="hidden" tabindex="-1" aria-hidden="true" readonly>
      <label for="key">${t("signIn.key")}</label>
      <input id="key" name="key" type="password" autocomplete="current-password" spellcheck="false" autofocus
        aria-describedby="key-hint ${fault ? "key-fault" : ""}" aria-invalid=${fault ? "true" : nothing}>
      <p id="key-hint" class="hint">${t("signIn.hint")}</p>
      ${fault ? html`<p id="key-fault" class="fault" role="alert">${fault}</p>` : nothing}
      <button class="primary" ?disabled=${isBusy}>${isBusy ? t("signIn.entering") : t("signIn.enter")}</button>
    </form>
    <button class="plain" @click=${other} aria-label=${t("app.languageLabel")} lang=${spoken() === "es" ? "en" : "es"}>
      ${t("app.language")}</button>
  </main>`;
}

function other() {
  speak(spoken() === "es" ? "en" : "es");
  fault = "";
  changed();
}

async function submit(event, begin) {
  event.preventDefault();
  const field = event.target.elements.key;
  const key = field.value.trim();
  if (!key) return say(t("signIn.empty"), field);
  isBusy = true;
  say("");
  try {
    const session = await signIn(key);
    field.value = "";
    isBusy = false;
    begin(session);
  } catch (error) {
    isBusy = false;
    say(error instanceof Problem ? `${error.message} ${error.action}` : t("app.away"), field);
  }
}

function say(text, field) {
  fault = text;
  changed();
  if (text) field?.focus();
}
