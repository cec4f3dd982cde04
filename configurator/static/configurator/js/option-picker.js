/* <lot-picker data-lost="...">: around the configurator's form. htmx replaces parts of it
   with the server's answers; this keeps what the customer is doing meanwhile. */

const PAUSE_MS = 450;
const TEXT = "input[type=text], input[type=number]";
const FIELD = `${TEXT}, input[type=range]`;

class LotPicker extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form");
    this.addEventListener("input", (event) => this.typed(event));
    this.addEventListener("click", (event) => this.fix(event));
    this.addEventListener("focusin", (event) => this.enter(event.target));
    this.addEventListener("pointerdown", () => this.press());
    this.addEventListener("submit", () => this.leave());
    for (const name of ["dragover", "drop"]) this.addEventListener(name, (event) => this.drop(event));
    this.addEventListener("htmx:configRequest", (event) => this.ask(event));
    this.addEventListener("htmx:beforeSwap", (event) => this.hold(event));
    this.addEventListener("htmx:afterSwap", () => this.restore());
    this.addEventListener("htmx:afterSettle", () => this.stay());
    this.watcher = new IntersectionObserver((seen) => this.follow(seen), { rootMargin: "-45% 0px -54%" });
    this.watch();
    for (const name of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
      this.addEventListener(name, (event) => this.lost(event.detail.xhr));
    }
  }

  /* Words are sent once the typing pauses, not only when the field is left; so is a
     picture that is moved on the preview, while a slider tells of itself. */
  typed({ target, isTrusted }) {
    clearTimeout(this.pause);
    this.isMoving = target.type === "range" && !isTrusted;
    if (this.isMoving || target.matches(TEXT)) this.pause = setTimeout(() => this.send(), PAUSE_MS);
  }

  send() {
    this.isMoving = false;
    this.form.dispatchEvent(new Event("typed"));
  }

  /* A picture may be let fall anywhere: it goes where one is asked for. */
  drop(event) {
    const field = this.querySelector("input[type=file]");
    if (!field || !event.dataTransfer.types.includes("Files")) return;
    event.preventDefault();
    if (event.type !== "drop") return;
    field.files = event.dataTransfer.files;
    for (const name of ["input", "change"]) field.dispatchEvent(new Event(name, { bubbles: true }));
  }

  /* A fix is a submit button; here it is sent without leaving the page. */
  fix(event) {
    const button = event.target.closest("button[name=fix]");
    if (!button || !window.htmx) return;
    event.preventDefault();
    this.fixing = document.createElement("input");
    Object.assign(this.fixing, { type: "hidden", name: "fix", value: button.value });
    this.form.append(this.fixing);
    this.back = button.closest("[id^=q-]")?.id;
    this.send();
  }

  /* The button in focus may lead into the cart: a question never goes there, and none
     is asked once the form itself is on its way. */
  ask(event) {
    this.fixing?.remove();
    this.fixing = undefined;
    if (event.target === this.form) event.detail.path = this.form.getAttribute("hx-post");
    if (this.isLeaving) event.preventDefault();
  }

  leave() {
    clearTimeout(this.pause);
    this.isLeaving = true;
    addEventListener("pageshow", () => {
      this.isLeaving = false;
    }, { once: true });
  }

  /* An answer that arrives between press and release would take the click's target
     away: it is dropped and asked for again. */
  press() {
    this.isPressed = true;
    const release = () => {
      removeEventListener("pointerup", release);
      removeEventListener("pointercancel", release);
      setTimeout(() => {
        this.isPressed = false;
        if (this.isDropped) this.send();
        this.isDropped = false;
      });
    };
    addEventListener("pointerup", release);
    addEventListener("pointercancel", release);
  }

  hold(event) {
    if (event.detail.xhr.status !== 200) return;
    if (this.isPressed || this.isMoving) {
      event.detail.shouldSwap = false;
      this.isDropped = this.isPressed;
      return;
    }
    const active = document.activeElement;
    this.place = this.anchor(active);
    this.open = this.querySelector("#sum")?.open;
    this.writing = active?.matches?.(FIELD) && this.contains(active)
      ? { id: active.id, value: active.value, from: active.selectionStart, to: active.selectionEnd }
      : undefined;
  }

  /* The question being answered stays where it is in the window, whatever grew or
     shrank above it. */
  anchor(active) {
    const id = this.back ?? active?.closest?.("#questions > [id^=q-]")?.id ?? this.current;
    const question = id && document.getElementById(id);
    return question ? { id, top: question.getBoundingClientRect().top } : undefined;
  }

  stay() {
    const question = this.place && document.getElementById(this.place.id);
    if (!question) return;
    const moved = question.getBoundingClientRect().top - this.place.top;
    if (Math.abs(moved) > 1) window.scrollBy({ top: moved, behavior: "instant" });
  }

  restore() {
    const sum = this.querySelector("#sum");
    if (sum && this.open) sum.open = true;
    this.stay();
    if (this.back) {
      const question = document.getElementById(this.back);
      (question?.querySelector("input:checked") ?? question?.querySelector("input, button"))?.focus({ preventScroll: true });
      this.back = undefined;
    }
    this.restoreWriting();
    this.watch();
  }

  /* The question in the middle of the window is the current one. */
  watch() {
    this.watcher.disconnect();
    for (const question of this.querySelectorAll("#questions > [id^=q-]")) this.watcher.observe(question);
    this.mark();
  }

  follow(seen) {
    const current = seen.find((each) => each.isIntersecting);
    if (!current) return;
    this.current = current.target.id;
    this.mark();
  }

  enter(field) {
    const question = field.closest("#questions > [id^=q-]");
    if (!question) return;
    this.current = question.id;
    this.mark();
  }

  mark() {
    for (const link of this.querySelectorAll(".steps__link")) {
      const isCurrent = link.hash === `#${this.current}`;
      if (isCurrent === link.hasAttribute("aria-current")) continue;
      link.toggleAttribute("aria-current", isCurrent);
      if (!isCurrent) continue;
      link.setAttribute("aria-current", "step");
      const row = link.closest("ol");
      const [place, room] = [link.getBoundingClientRect(), row.getBoundingClientRect()];
      row.scrollBy({ left: place.left + place.width / 2 - room.left - room.width / 2 });
    }
  }

  /* What was typed after the question went out stays, and goes out in turn. */
  restoreWriting() {
    const before = this.writing;
    this.writing = undefined;
    const field = before && document.getElementById(before.id);
    if (!field || field.value === before.value) return;
    field.value = before.value;
    if (field.type === "text") field.setSelectionRange(before.from, before.to);
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  /* A picture that was too large must not be sent again with the next click. */
  lost(xhr) {
    const isTooLarge = xhr?.status === 413;
    const text = isTooLarge ? this.dataset.large : this.dataset.lost;
    if (isTooLarge) for (const field of this.querySelectorAll("input[type=file]")) field.value = "";
    document.dispatchEvent(new CustomEvent("toast", { detail: { text, tone: "error" } }));
  }
}

