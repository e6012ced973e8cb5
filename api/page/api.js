// Our own API's first client: JSON in, JSON out, a problem as an exception that speaks the user's language.
import { spoken } from "./words.js";

const BASE = "/api/v1";
let csrf = "";

// What the API said no with: `code`, `message` (what happened) and `action` (what to do).
export class Problem extends Error {
  constructor(body, status) {
    super(body.detail ?? body.title ?? `HTTP ${status}`);
    this.code = body.code ?? "internal";
    this.action = body.action ?? "";
    this.status = status;
  }

  get isSignedOut() {
    return this.status === 401;
  }
}

// The server could not be reached at all.
export class Away extends Error {}

let answered = () => {};

// Called with each answer, whatever it says: the server is there.
export function whenAnswered(callback) {
  answered = callback;
}

// A fetch that says Away where nobody answers.
export async function reach(url, options) {
  let answer;
  try {
    answer = await fetch(url, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Away();
  }
  answered();
  return answer;
}

export async function call(path, { method = "GET", body, signal, params } = {}) {
  const query = params ? `?${new URLSearchParams(Object.entries(params).filter(([, value]) => value !== "" && value != null))}` : "";
  const headers = { "Accept-Language": spoken() };
  if (method !== "GET") headers["X-CSRF-Token"] = csrf;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const answer = await reach(`${BASE}${path}${query}`, {
    method,
    headers,
    body: body === undefined ? undefined : JSON.stringify(body),
    signal,
    credentials: "same-origin",
  });
  if (answer.status === 204) return null;
  const isJson = (answer.headers.get("content-type") ?? "").includes("json");
  if (!answer.ok) throw new Problem(isJson ? await answer.json() : {}, answer.status);
  return isJson ? answer.json() : answer.text();
}

export async function signIn(key) {
  return remembered(await call("/session", { method: "POST", body: { key } }));
}

export async function session() {
  if (!signedInBefore()) return null;
  try {
    return remembered(await call("/session"));
  } catch (error) {
    if (error.isSignedOut) return null;
    throw error;
  }
}

function remembered(answer) {
  csrf = answer.csrf_token;
  note(answer.expires_at);
  return answer;
}

// The server is told first: a cookie that lives on is no signing out.
export async function signOut() {
  await call("/session", { method: "DELETE" });
  note("");
}

// Whether to ask for a session at all: the cookie itself is out of a script's sight.
const KEPT = "bandeja.session";

function signedInBefore() {
  try {
    return Date.parse(localStorage.getItem(KEPT) ?? "") > Date.now();
  } catch {
    return true;
  }
}

function note(until) {
  try {
    localStorage.setItem(KEPT, until);
  } catch {
    // Storage is forbidden: the session is asked for each time.
  }
}

export const pagePicture = (id, page) => `${BASE}/documents/${id}/pages/${page}/image`;
export const originalFile = (id) => `${BASE}/documents/${id}/file`;
export const searchableCopy = (id) => `${BASE}/documents/${id}/searchable.pdf`;
export const recognisedText = (id) => `${BASE}/documents/${id}/text`;
export const taskEvents = (id) => `${BASE}/tasks/${id}/events`;
