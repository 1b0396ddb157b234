// The instructor's pages: keys, live top line, and what each page has of its own.
import { $, bindActs, bindKeys, move, refresh, showKeys, switchTheme, toast } from "./common.js";
import * as feed from "./feed.js";
import * as grid from "./grid.js";
import * as live from "./live.js";
import * as map from "./map.js";
import { bindMany, bindPrediction, bindSending } from "./predict.js";

const press = (id) => () => $(id)?.click();
const page = (key) => () => document.querySelector(`.tab[data-key="${key}"]`)?.click();

for (const id of ["theme", "keys", "print"]) if ($(id)) $(id).hidden = false;
$("theme")?.addEventListener("click", switchTheme);
$("keys")?.addEventListener("click", showKeys);
$("print")?.addEventListener("click", () => print());

bindActs();
bindKeys({
  ...Object.fromEntries([1, 2, 3, 4, 5, 6, 7, 8].map((key) => [String(key), page(key)])),
  " ": press("pause"),
  ".": press("step"),
  i: press("inject"),
  h: press("hold"),
  "/": () => ($("filter") ?? $("feed-party"))?.focus(),
  j: () => move(1),
  k: () => move(-1),
  d: switchTheme,
  "?": showKeys,
  Escape: () => ($("close") ? $("close").click() : document.activeElement?.blur?.()),
});

map.start();
feed.start();
grid.start();

// Alarms are spoken, the feed is not.
let alarms = null;
document.addEventListener("frame", ({ detail }) => {
  if (alarms !== null && detail.alarms > alarms) {
    $("alarms").textContent = `${detail.alarms} alarms`;
    toast("A new alarm: the three answers of a message do not fit together. See Access.", "error");
  }
  alarms = detail.alarms ?? alarms;
});

// The inject form.
const form = $("inject-form");
if (form) {
  bindPrediction(form, "predict", $("prediction"));
  bindMany(form);
  bindSending(form, (answer) => {
    toast(answer.says || "injected", "ok", answer.undo);
    $("inject-state").textContent = answer.says || "Injected.";
    refresh();
  });
}
const choices = $("choices");
if (choices) {
  $("filter").addEventListener("input", () => {
    const words = $("filter").value.toLowerCase().split(/\s+/).filter(Boolean);
    choices.querySelectorAll("a").forEach((link) => { link.hidden = !words.every((word) => link.dataset.words.toLowerCase().includes(word)); });
    choices.querySelectorAll("h2").forEach((head) => {
      let node = head.nextElementSibling, some = false;
      for (; node && node.localName === "a"; node = node.nextElementSibling) some ||= !node.hidden;
      head.hidden = !some;
    });
  });
  choices.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
}

// A finished run: moving along it.
$("scrub-t")?.addEventListener("change", () => $("scrub").requestSubmit());

if (document.querySelector("#drawer") && !location.hash) $("drawer").focus({ preventScroll: true });
live.start();
