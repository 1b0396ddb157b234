// What all pages share: theme, keys, acts that are sent without leaving the page, and regions that refresh.
// Without script every form and link works as it stands; nothing here is needed to use the console.

export const $ = (id) => document.getElementById(id);

// --- theme

export function switchTheme() {
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
  try { localStorage.setItem("theme", root.dataset.theme); } catch { /* only until the page is left */ }
}

// --- keys

const inField = (node) => node.closest?.("input, textarea, select, dialog, [contenteditable]");

/** `keys`: single key to function. They never fire in fields or with a modifier, and can be switched off (WCAG 2.1.4). */
export function bindKeys(keys) {
  const off = $("keys-off");
  if (off) {
    try { off.checked = localStorage.getItem("keys") === "off"; } catch { off.checked = false; }
    off.addEventListener("change", () => {
      try { localStorage.setItem("keys", off.checked ? "off" : "on"); } catch { /* only for this page */ }
    });
  }
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") {
      if (document.querySelector("dialog[open]")) return;
      if (inField(event.target)) event.target.blur(); // out of the field first: what is typed must not go with the page
      else keys.Escape?.(event);
      return;
    }
    if (off?.checked || inField(event.target)) return;
    if (event.key === " " && event.target.closest?.("button, a, summary, [role=button], .feed, .scroll")) return;
    const act = keys[event.key];
    if (!act) return;
    event.preventDefault();
    act(event);
  });
}

/** `j` and `k` through the links of lists and tables. */
export function move(by) {
  const rows = [...document.querySelectorAll("#feed .feed-row, [data-rows] :is(a.row, a.row-link, summary), #choices a")].filter((row) => row.checkVisibility());
  if (!rows.length) return;
  const at = rows.indexOf(document.activeElement);
  rows[at < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.max(0, Math.min(rows.length - 1, at + by))].focus();
}

export function showKeys() { $("key-list")?.showModal(); }

// --- what happened

const MOST_TOASTS = 3;

/** A message at the lower edge; `undo` is {command, fields, title} or null. Errors stay until they are closed. A newer
 * message about the same thing (`about`) takes the place of the older. */
export function toast(text, kind = "ok", undo = null, about = "") {
  const note = $("t-toast").content.firstElementChild.cloneNode(true);
  if (about) $("toasts").querySelectorAll(`[data-about="${about}"]`).forEach((old) => old.remove());
  note.dataset.about = about;
  note.classList.add(kind);
  note.querySelector("[data-text]").textContent = text.replaceAll("`", "");
  if (kind === "error") note.setAttribute("role", "alert");
  const shut = () => note.remove();
  if (undo) {
    const button = document.createElement("button");
    button.className = "small";
    button.textContent = undo.title || "Undo";
    button.addEventListener("click", async () => { shut(); await send(undo.command, new URLSearchParams(undo.fields)); });
    note.append(button);
  }
  const close = document.createElement("button");
  close.className = "small plain";
  close.textContent = "Close";
  close.addEventListener("click", shut);
  note.append(close);
  $("toasts").append(note);
  while ($("toasts").childElementCount > MOST_TOASTS) $("toasts").firstElementChild.remove();
  // What somebody has gone to with the keyboard does not go away under the hand.
  const fade = () => { if (note.contains(document.activeElement)) setTimeout(fade, 2000); else shut(); };
  if (kind !== "error") setTimeout(fade, undo ? 12000 : 6000);
}

// --- acts

const csrf = () => document.querySelector("input[name=csrf]")?.value ?? "";

/** Send one act; resolves to the server's answer {ok, says, undo, errors}. What cannot be undone is asked once. */
export async function post(command, data) {
  if (!data.has("csrf")) data.set("csrf", csrf());
  try {
    const answer = await fetch(`/do/${command}`, { method: "POST", body: data, headers: { Accept: "application/json" }, redirect: "manual" });
    if (answer.type === "opaqueredirect" || answer.status === 401) { location.reload(); return { ok: false, says: "you are signed out", errors: {} }; }
    const found = await answer.json();
    if (!found.confirm || data.has("sure")) return found;
    if (!(await sure(found.confirm))) return { ok: false, says: "not done", errors: {} };
    data.set("sure", "1");
    return await post(command, data);
  } catch {
    return { ok: false, says: "the console does not answer; nothing was done", errors: {} };
  }
}

const SEEN_AT_ONCE = ["pause", "resume", "pace", "step", "next"]; // the top line says it already

/** Send one act, say what came of it, and refresh the page. */
export async function send(command, data) {
  const answer = await post(command, data);
  if (answer.token) { location.reload(); return answer; }
  if (answer.to) { location.assign(answer.to); return answer; }
  if (!answer.ok || !SEEN_AT_ONCE.includes(command)) toast(answer.says || (answer.ok ? "done" : "not done"), answer.ok ? "ok" : "error", answer.undo);
  await refresh();
  return answer;
}

function sure(text) {
  const dialog = $("confirm");
  $("confirm-text").textContent = text;
  dialog.returnValue = "no";
  dialog.showModal();
  $("confirm-no").focus();
  return new Promise((done) => dialog.addEventListener("close", () => done(dialog.returnValue === "yes"), { once: true }));
}