/* <lot-history query="..." tail="...">: undo and redo through the designs of this visit.
   The server knows only the one before; the browser keeps the others while it is open. */
const MOST_STEPS = 60;

class LotHistory extends HTMLElement {
  connectedCallback() {
    this.key = `designs:${location.pathname}`;
    const steps = this.read();
    this.steps = this.advance(steps, this.getAttribute("query"));
    this.keep(this.steps);
    this.addEventListener("click", (event) => {
      const step = Number(event.target.closest("[data-step]")?.dataset.step ?? 0);
      if (step) this.keep({ ...this.steps, wanted: this.steps.at + step });
    });
    for (const link of this.querySelectorAll("[data-step]")) this.lead(link);
  }

  advance({ list, at, wanted }, query) {
    if (list[at] === query) return { list, at };
    if (list[wanted] === query) return { list, at: wanted };
    const longer = [...list.slice(0, at + 1), query].slice(-MOST_STEPS);
    return { list: longer, at: longer.length - 1 };
  }

  lead(link) {
    const query = this.steps.list[this.steps.at + Number(link.dataset.step)];
    link.hidden = query === undefined;
    if (query === undefined) return;
    const address = `${location.pathname}?${query}${this.getAttribute("tail")}`;
    link.href = address;
    link.setAttribute("hx-get", address);
    window.htmx?.process(link);
  }

  read() {
    try {
      return JSON.parse(sessionStorage.getItem(this.key)) ?? { list: [], at: -1 };
    } catch {
      return { list: [], at: -1 };
    }
  }

  keep(steps) {
    try {
      sessionStorage.setItem(this.key, JSON.stringify(steps));
    } catch {
      return;
    }
  }
}

customElements.define("lot-history", LotHistory);
customElements.define("lot-picker", LotPicker);
