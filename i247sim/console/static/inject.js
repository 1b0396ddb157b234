// Inject: the same page as a dialog over whatever is shown, so that nobody loses sight of the exercise.
import { $, load, refresh, toast } from "./common.js";
import { bindMany, bindPrediction, bindSending } from "./predict.js";

function wakeForm(done) {
  const form = $("inject-form");
  if (form) {
    bindPrediction(form, "predict", $("prediction"));
    bindMany(form);
    bindSending(form, (answer) => {
      toast(answer.says || "injected", "ok", answer.undo);
      $("inject-state").textContent = answer.says || "Injected.";
      done?.();
    });
    const when = form.elements.when;
    const show = () => {
      for (const field of form.querySelectorAll("fieldset.when [name]")) {
        if (field === when || field.name === "ends") continue;
        field.closest(".field").hidden = when.value !== field.name.split(".")[0];
      }
    };
    when?.addEventListener("change", show);
    if (when) show();
  }
}

/** Bring page or dialog to life. `done`: after something was injected. */
export function wake(done) {
  wakeForm(done);
  const choices = $("choices");
  if (!choices) return;
  const search = choices.parentElement.querySelector("input[type=search]");
  search.addEventListener("input", () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    choices.parentElement.querySelectorAll("[data-words]").forEach((one) => { one.hidden = !words.every((word) => one.dataset.words.toLowerCase().includes(word)); });
    const shelf = $("shelf");
    if (shelf) {
      shelf.hidden = !shelf.querySelector("[data-words]:not([hidden])");
      shelf.open = words.length > 0 && !choices.querySelector("a:not([hidden])");
    }
    choices.querySelectorAll("h2").forEach((head) => {
      let node = head.nextElementSibling, some = false;
      for (; node && node.localName === "a"; node = node.nextElementSibling) some ||= !node.hidden;
      head.hidden = !some;
    });
  });
  const current = choices.querySelector("[aria-current]");
  if (current) choices.scrollTop = current.offsetTop - choices.clientHeight / 3;
}

async function fill(dialog, address) {
  const page = await load(address);
  const main = page?.getElementById("main");
  if (!main && document.body.classList.contains("offline")) { // the page behind must not be lost for it
    dialog.close();
    toast("not possible: the connection is lost", "error", null, "offline");
    return;
  }
  if (!main) { location.assign(address); return; }
  const box = dialog.querySelector(".dialog-body");
  const scrolled = dialog.querySelector(".choices")?.scrollTop;
  box.replaceChildren(...[...main.childNodes].map((node) => document.importNode(node, true)));
  wake(() => { dialog.close(); refresh(); });
  if (scrolled) $("choices").scrollTop = scrolled;
  ($("inject-form")?.querySelector("input:not([type=hidden]), select, textarea") ?? box.querySelector("input[type=search]"))?.focus();
}

export function start() {
  if (document.body.dataset.page === "inject" || $("inject-form") || $("choices")) { wake(refresh); return; }
  const dialog = $("inject-dialog");
  if (!dialog) return;
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.('a[href^="/inject"]');
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    if (!dialog.open) dialog.showModal();
    fill(dialog, link.getAttribute("href"));
  });
  dialog.addEventListener("submit", (event) => {
    if (event.target.matches("[role=search]")) event.preventDefault();
  });
  dialog.querySelector(".dialog-close").addEventListener("click", () => dialog.close());
}
