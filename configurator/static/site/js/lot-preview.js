/* <lot-preview form="id" prefix="...">: tints the picture inside it in the same instant
   as an input changes. The server's answer replaces the picture and is the judge.

   Inputs are named prefix + characteristic; a tinted option carries data-tint. */

const TOKEN = /\s*("[^"]*"|[A-Za-z0-9_.-]+|!=|<=|>=|[=!&|(){},<>])/gy;

function tokensOf(text) {
  TOKEN.lastIndex = 0;
  const tokens = [];
  while (TOKEN.lastIndex < text.trimEnd().length) {
    const found = TOKEN.exec(text);
    if (!found) throw new SyntaxError(text);
    tokens.push(found[1]);
  }
  return tokens;
}

const COMPARE = {
  "<": (a, b) => a < b,
  ">": (a, b) => a > b,
  "<=": (a, b) => a <= b,
  ">=": (a, b) => a >= b,
};

/* Conditions of layers: = != in, not in, has, < <= > >=, presence, ! & | and brackets. */
export class Condition {
  constructor(text, choices) {
    this.tokens = tokensOf(text);
    this.choices = choices;
  }

  holds() {
    const answer = this.either();
    if (this.tokens.length) throw new SyntaxError(this.tokens[0]);
    return answer;
  }

  either() {
    let answer = this.both();
    while (this.took("|")) answer = this.both() || answer;
    return answer;
  }

  both() {
    let answer = this.single();
    while (this.took("&")) answer = this.single() && answer;
    return answer;
  }

  single() {
    if (this.took("!")) return !this.single();
    if (!this.took("(")) return this.claim();
    const answer = this.either();
    if (!this.took(")")) throw new SyntaxError(")");
    return answer;
  }

  claim() {
    const value = this.choices[this.tokens.shift()] ?? "";
    if (this.took("=")) return value === this.word();
    if (this.took("!=")) return value !== this.word();
    if (this.took("has")) return value.includes(this.word());
    if (this.took("in")) return this.listed().includes(value);
    if (this.took("not")) {
      if (!this.took("in")) throw new SyntaxError("not");
      return !this.listed().includes(value);
    }
    const compare = COMPARE[this.tokens[0]];
    if (!compare) return value.length > 0;
    this.tokens.shift();
    return value !== "" && compare(Number(value), Number(this.word()));
  }

  listed() {
    const words = [];
    if (!this.took("{")) throw new SyntaxError("{");
    do words.push(this.word());
    while (this.took(","));
    if (!this.took("}")) throw new SyntaxError("}");
    return words;
  }

  word() {
    return (this.tokens.shift() ?? "").replace(/^"|"$/g, "");
  }

  took(token) {
    if (this.tokens[0] !== token) return false;
    this.tokens.shift();
    return true;
  }
}

/* The same sum as the server's: percent towards white or black, rounded per channel. */
export function shaded(tint, percent) {
  const target = percent < 0 ? 0 : 255;
  const share = Math.abs(percent);
  const channels = [1, 3, 5].map((at) => {
    const value = Number.parseInt(tint.slice(at, at + 2), 16);
    return Math.floor((value * (100 - share) + target * share + 50) / 100);
  });
  return `#${channels.map((value) => value.toString(16).padStart(2, "0")).join("")}`;
}

class LotPreview extends HTMLElement {
  connectedCallback() {
    this.form = document.getElementById(this.getAttribute("form"));
    this.onInput = (event) => this.paint(event.target);
    this.form?.addEventListener("input", this.onInput);
    this.form?.addEventListener("reset", () => requestAnimationFrame(() => this.paint()));
  }

  disconnectedCallback() {
    this.form?.removeEventListener("input", this.onInput);
  }

  read() {
    const prefix = this.getAttribute("prefix") ?? "";
    const choices = {};
    const tints = {};
    for (const input of this.form.elements) {
      if (!input.name?.startsWith(prefix) || input.type === "file") continue;
      const code = input.name.slice(prefix.length);
      if (input.type === "checkbox") {
        choices[code] ??= [];
        if (input.checked) choices[code].push(input.value);
      } else if (input.type !== "radio" || input.checked) {
        choices[code] = input.value;
      }
      const option = input.selectedOptions?.[0] ?? input;
      if (option.dataset.tint && (input.type !== "radio" || input.checked)) tints[code] = option.dataset.tint;
    }
    return { choices, tints };
  }

  paint(changed) {
    const { choices, tints } = this.read();
    for (const part of this.querySelectorAll("[data-tint]")) {
      const tint = tints[part.dataset.tint];
      if (tint) part.setAttribute("fill", shaded(tint, Number(part.dataset.shade ?? 0)));
    }
    for (const layer of this.querySelectorAll("[data-when]")) this.showLayer(layer, choices);
    for (const slot of this.querySelectorAll("[data-text]")) {
      const text = choices[slot.dataset.text];
      if (text !== undefined) this.write(slot, text);
    }
    if (changed?.type === "file") this.place(changed);
  }

  showLayer(layer, choices) {
    try {
      if (new Condition(layer.dataset.when, choices).holds()) layer.removeAttribute("display");
      else layer.setAttribute("display", "none");
    } catch {
      return;
    }
  }

  write(slot, text) {
    slot.textContent = text;
    const size = Number(slot.dataset.size ?? slot.getAttribute("font-size"));
    slot.dataset.size = String(size);
    slot.setAttribute("font-size", String(size));
    const room = Number(slot.dataset.fit ?? 0);
    const width = room ? slot.getComputedTextLength() : 0;
    if (width > room) slot.setAttribute("font-size", ((size * room) / width).toFixed(2));
  }

  place(input) {
    const prefix = this.getAttribute("prefix") ?? "";
    const file = input.files[0];
    if (!file?.type.startsWith("image/")) return;
    for (const slot of this.querySelectorAll("[data-image]")) {
      if (prefix + slot.dataset.image !== input.name) continue;
      if (slot.dataset.blob) URL.revokeObjectURL(slot.dataset.blob);
      slot.dataset.blob = URL.createObjectURL(file);
      slot.setAttribute("href", slot.dataset.blob);
    }
  }
}

customElements.define("lot-preview", LotPreview);
