/* <live-board src="fragment" stream="event stream">: keeps its content current.

   One tab per stream listens and tells the others; a message only says that something
   changed, the content is fetched with its ETag. No stream: the content is polled.
   <live-banner lost="... {age} ...">: says how old the board is once contact is lost. */

const POLL_MS = 10_000;
const PATIENCE_MS = 4_000;

/* Events of one stream, shared between tabs by a lock and a channel. */
class SharedStream extends EventTarget {
  constructor(url) {
    super();
    this.url = url;
    this.stopped = new AbortController();
    this.channel = new BroadcastChannel(`live:${url}`);
    this.channel.addEventListener("message", (event) => this.hear(event.data));
    this.channel.postMessage("hello");
    if (!navigator.locks) this.listen();
    else {
      navigator.locks
        .request(`live:${url}`, { signal: this.stopped.signal }, () => this.listen())
        .catch(() => undefined);
    }
  }

  listen() {
    this.source = new EventSource(this.url, { withCredentials: true });
    const share = (kind) => () => {
      this.tell(kind);
      this.channel.postMessage(kind);
    };
    this.source.addEventListener("open", share("open"));
    this.source.addEventListener("error", share("lost"));
    for (const kind of ["message", "board"]) this.source.addEventListener(kind, share("changed"));
    return new Promise((resolve) => {
      this.release = resolve;
    });
  }

  hear(kind) {
    if (kind !== "hello") this.tell(kind);
    else if (this.source?.readyState === EventSource.OPEN) this.channel.postMessage("open");
  }

  tell(kind) {
    this.dispatchEvent(new Event(kind));
  }

  close() {
    this.stopped.abort();
    this.source?.close();
    this.release?.();
    this.channel.close();
  }
}

class LiveBoard extends HTMLElement {
  connectedCallback() {
    this.etag = this.getAttribute("etag");
    this.onWake = () => document.visibilityState === "visible" && this.refresh();
    document.addEventListener("visibilitychange", this.onWake);
    addEventListener("online", this.onWake);
    this.fresh();
    this.startPolling();
    if (!this.getAttribute("stream")) return;
    this.stream = new SharedStream(this.getAttribute("stream"));
    this.stream.addEventListener("open", () => this.connected());
    this.stream.addEventListener("changed", () => this.refresh());
    this.stream.addEventListener("lost", () => {
      this.startPolling();
      this.refresh();
    });
  }

  disconnectedCallback() {
    document.removeEventListener("visibilitychange", this.onWake);
    removeEventListener("online", this.onWake);
    clearInterval(this.poll);
    this.stream?.close();
  }

  connected() {
    if (this.dataset.live === "stream") return;
    clearInterval(this.poll);
    this.poll = undefined;
    this.dataset.live = "stream";
    this.refresh();
  }

  startPolling() {
    this.dataset.live = "poll";
    this.poll ??= setInterval(() => this.refresh(), POLL_MS);
  }

  /* Two calls at once become one more call after the first. */
  async refresh() {
    if (this.busy) {
      this.again = true;
      return;
    }
    this.busy = true;
    try {
      await this.fetchContent();
    } catch {
      this.announce("live:lost");
      this.startPolling();
    } finally {
      this.busy = false;
    }
    if (this.again) {
      this.again = false;
      await this.refresh();
    }
  }

  async fetchContent() {
    const headers = { "HX-Request": "true" };
    if (this.etag) headers["If-None-Match"] = this.etag;
    const answer = await fetch(this.getAttribute("src"), {
      headers,
      cache: "no-store",
      signal: AbortSignal.timeout(PATIENCE_MS * 2),
    });
    if (answer.status === 200) {
      this.etag = answer.headers.get("ETag");
      this.replace(await answer.text());
    } else if (answer.status !== 304 && answer.status !== 204) {
      throw new Error(String(answer.status));
    }
    this.fresh();
  }

  /* The reader's place is kept: focus, opened menus and half-written fields. */
  replace(html) {
    const focused = this.contains(document.activeElement) ? document.activeElement.id : "";
    const open = [...this.querySelectorAll("details[open][id]")].map((one) => one.id);
    const written = [...this.querySelectorAll("input[id], textarea[id]")]
      .filter((field) => field.value !== field.defaultValue)
      .map((field) => [field.id, field.value]);
    const ticked = [...this.querySelectorAll("input[id]:checked")].map((one) => one.id);
    this.innerHTML = html;
    open.forEach((id) => this.find(id)?.setAttribute("open", ""));
    for (const [id, value] of written) {
      const field = this.find(id);
      if (field) field.value = value;
    }
    for (const id of ticked) {
      const box = this.find(id);
      if (box) box.checked = true;
    }
    if (focused) this.find(focused)?.focus({ preventScroll: true });
    window.htmx?.process(this);
    this.dispatchEvent(new Event("live:changed", { bubbles: true }));
  }

  find(id) {
    return this.querySelector(`#${CSS.escape(id)}`);
  }

  fresh() {
    this.announce("live:fresh");
  }

  announce(name) {
    document.dispatchEvent(new Event(name));
  }
}

class LiveBanner extends HTMLElement {
  connectedCallback() {
    this.seenAt = Date.now();
    this.onFresh = () => {
      this.seenAt = Date.now();
      this.lost = false;
      this.show();
    };
    this.onLost = () => {
      this.lost = true;
      this.show();
    };
    document.addEventListener("live:fresh", this.onFresh);
    document.addEventListener("live:lost", this.onLost);
    addEventListener("offline", this.onLost);
    this.timer = setInterval(() => this.show(), 1000);
  }

  disconnectedCallback() {
    document.removeEventListener("live:fresh", this.onFresh);
    document.removeEventListener("live:lost", this.onLost);
    removeEventListener("offline", this.onLost);
    clearInterval(this.timer);
  }

  show() {
    this.hidden = !this.lost;
    if (!this.lost) return;
    const seconds = Math.round((Date.now() - this.seenAt) / 1000);
    const age = this.querySelector("[data-figure]");
    this.dataset.age = seconds > 60 ? "old" : "young";
    if (age) age.textContent = this.words(seconds);
  }

  words(seconds) {
    const minutes = Math.floor(seconds / 60);
    const [value, unit] = minutes ? [minutes, "minute"] : [seconds, "second"];
    const language = document.documentElement.lang || "en";
    return new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "long" }).format(value);
  }
}

customElements.define("live-board", LiveBoard);
customElements.define("live-banner", LiveBanner);
