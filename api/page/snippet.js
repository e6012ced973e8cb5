// A snippet is HTML, escaped but for <mark>. It is read as text with marks, and never becomes HTML again.
import { html } from "./vendor/lit-html/lit-html.js";

const ENTITIES = { "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#x27;": "'", "&#39;": "'" };

export function snippet(source) {
  return source.split(/(<mark>.*?<\/mark>)/s).map((part) => {
    const marked = /^<mark>(.*)<\/mark>$/s.exec(part);
    return marked ? html`<mark>${plain(marked[1])}</mark>` : plain(part);
  });
}

// The words that are marked.
export const markedWords = (source) => [...source.matchAll(/<mark>(.*?)<\/mark>/gs)].map(([, said]) => plain(said));

const plain = (text) => text.replace(/&(?:amp|lt|gt|quot|#x27|#39);/g, (entity) => ENTITIES[entity]);
