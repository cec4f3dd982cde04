// Shows what a slider stands at while it moves; the server writes the first value.
class RangeValue extends HTMLElement {
  connectedCallback() {
    const input = this.querySelector("input");
    const output = this.querySelector("output");
    input.addEventListener("input", () => {
      output.value = input.value;
    });
    output.value = input.value;
  }
}
customElements.define("range-value", RangeValue);
