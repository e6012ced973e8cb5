import { html, svg } from "./vendor/lit-html/lit-html.js";

const line = (paths) => html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" fill="none" stroke="currentColor"
  stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round">${paths}</svg>`;

export const icons = {
  tray: line(svg`<path d="M3 13l3-8h12l3 8v5a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2z"/><path d="M3 13h5l1.5 3h5l1.5-3h5"/>`),
  search: line(svg`<circle cx="11" cy="11" r="6.5"/><path d="M16 16l5 5"/>`),
  upload: line(svg`<path d="M12 16V4M7 9l5-5 5 5M4 20h16"/>`),
  pulse: line(svg`<path d="M3 12h4l3-8 4 16 3-8h4"/>`),
  camera: line(svg`<path d="M4 8h3l2-3h6l2 3h3v11H4z"/><circle cx="12" cy="13" r="3.5"/>`),
  file: line(svg`<path d="M6 3h8l5 5v13H6z"/><path d="M14 3v5h5"/>`),
  check: line(svg`<path d="M5 12.5l4.5 4.5L19 7.5"/>`),
  warning: line(svg`<path d="M12 4l9 16H3z"/><path d="M12 10v4M12 17.2v.1"/>`),
  close: line(svg`<path d="M6 6l12 12M18 6L6 18"/>`),
  left: line(svg`<path d="M14.5 5l-7 7 7 7"/>`),
  right: line(svg`<path d="M9.5 5l7 7-7 7"/>`),
  download: line(svg`<path d="M12 4v12M7 11l5 5 5-5M4 20h16"/>`),
  again: line(svg`<path d="M20 11a8 8 0 1 0-2.3 6.6"/><path d="M20 4v7h-7"/>`),
  trash: line(svg`<path d="M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13"/>`),
  copy: line(svg`<path d="M9 9h11v11H9z"/><path d="M15 9V4H4v11h5"/>`),
};
