"""How long the largest part of a page took to be painted, and how much it jumped."""

from playwright.sync_api import Page

LCP_MS, CLS = 2_500, 0.1
READ = """() => new Promise((resolve) => {
  const found = {lcp: 0, cls: 0};
  const see = (type, take) => new PerformanceObserver((list) =>
    list.getEntries().forEach(take)).observe({type, buffered: true});
  see("largest-contentful-paint", (entry) => { found.lcp = entry.startTime; });
  see("layout-shift", (entry) => {
    if (!entry.hadRecentInput) found.cls += entry.value;
  });
  setTimeout(() => resolve(found), 250);
})"""


def read_paint(tab: Page) -> dict[str, float]:
    """Give ``lcp`` in milliseconds and ``cls`` of the page that is open."""
    found: dict[str, float] = tab.evaluate(READ)
    return found