/** Forms marked `data-act` are sent in place; those with `data-confirm` ask once before. */
export function bindActs() {
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!form.matches("form[data-act]")) return;
    event.preventDefault();
    const data = new URLSearchParams(new FormData(form, event.submitter ?? undefined));
    if (form.dataset.confirm) {
      if (!(await sure(form.dataset.confirm))) return;
      data.set("sure", "1");
    }
    const button = event.submitter ?? form.querySelector("button");
    if (button?.getAttribute("aria-disabled") === "true") return; // it is under way; truly disabled it would lose the focus
    if (button) button.setAttribute("aria-disabled", "true");
    try {
      const answer = await send(new URL(form.action).pathname.replace("/do/", ""), data);
      markErrors(form, answer.errors ?? {});
      if (answer.ok) form.querySelectorAll("textarea").forEach((area) => { area.value = ""; });
    } finally {
      if (button) button.removeAttribute("aria-disabled");
    }
  });
}

/** An error goes when its field is written to. */
document.addEventListener("input", ({ target }) => {
  if (!target.matches?.("[aria-invalid]")) return;
  target.removeAttribute("aria-invalid");
  target.closest(".field")?.querySelector(".wrong")?.remove();
});

/** Put errors at their fields and the focus on the first. `errors`: field name to text. */
export function markErrors(form, errors) {
  form.querySelectorAll(".wrong[data-from-script]").forEach((old) => old.remove());
  form.querySelectorAll("[aria-invalid]").forEach((field) => { field.removeAttribute("aria-invalid"); field.closest(".field")?.querySelector(".wrong")?.remove(); });
  let first = null;
  for (const [name, text] of Object.entries(errors)) {
    const field = name && form.querySelector(`[name="${CSS.escape(name)}"]`);
    if (!field) continue;
    field.setAttribute("aria-invalid", "true");
    const wrong = document.createElement("p");
    wrong.className = "wrong";
    wrong.dataset.fromScript = "";
    wrong.id = `${field.id}-wrong`;
    wrong.textContent = text.replaceAll("`", "");
    field.closest(".field")?.append(wrong);
    field.setAttribute("aria-describedby", [...new Set([...(field.getAttribute("aria-describedby") ?? "").split(" "), wrong.id])].join(" ").trim());
    field.closest("details")?.setAttribute("open", "");
    first ??= field;
  }
  first?.focus();
}

// --- refresh

let running = null;
let again = false;

/** Load this page once more and put its `data-live` regions in the place of ours. Never two at a time. */
export function refresh() {
  if (running) { again = true; return running; }
  running = load(location.pathname + location.search).then((page) => {
    if (page) document.querySelectorAll("[data-live]").forEach((old) => swap(old, page.querySelector(`[data-live="${old.dataset.live}"]`)));
    document.dispatchEvent(new Event("refreshed"));
  }).finally(() => {
    running = null;
    if (again) { again = false; refresh(); }
  });
  return running;
}

/** A page as an inert document, parsed by the browser itself; `null` if it could not be had. */
export function load(address) {
  return new Promise((done) => {
    const request = new XMLHttpRequest();
    request.open("GET", address);
    request.responseType = "document";
    request.setRequestHeader("X-Refresh", "1");
    request.onload = () => done(request.status === 200 && new URL(request.responseURL).pathname === new URL(address, location.href).pathname ? request.response : null);
    request.onerror = () => done(null);
    request.send();
  });
}

function swap(old, fresh) {
  if (!fresh || old.isEqualNode(fresh)) return;
  // Do not take away what somebody is using: a field being filled, a text being selected, a button in the hand.
  const busy = old.contains(document.activeElement) && document.activeElement.matches("input, textarea, select");
  if (busy || old.matches(":has(:active)") || old.matches("[data-keep]")) return;
  const focused = old.contains(document.activeElement) ? path(old, document.activeElement) : null;
  const opened = [...old.querySelectorAll("details[open] > summary")].map((summary) => summary.textContent);
  const { scrollTop, scrollLeft } = old;
  const made = document.importNode(fresh, true);
  made.querySelectorAll("details > summary").forEach((summary) => { if (opened.includes(summary.textContent)) summary.parentElement.open = true; });
  old.replaceWith(made);
  made.scrollTop = scrollTop;
  made.scrollLeft = scrollLeft;
  if (focused) follow(made, focused)?.focus({ preventScroll: true });
}

/** Where a focused element is inside a region: its id, its row and column or its address, else its place. */
function path(root, node) {
  if (node.id) return { id: node.id };
  if (node.matches("tr[data-key] > td")) return { row: node.parentElement.dataset.key, column: node.cellIndex };
  const href = node.getAttribute("href");
  if (href) return { href };
  const kind = node.localName;
  return { kind, at: seen(root, kind).indexOf(node) };
}

const seen = (root, kind) => [...root.querySelectorAll(kind)].filter((node) => node.checkVisibility());

function follow(root, { id, row, column, href, kind, at }) {
  if (id) return root.querySelector(`#${CSS.escape(id)}`);
  if (row) {
    const cell = root.querySelector(`tr[data-key="${CSS.escape(row)}"]`)?.cells[column];
    if (cell) cell.tabIndex = -1; // a bare cell takes no focus
    return cell;
  }
  if (href) return root.querySelector(`[href="${CSS.escape(href)}"]`);
  const all = seen(root, kind);
  return all[Math.min(at, all.length - 1)]; // the last of a kind may be gone
}
