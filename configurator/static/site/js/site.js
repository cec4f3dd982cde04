/* Small elements used on every page. Each one improves markup that works without it. */

/* <theme-toggle><button>: dark or light, kept in a cookie so that the server paints it. */
class ThemeToggle extends HTMLElement {
  connectedCallback() {
    this.button = this.querySelector("button");
    this.system = matchMedia("(prefers-color-scheme: dark)");
    this.show = () => this.button.setAttribute("aria-pressed", String(this.isDark()));
    this.button.addEventListener("click", () => this.choose(this.isDark() ? "light" : "dark"));
    this.system.addEventListener("change", this.show);
    this.button.hidden = false;
    this.show();
  }

  disconnectedCallback() {
    this.system.removeEventListener("change", this.show);
  }

  isDark() {
    const chosen = document.documentElement.dataset.theme;
    return chosen === "dark" || (chosen !== "light" && this.system.matches);
  }

  choose(theme) {
    document.documentElement.dataset.theme = theme;
    document.cookie = `theme=${theme}; path=/; max-age=31536000; samesite=lax`;
    this.show();
  }
}

/* <lot-toasts>: messages that float, wait while read, and leave. Any script or an
   HX-Trigger header may send a `toast` event: {text, tone: "error" | ""}. */
class LotToasts extends HTMLElement {
  connectedCallback() {
    this.watcher = new MutationObserver((changes) => {
      changes.forEach((change) => change.addedNodes.forEach((node) => this.welcome(node)));
    });
    this.watcher.observe(this, { childList: true });
    [...this.children].forEach((toast) => this.welcome(toast));
    this.onToast = (event) => this.say(event.detail);
    document.addEventListener("toast", this.onToast);
  }

  disconnectedCallback() {
    this.watcher.disconnect();
    document.removeEventListener("toast", this.onToast);
  }

  say(detail) {
    const toast = document.createElement("div");
    const text = document.createElement("span");
    toast.className = detail.tone === "error" ? "toast toast--error" : "toast";
    text.className = "toast__text";
    text.textContent = detail.text ?? detail.value ?? "";
    toast.append(text);
    this.append(toast);
  }

  welcome(toast) {
    if (!(toast instanceof HTMLElement)) return;
    const close = document.createElement("button");
    close.type = "button";
    close.className = "button button--icon";
    close.setAttribute("aria-label", this.dataset.close);
    close.textContent = "×";
    close.addEventListener("click", () => toast.remove());
    toast.append(close);
    if (!toast.matches(".toast--error")) this.leaveLater(toast);
  }

  leaveLater(toast) {
    const wait = toast.querySelector("form, a") ? 12000 : 6000;
    let timer;
    const start = () => {
      timer = setTimeout(() => toast.remove(), wait);
    };
    const stop = () => clearTimeout(timer);
    toast.addEventListener("pointerenter", stop);
    toast.addEventListener("focusin", stop);
    toast.addEventListener("pointerleave", start);
    toast.addEventListener("focusout", start);
    start();
  }
}

/* <lot-stepper>: minus and plus around a number input. */
class LotStepper extends HTMLElement {
  connectedCallback() {
    this.addEventListener("click", (event) => {
      const button = event.target.closest("[data-step]");
      const input = this.querySelector("input");
      if (!button || !input) return;
      const before = input.value;
      if (button.dataset.step === "up") input.stepUp();
      else input.stepDown();
      if (input.value === before) return;
      input.dispatchEvent(new Event("input", { bubbles: true }));
      input.dispatchEvent(new Event("change", { bubbles: true }));
    });
  }
}

/* <lot-copy value="..." done="..."><button hidden>: copies its value or the address. */
class LotCopy extends HTMLElement {
  connectedCallback() {
    const button = this.querySelector("button");
    if (!navigator.clipboard) return;
    button.hidden = false;
    button.addEventListener("click", async () => {
      const value = this.getAttribute("value") || location.href;
      await navigator.clipboard.writeText(new URL(value, location.href).href);
      document.dispatchEvent(new CustomEvent("toast", { detail: { text: this.getAttribute("done") } }));
    });
  }
}

/* <lot-count>: how many characters of a text field are used, as people count them. */
class LotCount extends HTMLElement {
  connectedCallback() {
    const input = document.getElementById(this.getAttribute("for"));
    if (!input) return;
    const seen = (text) => [...(new Intl.Segmenter().segment(text))].length;
    const show = () => {
      this.textContent = `${seen(input.value)} / ${this.getAttribute("limit")}`;
    };
    input.addEventListener("input", show);
    show();
  }
}

customElements.define("theme-toggle", ThemeToggle);
customElements.define("lot-toasts", LotToasts);
customElements.define("lot-stepper", LotStepper);
customElements.define("lot-copy", LotCopy);
customElements.define("lot-count", LotCount);

/* A select that sends its form by itself; its button stays for those without scripts. */
document.addEventListener("change", (event) => {
  if (event.target.matches("select[data-send]")) event.target.form.requestSubmit();
});
