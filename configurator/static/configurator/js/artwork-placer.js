/* <artwork-placer form="id" for="artwork" ratio="1.5" cover>: lets the customer take hold
   of an uploaded picture on the preview, by pointer or by keys. Where it lies stands in
   the form's sliders; the drawing follows them at once, the server's answer later. */

const ARROWS = { ArrowLeft: ["x", -1], ArrowRight: ["x", 1], ArrowUp: ["y", -1], ArrowDown: ["y", 1] };
const STRIDE = 10;
const GROWTH = 5;
const TARGET_PX = 44;

const sizeOf = (element, names = ["x", "y", "width", "height"]) =>
  Object.fromEntries(names.map((name) => [name, Number(element.getAttribute(name))]));

class ArtworkPlacer extends HTMLElement {
  connectedCallback() {
    this.form = document.getElementById(this.getAttribute("form"));
    this.code = this.getAttribute("for");
    this.preview = this.closest("lot-preview");
    this.button = this.querySelector("button");
    this.onInput = (event) => this.follow(event.target);
    this.form.addEventListener("input", this.onInput);
    this.addEventListener("keydown", (event) => this.press(event));
    this.addEventListener("pointerdown", (event) => this.grab(event));
    this.watcher = new ResizeObserver(() => this.cover());
    this.watcher.observe(this.preview);
    this.cover();
  }

  disconnectedCallback() {
    this.form.removeEventListener("input", this.onInput);
    this.watcher.disconnect();
  }

  field(side) {
    return this.form.elements[`${side}.${this.code}`];
  }

  set(side, value) {
    const field = this.field(side);
    const before = field.value;
    field.value = String(Math.round(value));
    if (field.value !== before) field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  /* A slider, or a key or pointer on the picture, has said something else. */
  follow(field) {
    if (!field.name?.endsWith(`.${this.code}`) || field.type !== "range") return;
    const told = this.form.querySelector(`output[for="${field.id}"]`);
    if (told) told.textContent = `${field.value} %`;
    for (const slot of this.preview.querySelectorAll(`[data-slot="${this.code}"]`)) this.lay(slot);
    this.cover();
  }

  /* The same sum as the server's. */
  lay(slot) {
    const area = sizeOf(slot.querySelector("rect"));
    const ratio = Number(this.getAttribute("ratio"));
    const [x, y, size] = ["x", "y", "size"].map((side) => Number(this.field(side).value) / 100);
    const pick = this.hasAttribute("cover") ? Math.max : Math.min;
    const width = pick(area.width, area.height * ratio) * size;
    const height = width / ratio;
    const placed = { x: area.x + (area.width - width) * x, y: area.y + (area.height - height) * y, width, height };
    const image = slot.querySelector("image");
    for (const [name, value] of Object.entries(placed)) image.setAttribute(name, value.toFixed(3));
  }

  /* Where the area is seen: the drawing may hold its slot once and show it elsewhere. */
  area() {
    const areas = this.preview.querySelectorAll(`[data-area="${this.code}"]`);
    return [...areas].find((each) => each.getBoundingClientRect().width > 0);
  }

  /* What of the picture shows, in shares of the area. */
  shares() {
    const slot = this.preview.querySelector(`[data-slot="${this.code}"]`);
    if (!slot) return undefined;
    const [area, image] = ["rect", "image"].map((name) => sizeOf(slot.querySelector(name)));
    const span = (from, length, at, size) => {
      const ends = [(at - from) / length, (at + size - from) / length];
      return ends.map((end) => Math.min(1, Math.max(0, end)));
    };
    return {
      x: span(area.x, area.width, image.x, image.width),
      y: span(area.y, area.height, image.y, image.height),
      free: { x: 1 - image.width / area.width, y: 1 - image.height / area.height },
    };
  }

  /* The button lies over the picture as it is seen, and is never too small to hit. */
  cover() {
    const [area, shares] = [this.area(), this.shares()];
    this.button.hidden = !area || !shares;
    if (this.button.hidden) return;
    const [box, matrix, room] = [sizeOf(area), area.getScreenCTM(), this.preview.getBoundingClientRect()];
    const corners = shares.x.flatMap((x) => shares.y.map((y) =>
      new DOMPoint(box.x + box.width * x, box.y + box.height * y).matrixTransform(matrix)));
    const place = (start, length, points, origin) => {
      const [low, high] = [Math.min(...points), Math.max(...points)];
      const size = Math.max(high - low, TARGET_PX);
      this.button.style[start] = `${(low + high - size) / 2 - origin}px`;
      this.button.style[length] = `${size}px`;
    };
    place("left", "width", corners.map((each) => each.x), room.left);
    place("top", "height", corners.map((each) => each.y), room.top);
  }

  press(event) {
    const [side, way] = ARROWS[event.key] ?? [];
    if (side) this.set(side, Number(this.field(side).value) + way * (event.shiftKey ? STRIDE : 1));
    else if (event.key === "+" || event.key === "-") this.set("size", Number(this.field("size").value) + Number(`${event.key}1`) * GROWTH);
    else if (event.key === "0") for (const each of ["x", "y"]) this.set(each, 50);
    else return;
    event.preventDefault();
  }

  grab(event) {
    if (event.button !== 0) return;
    const [area, shares] = [this.area(), this.shares()];
    const [box, back] = [sizeOf(area), area.getScreenCTM().inverse()];
    const from = { x: Number(this.field("x").value), y: Number(this.field("y").value) };
    const move = ({ clientX, clientY }) => {
      const [dx, dy] = [clientX - event.clientX, clientY - event.clientY];
      const moved = { x: (back.a * dx + back.c * dy) / box.width, y: (back.b * dx + back.d * dy) / box.height };
      for (const side of ["x", "y"]) {
        if (Math.abs(shares.free[side]) > 0.005) this.set(side, from[side] + (moved[side] / shares.free[side]) * 100);
      }
    };
    this.button.setPointerCapture(event.pointerId);
    this.button.addEventListener("pointermove", move);
    this.button.addEventListener("lostpointercapture", () => this.button.removeEventListener("pointermove", move), { once: true });
  }
}

customElements.define("artwork-placer", ArtworkPlacer);
