// The SHA-256 of a file, off the page's own thread and piece by piece. The browser's own digest takes whole files alone and is there
// by HTTPS only, so it is used for small ones.
import { sha256 } from "./vendor/noble-hashes/sha2.js";
import { bytesToHex } from "./vendor/noble-hashes/utils.js";

const SMALL = 32e6;

addEventListener("message", async ({ data: { id, file } }) => {
  try {
    postMessage({ id, sha256: await digest(file) });
  } catch {
    postMessage({ id, sha256: null });
  }
});

async function digest(file) {
  if (file.size <= SMALL && globalThis.crypto?.subtle) {
    return bytesToHex(new Uint8Array(await crypto.subtle.digest("SHA-256", await file.arrayBuffer())));
  }
  const hash = sha256.create();
  const reader = file.stream().getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return bytesToHex(hash.digest());
    hash.update(value);
  }
}
