/* <takt-clock data-left="34">: counts the seconds of this takt down from what the server said. */

class TaktClock extends HTMLElement {
  connectedCallback() {
    this.endsAt = Date.now() + Number(this.dataset.left) * 1000;
    this.timer = setInterval(() => this.show(), 250);
    this.show();
  }

  disconnectedCallback() {
    clearInterval(this.timer);
  }

  show() {
    const seconds = Math.max(0, Math.ceil((this.endsAt - Date.now()) / 1000));
    const words = this.words(seconds);
    if (this.textContent !== words) this.textContent = words;
  }

  words(seconds) {
    if (seconds < 90) return `${seconds} s`;
    return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  }
}

customElements.define("takt-clock", TaktClock);
