// What the page knows, in one place. Whoever changes it says `changed()`, and the page is drawn once for all changes of a moment.
import { Away } from "./api.js";

let draw = () => {};
let isDue = false;

export const state = {
  session: undefined, // undefined: not asked yet; null: nobody is signed in
  hasEnded: false, // a session ended while the page was open
  isAway: false,
  notice: "",
};

export function onChange(callback) {
  draw = callback;
}

export function changed() {
  if (isDue) return;
  isDue = true;
  queueMicrotask(() => {
    isDue = false;
    draw();
  });
}

export const may = (scope) => Boolean(state.session && (state.session.scopes.includes(scope) || state.session.scopes.includes("admin")));

let noticeTimer;

// Something short that a screen reader says too.
export function tell(text) {
  state.notice = text;
  clearTimeout(noticeTimer);
  noticeTimer = setTimeout(() => {
    state.notice = "";
    changed();
  }, 6000);
  changed();
}

let knock = () => {};

// Called when a server was found away.
export function whenAway(callback) {
  knock = callback;
}

// What any call may meet: a session that ended, a server that is away. True where it was one of these.
export function isCommon(error) {
  if (error.name === "AbortError") return true;
  if (error.isSignedOut) {
    state.hasEnded = state.session != null;
    state.session = null;
  } else if (error instanceof Away) {
    state.isAway = true;
    knock();
  } else {
    return false;
  }
  changed();
  return true;
}
