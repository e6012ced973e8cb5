// Where the page is: `#/document/ID?page=3` is ["document", "ID"] and its parameters.
export function route() {
  const [path, query = ""] = location.hash.replace(/^#\/?/, "").split("?");
  return { parts: path.split("/").filter(Boolean).map(decoded), params: new URLSearchParams(query) };
}

function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

export function link(parts, params = {}) {
  const given = Object.entries(params).filter(([, value]) => value !== "" && value != null);
  const query = new URLSearchParams(given).toString();
  return `#/${parts.map(encodeURIComponent).join("/")}${query ? `?${query}` : ""}`;
}

export function go(parts, params) {
  location.hash = link(parts, params);
}

// The same place with other parameters; no step in the browser's history.
export function replace(parts, params) {
  history.replaceState(null, "", link(parts, params));
}
