"""Whatever axe finds on the page in a tab."""

from pathlib import Path

SOURCE = Path(__file__).parent / "vendor" / "axe-core-4.14.1.min.js"
RUN = """async () => {
  const found = await axe.run(document, {resultTypes: ["violations"]});
  const places = (each) => each.nodes.map((node) => node.target.join(" ")).join(", ");
  return found.violations.map((each) => `${each.id}: ${places(each)}`);
}"""


def list_violations(tab) -> list[str]:
    """Name each rule that the page breaks, and where; evaluated, for the CSP's sake."""
    tab.evaluate(SOURCE.read_text(encoding="utf-8"))
    found: list[str] = tab.evaluate(RUN)
    return found
