"""Whatever axe finds on the page in a tab."""

from pathlib import Path

SOURCE = Path(__file__).parent / "vendor" / "axe-core-4.14.1.min.js"
RUN = """async (only) => {
  const asked = {resultTypes: ["violations"]};
  const found = await axe.run(document, only ? {...asked, runOnly: only} : asked);
  const places = (each) => each.nodes.map((node) => node.target.join(" ")).join(", ");
  return found.violations.map((each) => `${each.id}: ${places(each)}`);
}"""
COLOURS = ["color-contrast", "link-in-text-block"]


def list_violations(tab, *, only: list[str] | None = None) -> list[str]:
    """Name each rule that the page breaks, and where; evaluated, for the CSP's sake.

    ``only`` names the rules to ask for, as axe calls them.
    """
    if not tab.evaluate("() => 'axe' in window"):
        tab.evaluate(SOURCE.read_text(encoding="utf-8"))
    found: list[str] = tab.evaluate(RUN, only)
    return found
