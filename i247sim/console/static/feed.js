// The feed: at most 60 rows, newest first. It can be held, and filtered by outcome, kind and bureau.
import { $ } from "./common.js";

const ROWS = 60;
const WORDS = { read: "read", locked: "locked", refused: "refused", lost: "not delivered", queued: "queued", held: "held", sent: "sent", none: "not addressed" };

let held = false;
let missed = 0;
const waiting = [];

function row(m) {
  const made = $("t-feed").content.firstElementChild.cloneNode(true);
  made.href = `/situation?open=message:${encodeURIComponent(m.key)}`;
  Object.assign(made.dataset, { key: m.key, kind: m.kind, parties: `${m.from} ${m.to.join(" ")}` });
  made.querySelector("time").textContent = m.at;
  const mark = made.querySelector(".mark");
  if (m.notice) mark.classList.add(`mark-${m.notice}`);
  if (m.notice && m.channel === "diffusion") mark.classList.add("outline");
  mark.setAttribute("aria-label", m.notice ? `${m.notice} ${m.channel === "diffusion" ? "diffusion" : "notice"}` : m.kind.toLowerCase().replaceAll("_", " "));
  mark.firstElementChild.textContent = m.letter;
  const way = made.querySelector(".way");
  way.textContent = `${m.from} → ${m.to.join(" ")}${m.more ? ` +${m.more}` : ""}`;
  way.title = `${m.name} ${m.kind.toLowerCase().replaceAll("_", " ")}, ${m.classification}${m.case ? `, ${m.case}` : ""}`;
  stand(made, m);
  return made;
}

/** Where the message stands now: of a new row, or of one that is there already. */
function stand(line, { sign, code }) {
  const box = line.querySelector(".sign");
  line.dataset.sign = sign;
  line.querySelector(".code").textContent = code ?? "";
  box.className = `sign sign-${sign}`;
  box.querySelector("use").setAttribute("href", `/static/icons.svg#${sign in WORDS ? sign : "none"}`);
  box.querySelector(".spoken").textContent = WORDS[sign] ?? sign;
}

/** A message told earlier has moved on: its row says so, or will when the feed is no longer held. */
function late(m) {
  waiting.filter((one) => one.key === m.key).forEach((one) => Object.assign(one, m));
  const line = $("feed").querySelector(`.feed-row[data-key="${CSS.escape(m.key)}"]`);
  if (!line) return;
  stand(line, m);
  line.hidden = !wanted(line);
}

/** Each kind that has occurred can be filtered for. */
function offer(kind) {
  const list = $("feed-kind");
  if ([...list.options].some((one) => one.value === kind)) return;
  const words = kind.toLowerCase().replaceAll("_", " ");
  const made = new Option(words[0].toUpperCase() + words.slice(1), kind);
  list.add(made, [...list.options].find((one) => one.value > kind) ?? null);
}

function add(m) {
  const feed = $("feed");
  $("feed-empty").hidden = true;
  offer(m.kind);
  const old = feed.querySelector(`.feed-row[data-key="${CSS.escape(m.key)}"]`); // the page had it already
  const made = row(m), focused = old && old === document.activeElement;
  made.hidden = !wanted(made);
  if (old) old.replaceWith(made);
  else feed.prepend(made);
  if (focused) made.focus({ preventScroll: true });
  const rows = feed.querySelectorAll(".feed-row");
  for (let at = ROWS; at < rows.length; at += 1) if (rows[at] !== document.activeElement) rows[at].remove();
}

function wanted(line) {
  const signs = [...document.querySelectorAll("#feed-filters [aria-pressed=true]")].map((button) => button.dataset.sign);
  const kind = $("feed-kind").value, party = $("feed-party").value.trim().toUpperCase();
  return (!signs.length || signs.includes(line.dataset.sign)) && (!kind || line.dataset.kind === kind) &&
    (!party || line.dataset.parties.toUpperCase().split(" ").some((one) => one.startsWith(party)));
}

function filter() { document.querySelectorAll("#feed .feed-row").forEach((line) => { line.hidden = !wanted(line); }); }

export function hold() {
  held = !held;
  $("hold").setAttribute("aria-pressed", String(held));
  if (!held) { for (const m of waiting.splice(0).slice(-ROWS)) add(m); missed = 0; }
  say();
}

function say(skip = 0) {
  $("feed-rate").textContent = held ? `Held. ${missed} newer.` : skip ? `and ${skip} more, not shown` : "headers only";
}

export function start() {
  const feed = $("feed");
  if (!feed) return;
  $("hold").hidden = false;
  $("feed-filters").hidden = false;
  $("hold").addEventListener("click", hold);
  $("feed-filters").addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    button.setAttribute("aria-pressed", String(button.getAttribute("aria-pressed") !== "true"));
    filter();
  });
  $("feed-filters").addEventListener("input", filter);
  document.addEventListener("frame", ({ detail }) => {
    const messages = [...(detail.msgs ?? [])].reverse(); // the newest comes last, to the top
    if (held) {
      waiting.push(...messages);
      if (waiting.length > ROWS) waiting.splice(0, waiting.length - ROWS);
      missed += messages.length + (detail.skip ?? 0);
    } else for (const m of messages) add(m);
    for (const m of detail.late ?? []) late(m);
    if (messages.length || held) say(detail.skip);
  });
  document.addEventListener("reconnected", async () => {
    const answer = await fetch("/snapshot.json").then((got) => got.json()).catch(() => null);
    if (!answer?.feed) return;
    const focused = document.activeElement?.closest("#feed .feed-row")?.dataset.key;
    feed.querySelectorAll(".feed-row").forEach((line) => line.remove());
    for (const m of [...answer.feed].reverse()) add(m);
    if (focused) (feed.querySelector(`.feed-row[data-key="${CSS.escape(focused)}"]`) ?? feed).focus({ preventScroll: true });
  });
}
