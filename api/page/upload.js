// Files on their way: hashed first, announced by the hundred, sent three at a time straight to the store.
import { call, Problem } from "./api.js";
import { changed, isCommon } from "./store.js";

const AT_ONCE = 3;
const MOST_ANNOUNCED = 100; // of one call, by the API's contract
const MARGIN = 30e3; // milliseconds before its end in which a signed request is not used any more
const TOO_LARGE = 200 * 1024 * 1024;
const ENDINGS = /\.(pdf|jpe?g|png|tiff?|webp|heic|heif|bmp|gif)$/i;
const TYPES = /^(application\/pdf|image\/)/;

// Newest first. A file's `step`: waiting, hashing, announcing, ready, transferring, sent, duplicate, failed.
export const uploads = [];
let worker;
let onSent = () => {};
let next = 1;
let announcing = false;

export function whenSent(callback) {
  onSent = callback;
}

export function add(files) {
  const added = [...files].map((file) => {
    const upload = { id: next++, file, name: file.name, step: "waiting", sent: 0, fault: null, sha256: null, documentId: null };
    upload.fault = faultOf(file);
    if (upload.fault) upload.step = "failed";
    return upload;
  });
  uploads.unshift(...added);
  changed();
  hashNext();
}

export function refuse(name, key, values = {}) {
  uploads.unshift({ id: next++, file: null, name, step: "failed", sent: 0, fault: { key, values }, documentId: null });
  changed();
}

// The signed request is good for minutes: while it is, the same task goes on.
export function again(upload) {
  const isSigned = upload.signed && Date.now() < upload.signedUntil;
  Object.assign(upload, { step: isSigned ? "ready" : "waiting", sent: 0, fault: null });
  changed();
  sendNext();
  hashNext();
}

export function forget(upload) {
  uploads.splice(uploads.indexOf(upload), 1);
  upload.request?.abort();
  changed();
}

export const isUnderWay = () => uploads.some(({ step }) => !["sent", "duplicate", "failed"].includes(step));

function faultOf(file) {
  if (file.size === 0) return { key: "file.emptyFile" };
  if (file.size > TOO_LARGE) return { key: "file.tooLarge" };
  if (!ENDINGS.test(file.name) && !TYPES.test(file.type)) return { key: "file.notTaken" };
  return null;
}

function hashNext() {
  if (uploads.some(({ step }) => step === "hashing")) return;
  const upload = uploads.findLast(({ step }) => step === "waiting");
  if (!upload) return;
  upload.step = "hashing";
  if (upload.sha256) return hasHash(upload, upload.sha256);
  worker ??= newWorker();
  worker.postMessage({ id: upload.id, file: upload.file });
  changed();
}

// A worker's address is one that Trusted Types watch over: this policy knows no other.
function newWorker() {
  const path = "/page/hash_worker.js";
  const policy = globalThis.trustedTypes?.createPolicy("bandeja-worker", { createScriptURL: () => path });
  const made = new Worker(policy ? policy.createScriptURL("") : path, { type: "module" });
  made.addEventListener("message", ({ data }) => {
    const upload = uploads.find(({ id }) => id === data.id);
    if (upload?.step === "hashing") hasHash(upload, data.sha256);
    else hashNext();
  });
  made.addEventListener("error", () => {
    // Without a hash nothing is known to be here already; it is sent all the same.
    for (const upload of uploads.filter(({ step }) => step === "hashing")) hasHash(upload, "");
  });
  return made;
}

function hasHash(upload, sha256) {
  if (sha256 === null) {
    failed(upload, { key: "file.unreadable" });
  } else {
    upload.sha256 = sha256;
    upload.step = "announcing";
    announceNext();
  }
  changed();
  hashNext();
}

async function announceNext() {
  if (announcing) return;
  announcing = true;
  await Promise.resolve(); // what is hashed in the same moment goes along
  for (;;) {
    const some = uploads.filter(({ step }) => step === "announcing").slice(-MOST_ANNOUNCED);
    if (!some.length) break;
    await announce(some);
    sendNext();
    changed();
  }
  announcing = false;
}

async function announce(some) {
  const wanted = some.map(({ file, sha256 }) => ({
    filename: file.name,
    content_type: file.type,
    size: file.size,
    ...(sha256 ? { sha256 } : {}),
  }));
  try {
    const { items } = await call("/uploads/batch", { method: "POST", body: wanted });
    items.forEach((item, place) => announced(some[place], item));
  } catch (error) {
    const fault = error instanceof Problem ? said(error) : { key: "file.interrupted" };
    isCommon(error);
    for (const upload of some) failed(upload, fault);
  }
}

const said = ({ message, action }) => ({ text: `${message} ${action}` });

function announced(upload, item) {
  const signedUntil = Date.parse(item.expires_at) - MARGIN;
  if (item.duplicate) Object.assign(upload, { step: "duplicate", documentId: item.document_id });
  else if (item.upload) Object.assign(upload, { step: "ready", documentId: item.document_id, signed: item.upload, signedUntil });
  else failed(upload, { text: `${item.detail} ${item.action}` });
}

function sendNext() {
  const underWay = uploads.filter(({ step }) => step === "transferring").length;
  for (const upload of uploads.filter(({ step }) => step === "ready").reverse().slice(0, AT_ONCE - underWay)) send(upload);
}

function send(upload) {
  const form = new FormData();
  for (const [name, value] of Object.entries(upload.signed.fields)) form.append(name, value);
  form.append("file", upload.file);
  const request = new XMLHttpRequest();
  upload.request = request;
  upload.step = "transferring";
  request.upload.addEventListener("progress", ({ loaded }) => {
    upload.sent = Math.min(loaded, upload.file.size);
    changed();
  });
  request.addEventListener("loadend", () => ended(upload, request.status));
  request.open("POST", upload.signed.url);
  request.send(form);
  changed();
}

function ended(upload, status) {
  if (!uploads.includes(upload)) return; // taken off the list
  if (status >= 200 && status < 300) {
    upload.step = "sent";
    onSent(upload);
  } else {
    failed(upload, status ? { key: "file.refused", values: { code: status } } : { key: "file.interrupted" });
  }
  sendNext();
  changed();
}

function failed(upload, fault) {
  upload.step = "failed";
  upload.fault = fault;
  changed();
}

// What a lost network cut goes on by itself when it is back.
addEventListener("online", () => {
  for (const upload of uploads) if (upload.step === "failed" && upload.fault?.key === "file.interrupted") again(upload);
});

// The browser asks before a page that still sends is closed.
addEventListener("beforeunload", (event) => {
  if (isUnderWay()) event.preventDefault();
});
