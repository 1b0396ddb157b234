// The socket: frames from the server, never anything back. Each frame goes out as a `frame` event on the document.
import { $, refresh } from "./common.js";

const STALE = 3000; // no frame for this long: values are old; the server sends one at least every second
const HURRY = 1000; // refresh regions at most this often

let last = 0;
let state = "connecting";
let wait = 500;
let seen = "";
let due = 0;
let phase = document.body.dataset.phase;

const GONE = "not possible: the connection is lost";
const ACTS = "form[data-act] button, .foot button, .seat-form button, form[action='/do/logout'] button";
// A person at a desk is not told that the story is over: "connected" is all that the line says there. Nor is the wall.
const SEAT = "seat" in document.documentElement.dataset;
const WALL = "wall" in document.documentElement.dataset;
const WORDS = SEAT
  ? { paused: "paused", "not-started": "not started", running: "connected", waiting: "connected", ended: "ended" }
  : { paused: "paused", "not-started": "not started", running: "live", waiting: WALL ? "live" : "nothing planned", ended: "ended" };

function show(next, text) {
  state = next;
  const box = $("live");
  if (!box) return;
  box.dataset.state = next;
  box.textContent = text;
  document.body.classList.toggle("offline", next === "lost");
  document.querySelectorAll(ACTS).forEach((button) => {
    if (next === "lost") {
      if (!button.disabled) { button.disabled = true; button.dataset.offline = button.title; button.title = GONE; }
    } else if ("offline" in button.dataset) {
      button.disabled = false; button.title = button.dataset.offline; delete button.dataset.offline;
    }
  });
  document.querySelectorAll(".offline-why").forEach((old) => { if (next !== "lost") old.remove(); });
  if (next === "lost") document.querySelectorAll(".foot, .seat-form .acts").forEach(sayWhy);
}

/** The reason stands beside the buttons too: a title is seen by nobody with a finger or a keyboard. */
function sayWhy(place) {
  if (place.querySelector(".offline-why")) return;
  const why = document.createElement("span");
  why.className = "offline-why small";
  why.textContent = `${GONE}; what you typed stays`;
  place.append(why);
}

function take(frame) {
  last = Date.now();
  phase = frame.phase ?? phase;
  document.body.dataset.phase = phase;
  show(phase === "paused" || phase === "not-started" ? "paused" : "live", WORDS[phase] ?? "live");
  if ($("clock") && frame.clock) $("clock").textContent = frame.clock;
  for (const [name, number] of Object.entries(frame.counts ?? {})) {
    const box = document.querySelector(`[data-count="${name}"]`);
    if (!box) continue;
    const whole = name === "queued" ? number + (frame.counts.held ?? 0) : number;
    const text = whole.toLocaleString("en");
    if (box.textContent !== text) box.textContent = text;
  }
  document.dispatchEvent(new CustomEvent("frame", { detail: frame }));
  // What the pages show follows from these; when one of them changes, the regions are loaded again, soon.
  const now = JSON.stringify([frame.counts, frame.phase, frame.pace, frame.faults, frame.alarms, frame.new, frame.receipts, frame.bands, frame.events?.length, Object.keys(frame.links ?? {}).length, frame.link, frame.rev]);
  // The first frame counts as news: something may have happened between the page and its socket.
  const moved = now !== seen;
  seen = frame.events?.length || Object.keys(frame.links ?? {}).length ? now + frame.seq : now;
  if (moved && !due) due = setTimeout(() => { due = 0; refresh(); }, HURRY);
}

function connect() {
  const socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${document.body.dataset.liveSocket || "/live"}`);
  socket.onopen = async () => {
    if (wait > 500) { // back after a loss: everything may have changed
      document.dispatchEvent(new Event("reconnected"));
      refresh();
    }
    wait = 500;
    last = Date.now();
  };
  socket.onmessage = (message) => take(JSON.parse(message.data));
  socket.onclose = (event) => {
    if (event.code === 4401) { location.assign("/login"); return; }
    if (event.code === 4410) { show("still", "ended"); location.reload(); return; }
    if (event.code === 4411) { show("lost", "ended, and the console is closed"); return; }
    show("lost", "connection lost, retrying");
    wait = Math.min(wait * 1.7, 8000);
    setTimeout(connect, wait);
  };
}

export function start() {
  if (!("liveSocket" in document.body.dataset)) return;
  last = Date.now(); // a console that never answers is noticed too
  connect();
  setInterval(() => {
    const quiet = Date.now() - last;
    const stale = quiet > STALE;
    const text = stale ? `No data for ${Math.round(quiet / 1000)} s` : phase === "paused" ? "Paused" : phase === "not-started" ? "Not started" : "";
    const box = $("map-state");
    if (box) {
      box.hidden = !text;
      if (box.textContent !== text) box.textContent = text;
    }
    $("map")?.classList.toggle("stale", stale);
    if (stale && state === "live") show("lost", "no data");
  }, 500);
}
