/* The parts of an order's page are replaced as the order moves on; what the reader has
   opened stays open. */

document.addEventListener("htmx:oobBeforeSwap", (event) => {
  const { target, fragment } = event.detail;
  for (const details of target.querySelectorAll("details[id]")) {
    const successor = fragment.querySelector(`#${CSS.escape(details.id)}`);
    if (successor) successor.open = details.open;
  }
});
