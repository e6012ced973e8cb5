// The newest tasks, live: one look at the list every few seconds while something runs, and an event stream for those that run.
import { call, taskEvents } from "./api.js";
import { changed, isCommon, state } from "./store.js";

const OFTEN = 2000; // milliseconds between two looks while something runs
const SELDOM = 8000; // … and while nothing does: a scanner may drop a document
const MOST_STREAMS = 2; // a browser holds six connections to a host, and pictures need some
const ENDED = new Set(["completed", "error", "expired", "cancelled", "deleted", "superseded"]);

export const tasks = { items: [], nextCursor: null, isLoaded: false };
const streams = new Map();
let timer;
let isWatching = false;

export const hasEnded = ({ status }) => ENDED.has(status);

export function watch() {
  isWatching = true;
  look();
}

export function unwatch() {
  isWatching = false;
  clearTimeout(timer);
  for (const id of [...streams.keys()]) close(id);
}

export function lookSoon() {
  clearTimeout(timer);
  if (isWatching) timer = setTimeout(look, 150);
}

async function look() {
  clearTimeout(timer);
  try {
    const found = await call("/tasks", { params: { limit: 50 } });
    merge(found);
  } catch (error) {
    isCommon(error);
  }
  if (!isWatching || !state.session) return unwatch();
  follow();
  timer = setTimeout(look, tasks.items.some((task) => !hasEnded(task)) ? OFTEN : SELDOM);
}

// The newest page takes the place of what is known; what was loaded of earlier pages stays behind it.
function merge({ items, next_cursor: cursor }) {
  const fresh = new Set(items.map(({ task_id: id }) => id));
  const oldest = items.at(-1)?.created_at ?? "";
  const earlier = tasks.items.filter((task) => !fresh.has(task.task_id) && task.created_at < oldest);
  if (!earlier.length) tasks.nextCursor = cursor;
  tasks.items = [...items, ...earlier];
  tasks.isLoaded = true;
  changed();
}

export async function loadMore() {
  try {
    const found = await call("/tasks", { params: { limit: 50, cursor: tasks.nextCursor } });
    const known = new Set(tasks.items.map(({ task_id: id }) => id));
    tasks.items.push(...found.items.filter(({ task_id: id }) => !known.has(id)));
    tasks.nextCursor = found.next_cursor;
    changed();
  } catch (error) {
    isCommon(error);
  }
}

export function put(task) {
  const place = tasks.items.findIndex(({ task_id: id }) => id === task.task_id);
  if (place >= 0) tasks.items[place] = task;
  else tasks.items.unshift(task);
  changed();
}

function follow() {
  const wanted = tasks.items.filter((task) => task.status === "processing").slice(0, MOST_STREAMS);
  const ids = new Set(wanted.map(({ task_id: id }) => id));
  for (const id of [...streams.keys()]) if (!ids.has(id)) close(id);
  for (const id of ids) if (!streams.has(id)) open(id);
}

function open(id) {
  const stream = new EventSource(taskEvents(id));
  streams.set(id, stream);
  stream.addEventListener("task", ({ data }) => {
    const task = JSON.parse(data);
    put(task);
    if (hasEnded(task)) {
      close(id);
      lookSoon();
    }
  });
  // Looking at the list goes on whatever becomes of the stream.
  stream.addEventListener("error", () => close(id));
}

function close(id) {
  streams.get(id)?.close();
  streams.delete(id);
}

// One task until it ends: by its stream, and where there is none by looking; returns what stops it.
export function followOne(id, onTask) {
  let isWanted = true;
  let again;
  const stream = new EventSource(taskEvents(id));
  const stop = () => {
    isWanted = false;
    stream.close();
    clearTimeout(again);
  };
  const told = (task) => {
    if (!isWanted) return;
    if (hasEnded(task)) stop();
    onTask(task);
  };
  const lookAtIt = async () => {
    try {
      told(await call(`/tasks/${id}`));
    } catch (error) {
      if (!isCommon(error)) stop();
    }
    if (isWanted) again = setTimeout(lookAtIt, OFTEN);
  };
  stream.addEventListener("task", ({ data }) => told(JSON.parse(data)));
  stream.addEventListener("error", () => {
    stream.close();
    if (isWanted && !again) lookAtIt();
  });
  return stop;
}
