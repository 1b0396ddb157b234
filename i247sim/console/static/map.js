// The map: arcs for what is handed over, dots that follow the links, one tab stop with arrow keys.
import { $ } from "./common.js";

const SVG = "http://www.w3.org/2000/svg";
const ALIVE = 120;
const still = matchMedia("(prefers-reduced-motion: reduce)");

const place = (party) => {
  const dot = $(`place-${party}`);
  return dot ? { x: Number(dot.dataset.x), y: Number(dot.dataset.y) } : null;
};

function hub() {
  const { x, y } = $("hub").dataset;
  return { x: Number(x), y: Number(y) };
}

/** A gentle bow between two places, bent to the left of the way as seen by the traveller. */
function bow(a, b) {
  const dx = b.x - a.x, dy = b.y - a.y;
  const bend = 0.16;
  return `M${a.x} ${a.y}Q${(a.x + dx / 2 + dy * bend).toFixed(1)} ${(a.y + dy / 2 - Math.abs(dx) * bend).toFixed(1)} ${b.x} ${b.y}`;
}

/** `key`: the message that it belongs to, if that is known: then a click opens it. */
export function arc(from, to, sign, key) {
  const layer = $("arcs");
  const a = place(from) ?? hub();
  const refused = sign === "refused";
  const b = refused ? hub() : place(to);
  if (!b || (a.x === b.x && a.y === b.y)) return;
  const way = document.createElementNS(SVG, "path");
  let d = bow(a, b);
  if (refused) { // it ends at the hub with a bar across
    const unit = Number($("map").dataset.unit), length = Math.hypot(b.x - a.x, b.y - a.y) || 1;
    const nx = (-(b.y - a.y) / length) * 12 * unit, ny = ((b.x - a.x) / length) * 12 * unit;
    d += `M${(b.x - nx).toFixed(1)} ${(b.y - ny).toFixed(1)}L${(b.x + nx).toFixed(1)} ${(b.y + ny).toFixed(1)}`;
  }
  way.setAttribute("d", d);
  way.setAttribute("class", sign === "lost" ? "arc arc-lost dashed" : `arc arc-${sign} solid`);
  if (sign !== "lost") way.setAttribute("pathLength", "1");
  if (key) way.dataset.key = key;
  layer.append(way);
  while (layer.childElementCount > ALIVE) layer.firstElementChild.remove();
  setTimeout(() => way.classList.add("fading"), still.matches ? 600 : 1300);
  setTimeout(() => way.remove(), still.matches ? 3200 : 3900);
}

export function link(party, state) {
  const dot = $(`place-${party}`);
  if (!dot) return;
  dot.classList.remove("up", "cut", "held", "slow", "down", "revoked", "stopped");
  dot.classList.add(state);
  const name = dot.getAttribute("aria-label").split(":")[0];
  dot.setAttribute("aria-label", `${name}: ${state}`);
  dot.querySelector("title").textContent = `${name}: ${state}`;
}

function select(dot) {
  document.querySelectorAll(".place.selected").forEach((old) => old.classList.remove("selected"));
  const outline = $("outline");
  if (!dot) { outline.setAttribute("hidden", ""); return; }
  dot.classList.add("selected");
  const party = dot.dataset.party.split("-")[0];
  outline.setAttribute("href", `/static/land.svg#${party}`);
  outline.removeAttribute("hidden");
}

const open = (dot) => { location.assign(`?open=bureau:${encodeURIComponent(dot.dataset.party)}`); };

/** The nearest dot in the direction of an arrow key, seen from (x, y): within 60 degrees of it. */
function nearest(x, y, key, except) {
  const [ux, uy] = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[key];
  let best = null, least = Infinity;
  for (const dot of document.querySelectorAll(".place")) {
    if (dot === except) continue;
    const dx = Number(dot.dataset.x) - x, dy = Number(dot.dataset.y) - y;
    const along = dx * ux + dy * uy, across = Math.abs(dx * uy) + Math.abs(dy * ux);
    if (along <= 0 || across > along * 1.75) continue;
    const cost = along + across * 2;
    if (cost < least) { least = cost; best = dot; }
  }
  return best;
}

let current = null;

/** Select a party's dot, as if somebody had gone there; the map, which takes the focus for all dots, or `null`. */
export function turnTo(party) {
  current = $(`place-${party}`);
  select(current);
  return current && $("map");
}

export function start() {
  const map = $("map");
  if (!map) return;
  document.addEventListener("frame", ({ detail }) => {
    const whose = (from, to) => detail.msgs?.find((m) => m.from === from && m.to.includes(to))?.key;
    if (!document.hidden) for (const [from, to, sign] of detail.arcs ?? []) arc(from, to, sign, whose(from, to));
    for (const [party, state] of Object.entries(detail.links ?? {})) link(party, state);
  });
  if (!map.hasAttribute("tabindex")) return;
  const opened = new URLSearchParams(location.search).get("open");
  if (opened?.startsWith("bureau:")) turnTo(opened.slice(7));
  map.addEventListener("click", (event) => {
    const dot = event.target.closest(".place"), { key } = event.target.dataset;
    if (dot) open(dot);
    else if (key) location.assign(`/situation?open=message:${encodeURIComponent(key)}`);
  });
  map.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && current) { event.preventDefault(); open(current); return; }
    if (!event.key.startsWith("Arrow")) return;
    event.preventDefault();
    const box = map.viewBox.baseVal;
    const x = current ? Number(current.dataset.x) : box.x + box.width / 2, y = current ? Number(current.dataset.y) : box.y + box.height / 2;
    const next = nearest(x, y, event.key, current);
    if (!next) return;
    select((current = next));
    $("alarms").textContent = "";
    map.setAttribute("aria-label", next.getAttribute("aria-label"));
  });
}
