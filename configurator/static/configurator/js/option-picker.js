/* <lot-picker data-lost="...">: around the configurator's form. htmx replaces parts of it
   with the server's answers; this keeps what the customer is doing meanwhile. */

const PAUSE_MS = 450;
const TEXT = "input[type=text], input[type=number]";

class LotPicker extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form");
    this.addEventListener("input", (event) => this.typed(event.target));
    this.addEventListener("click", (event) => this.fix(event));
    this.addEventListener("pointerdown", () => this.press());
    this.addEventListener("submit", () => this.leave());
    this.addEventListener("htmx:configRequest", (event) => this.ask(event));
    this.addEventListener("htmx:beforeSwap", (event) => this.hold(event));
    this.addEventListener("htmx:afterSwap", () => this.restore());
    for (const name of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
      this.addEventListener(name, (event) => this.lost(event.detail.xhr));
    }
  }

  /* Words are sent once the typing pauses, not only when the field is left. */
  typed(field) {
    clearTimeout(this.pause);
    if (field.matches(TEXT)) this.pause = setTimeout(() => this.send(), PAUSE_MS);
  }

  send() {
    this.form.dispatchEvent(new Event("typed"));
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
    if (this.isPressed) {
      event.detail.shouldSwap = false;
      this.isDropped = true;
      return;
    }
    const active = document.activeElement;
    this.open = this.querySelector("#sum")?.open;
    this.writing = active?.matches?.(TEXT) && this.contains(active)
      ? { id: active.id, value: active.value, from: active.selectionStart, to: active.selectionEnd }
      : undefined;
  }

  restore() {
    const sum = this.querySelector("#sum");
    if (sum && this.open) sum.open = true;
    if (this.back) {
      this.querySelector(`#${CSS.escape(this.back)} :is(input:checked, input, button)`)?.focus({ preventScroll: true });
      this.back = undefined;
    }
    this.restoreWriting();
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

customElements.define("lot-picker", LotPicker);
