// Forms that are predicted while they are filled: the inject form, and a seat's new message.
import { $, markErrors, post, toast } from "./common.js";

const WORDS = { read: "will read", locked: "cannot open it", refused: "refused", lost: "not delivered", queued: "waits", held: "held" };

function show(box, answer) {
  box.hidden = false;
  box.querySelector("[data-text]").textContent = answer.says ?? "";
  const list = box.querySelector("ul");
  list.replaceChildren(...(answer.lines ?? []).map((line) => {
    const made = $("t-reader").content.firstElementChild.cloneNode(true);
    const sign = made.querySelector(".sign");
    sign.classList.add(`sign-${line.sign}`);
    made.querySelector("use").setAttribute("href", `/static/icons.svg#${line.sign}`);
    made.querySelector(".spoken").textContent = WORDS[line.sign] ?? line.sign;
    made.querySelector("b").textContent = line.party;
    made.querySelector("code").textContent = line.code ?? "";
    const why = made.querySelector(".why");
    if (why) why.textContent = line.text ?? "";
    return made;
  }));
}

/** Ask after every change, once the hand rests. What is typed is kept whatever happens. */
export function bindPrediction(form, command, box) {
  let wait = 0, asked = 0;
  const ask = async () => {
    const number = (asked += 1);
    const answer = await post(command, new URLSearchParams(new FormData(form)));
    if (number !== asked) return;
    if (answer.ok || answer.lines?.length) show(box, answer);
    else if (!Object.keys(answer.errors ?? {}).length && answer.says) show(box, { says: answer.says });
    else box.hidden = box.id === "prediction";
  };
  form.addEventListener("input", () => { clearTimeout(wait); wait = setTimeout(ask, 400); });
}

/** Send in place, so that errors stand at their fields and nothing typed is lost. `done` gets the server's answer. */
export function bindSending(form, done) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const data = new URLSearchParams(new FormData(form, event.submitter ?? undefined));
    const check = data.get("check") === "1";
    const button = event.submitter;
    if (button?.getAttribute("aria-disabled") === "true") return;
    if (button) button.setAttribute("aria-disabled", "true");
    const command = new URL(form.action).pathname.replace("/do/", "");
    const answer = await post(check && "preview" in form.dataset ? "preview" : check ? "predict" : command, data);
    if (button) button.removeAttribute("aria-disabled");
    markErrors(form, answer.errors ?? {});
    const general = answer.errors?.[""] ?? (answer.ok ? "" : answer.says);
    if (!answer.ok && general && !document.activeElement?.matches("[aria-invalid]")) toast(general, "error");
    if (answer.ok && check) show($("prediction") ?? $("preview"), answer);
    else if (answer.ok) done(answer);
  });
}

/** Several parties in one field: suggestions replace only the part after the last comma. */
export function bindMany(root) {
  root.querySelectorAll("input[data-many]").forEach((input) => {
    const list = $(input.getAttribute("list"));
    if (!list) return;
    const words = [...list.options].map((option) => [option.value, option.label]);
    input.addEventListener("input", () => {
      const before = input.value.slice(0, input.value.lastIndexOf(",") + 1);
      list.replaceChildren(...words.map(([value, label]) => {
        const option = document.createElement("option");
        option.value = before ? `${before} ${value}` : value;
        option.label = label;
        return option;
      }));
    });
  });
}
