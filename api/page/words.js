// Every text that people see, Spanish first. A view asks `t("key", {name: value})`.
import { en } from "./words/en.js";
import { es } from "./words/es.js";

const LANGUAGES = { es, en };
const KEPT = "bandeja.language";
let language = kept() in LANGUAGES ? kept() : "es";
let zone = "America/Lima";

function kept() {
  try {
    return localStorage.getItem(KEPT) ?? "es";
  } catch {
    return "es"; // storage is forbidden
  }
}

export const spoken = () => language;

export function speak(next) {
  language = next in LANGUAGES ? next : "es";
  document.documentElement.lang = language;
  try {
    localStorage.setItem(KEPT, language);
  } catch {
    // It holds for this visit.
  }
}

export function setZone(name) {
  zone = name;
}

export function t(key, values = {}) {
  const text = LANGUAGES[language][key] ?? LANGUAGES.es[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

// A count with its noun: `counted("page", 1)` is "1 página".
export const counted = (noun, count) => t(`${noun}.${count === 1 ? "one" : "many"}`, { n: number(count) });

export const number = (value) => new Intl.NumberFormat(language === "es" ? "es-PE" : "en").format(value);

export function day(value) {
  if (!value) return "";
  const [year, month, date] = value.split("-").map(Number);
  return new Intl.DateTimeFormat(locale(), { dateStyle: "medium", timeZone: "UTC" }).format(Date.UTC(year, month - 1, date));
}

export function moment(value) {
  const at = new Date(value);
  const inZone = (options) => new Intl.DateTimeFormat(locale(), { timeZone: zone, ...options }).format(at);
  const today = new Intl.DateTimeFormat("en-CA", { timeZone: zone }).format(new Date());
  const isToday = new Intl.DateTimeFormat("en-CA", { timeZone: zone }).format(at) === today;
  return isToday ? inZone({ timeStyle: "short" }) : inZone({ dateStyle: "medium", timeStyle: "short" });
}

export function size(bytes) {
  const unit = bytes < 1e6 ? ["kB", 1e3] : ["MB", 1e6];
  return `${number(Math.max(0.1, Math.round((bytes / unit[1]) * 10) / 10))} ${unit[0]}`;
}

export function duration(seconds) {
  return seconds < 90 ? t("seconds", { n: Math.max(1, Math.round(seconds)) }) : t("minutes", { n: Math.round(seconds / 60) });
}

// The name of a facet's value: types and months have one, the others are their own.
export function named(facet, value) {
  if (facet === "month") {
    return new Intl.DateTimeFormat(locale(), { month: "long", timeZone: "UTC" }).format(Date.UTC(2024, Number(value) - 1, 1));
  }
  if (facet !== "type") return value;
  const key = `type.${value}`;
  const text = t(key);
  return text === key ? value.charAt(0).toUpperCase() + value.slice(1).replaceAll("_", " ") : text;
}

const locale = () => (language === "es" ? "es-PE" : "en-GB");
