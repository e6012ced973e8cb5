// What tells one document from another in a line.
import { day, named } from "./words.js";

export const facts = (found) => [
  found.document_type ? named("type", found.document_type) : "",
  found.document_number ? `N.º ${found.document_number}` : "",
  day(found.date),
].filter(Boolean).join(" · ");

// What a document is called: its title or file name, else the end of its object key. Some scanners name nothing.
export const nameOf = ({ title, filename, object_key: key }) => title || filename || (key ?? "").split("/").filter(Boolean).at(-1) || "—";
