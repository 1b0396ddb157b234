// The trainee's seat: arrival of new mail, the clock, keys, the preview. Every page works without it.
import { $, bindActs, bindKeys, move, showKeys, switchTheme, toast } from "./common.js";
import * as live from "./live.js";
import { bindMany, bindPrediction } from "./predict.js";

for (const id of ["theme", "keys"]) $(id).hidden = false;
$("theme").addEventListener("click", switchTheme);
$("keys").addEventListener("click", showKeys);
bindActs();

const go = (address) => () => location.assign(address);
bindKeys({
  j: () => move(1),
  k: () => move(-1),
  r: () => { const field = document.querySelector("#reply input:not([type=hidden]), #reply textarea, #reply select"); field?.scrollIntoView({ block: "center" }); field?.focus(); },
  m: () => (location.pathname === "/seat" ? document.activeElement.closest("li") : $("main"))?.querySelector("form[action='/do/mark'] button")?.click(),
  c: go("/seat/new"),
  n: go("/seat/notices/new"),
  q: go("/seat/query"),
  "/": () => $("filter")?.focus(),
  d: switchTheme,
  "?": showKeys,
  Escape: () => { if (location.pathname !== "/seat") location.assign("/seat"); },
});

document.querySelectorAll("form[data-preview]").forEach((form) => {
  bindPrediction(form, "preview", $("preview"));
  form.querySelector("button[name=check]").hidden = true; // the rules are asked as one writes
  bindMany(form);
});

// Phrases are put into the fields; without script the link does the same.
$("templates")?.addEventListener("click", (event) => {
  const link = event.target.closest("a");
  if (!link) return;
  event.preventDefault();
  const form = $("reply").querySelector("form");
  const subject = form.querySelector("[name$=subject]"), text = form.querySelector("textarea");
  if (subject) subject.value = link.dataset.subject;
  if (text) { text.value = link.dataset.body; text.focus(); }
});

// A link to the form for passing on opens it.
const openForward = () => { if (location.hash === "#forward") $("forward")?.setAttribute("open", ""); };
addEventListener("hashchange", openForward);
openForward();

// Back from a message, the focus is on its line.
try {
  const last = sessionStorage.getItem("opened");
  if (last) document.querySelector(`a.row-link[href="${CSS.escape(last)}"]`)?.focus({ preventScroll: true });
  sessionStorage.setItem("opened", location.pathname.startsWith("/seat/message/") ? location.pathname : "");
} catch { /* without storage it begins at the top */ }

let fresh = null, first = null;
document.addEventListener("frame", ({ detail }) => {
  first ??= detail.new;
  if (fresh !== null && detail.new > fresh) toast(detail.new - first === 1 ? "A new message." : `${detail.new - first} new messages.`, "ok", null, "mail");
  fresh = detail.new ?? fresh;
});
document.querySelector("[aria-invalid=true]")?.focus();
live.start();
