/* <scan-box>: takes scans one after the other, without a touch and without a reload.

   A scan goes to the server with a number of its own. What does not arrive is kept in
   this browser and sent again, under the same number, until it does. */

const KEPT = "scans";
const AGAIN_MS = 5_000;
const DOUBLE_MS = 1_500;
const LOOK_MS = 400;

class ScanBox extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form");
    this.code = this.form.querySelector("#id_code");
    this.result = this.querySelector("[data-result]");
    this.commands = new Set(this.dataset.commands.split(" "));
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      const button = event.submitter?.name === "code" ? event.submitter.value : "";
      this.scan(button || this.code.value);
    });
    addEventListener("online", () => this.sendKept());
    this.again = setInterval(() => this.sendKept(), AGAIN_MS);
    this.onKey = (event) => this.focusCode(event);
    addEventListener("keydown", this.onKey);
    this.offerCamera();
    this.showKept();
    this.code.focus();
  }

  disconnectedCallback() {
    clearInterval(this.again);
    removeEventListener("keydown", this.onKey);
    this.stopCamera();
  }

  /* A scanner types wherever the focus is: let it type into the field. */
  focusCode(event) {
    const isTyped = event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey;
    if (isTyped && !event.target.closest("input, select, textarea")) this.code.focus();
  }

  get pending() {
    return this.form.elements.pending.value;
  }

  set pending(value) {
    this.form.elements.pending.value = value;
  }

  scan(text) {
    const code = text.trim();
    this.code.value = "";
    this.code.focus();
    if (!code || this.isDouble(code)) return;
    const body = new FormData(this.form);
    body.set("code", code);
    body.set("pending", this.pending);
    body.set("nonce", newNonce());
    this.pair(code);
    this.turn = (this.turn ?? 0) + 1;
    this.send(Object.fromEntries(body), true);
  }

  /* The same code twice at once is one scan that the scanner has read twice. */
  isDouble(code) {
    const now = Date.now();
    const is = code === this.before?.code && now - this.before.at < DOUBLE_MS;
    this.before = { code, at: now };
    return is;
  }

  /* Without the server's answer, know as well what is half scanned. */
  pair(code) {
    const isCommand = this.commands.has(code.toUpperCase());
    const hadCommand = this.commands.has(this.pending.toUpperCase());
    const isWhole = this.pending && isCommand !== hadCommand;
    this.pending = isWhole ? "" : code;
    this.isWhole = Boolean(isWhole);
  }

  async send(scan, isNew) {
    const isWhole = this.isWhole || !isNew;
    if (isNew && isWhole && this.listKept().length) {
      this.keep(scan);
      return;
    }
    try {
      await this.post(scan);
    } catch {
      if (isNew && isWhole) this.keep(scan);
      return false;
    }
    return true;
  }

  async post(scan) {
    const turn = this.turn;
    const answer = await fetch(location.pathname, {
      method: "POST",
      headers: { "HX-Request": "true", "X-CSRFToken": scan.csrfmiddlewaretoken },
      body: new URLSearchParams(scan),
    });
    if (answer.redirected || answer.status === 403) {
      this.tell("no", this.dataset.out);
      return;
    }
    if (!answer.ok) throw new Error(answer.status);
    const box = document.createElement("template");
    box.innerHTML = await answer.text();
    const shown = box.content.firstElementChild;
    const { ok, pending } = shown.dataset;
    if (ok) sound(ok === "yes");
    /* The answer to a scan that others have followed says nothing of what is next. */
    if (turn !== this.turn && !ok) return;
    this.result.replaceChildren(shown);
    if (turn === this.turn) this.pending = pending;
  }

  tell(ok, words) {
    const box = document.createElement("div");
    box.className = `scan-result ${ok === "no" ? "scan-result--bad" : "scan-result--asks"}`;
    const line = document.createElement("p");
    line.className = "scan-result__words";
    line.textContent = words;
    box.append(line);
    this.result.replaceChildren(box);
    if (ok === "no") sound(false);
  }

  listKept() {
    return JSON.parse(localStorage.getItem(KEPT) ?? "[]");
  }

  keep(scan) {
    localStorage.setItem(KEPT, JSON.stringify([...this.listKept(), scan]));
    this.tell("", `${scan.pending} ${scan.code}: ${this.dataset.kept}`);
    this.showKept();
  }

  async sendKept() {
    if (this.busy || !this.listKept().length) return;
    this.busy = true;
    const token = this.form.elements.csrfmiddlewaretoken.value;
    for (const scan of this.listKept()) {
      if (!(await this.send({ ...scan, csrfmiddlewaretoken: token }, false))) break;
      localStorage.setItem(KEPT, JSON.stringify(this.listKept().slice(1)));
    }
    this.busy = false;
    this.showKept();
  }

  showKept() {
    const kept = this.listKept();
    this.querySelector("[data-kept-box]").hidden = !kept.length;
    this.querySelector("[data-kept-text]").textContent = `${kept.length} ${this.dataset.kept}`;
  }

  offerCamera() {
    const button = this.querySelector("[data-camera]");
    if (!navigator.mediaDevices?.getUserMedia) return;
    button.hidden = false;
    button.addEventListener("click", () => (this.stream ? this.stopCamera() : this.startCamera()));
  }

  async startCamera() {
    const video = this.querySelector("[data-video]");
    try {
      this.stream = await navigator.mediaDevices.getUserMedia({
        video: { facingMode: "environment" },
      });
    } catch (error) {
      this.tell("no", error.message);
      return;
    }
    video.srcObject = this.stream;
    video.hidden = false;
    await video.play();
    const reader = await findReader(this.dataset.picture, this.form);
    while (this.stream) {
      const code = await reader(video).catch(() => "");
      if (code && code !== this.seen) this.scan(code);
      this.seen = code || this.seen;
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  }

  stopCamera() {
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.stream = undefined;
    this.seen = "";
    this.querySelector("[data-video]").hidden = true;
  }
}

/* The browser reads codes itself, or the server does from small grey pictures. */
async function findReader(address, form) {
  const formats = (await globalThis.BarcodeDetector?.getSupportedFormats?.()) ?? [];
  if (formats.includes("qr_code")) {
    const detector = new BarcodeDetector({ formats: ["qr_code"] });
    return async (video) => (await detector.detect(video))[0]?.rawValue ?? "";
  }
  const canvas = document.createElement("canvas");
  return async (video) => {
    canvas.width = 640;
    canvas.height = Math.round((640 * video.videoHeight) / video.videoWidth) || 480;
    canvas.getContext("2d").drawImage(video, 0, 0, canvas.width, canvas.height);
    const picture = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.7));
    const body = new FormData();
    body.set("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
    body.set("file", picture, "frame.jpg");
    const answer = await fetch(address, { method: "POST", body });
    return answer.ok ? (await answer.json()).code : "";
  };
}

function newNonce() {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/* A short high tone for OK, a long low one for NOT OK. */
function sound(isOk) {
  const Context = globalThis.AudioContext;
  if (!Context) return;
  const context = new Context();
  const tone = context.createOscillator();
  const level = context.createGain();
  tone.frequency.value = isOk ? 880 : 196;
  tone.type = isOk ? "sine" : "square";
  level.gain.value = 0.15;
  tone.connect(level).connect(context.destination);
  tone.start();
  tone.stop(context.currentTime + (isOk ? 0.15 : 0.6));
  tone.addEventListener("ended", () => context.close());
}

customElements.define("scan-box", ScanBox);
