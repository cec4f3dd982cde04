"""What is wrong with the page that is open: axe, width, focus, paint, problems."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from playwright.sync_api import Page, Response

from tests.support.axe import COLOURS, list_violations
from tests.support.paint import CLS, LCP_MS, read_paint
from tests.support.shop import Visitor

SIZES = {"desktop": (1280, 900), "phone": (390, 844), "small": (320, 640)}
LIGHT, DARK = "light", "dark"
THEME = "(theme) => { document.documentElement.dataset.theme = theme; }"
SETTLE = """() => new Promise((resolve) =>
  requestAnimationFrame(() => requestAnimationFrame(resolve)))"""
# What sticks out and is not cut off by something that scrolls by itself.
TOO_WIDE = """() => {
  const most = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= most + 1) return "";
  const name = (each) => each.tagName.toLowerCase()
    + [...each.classList].map((part) => `.${part}`).join("");
  const isCut = (each) => {
    for (let up = each.parentElement; up; up = up.parentElement) {
      if (getComputedStyle(up).overflowX !== "visible") return up !== document.body;
    }
    return false;
  };
  const out = [...document.body.querySelectorAll("*")].filter((each) =>
    each.getBoundingClientRect().right > most + 1 && !isCut(each));
  return `${document.documentElement.scrollWidth} px: ${out.slice(0, 3).map(name)}`;
}"""
# What has the focus must not lie wholly behind something that is fixed or sticks.
HIDDEN_FOCUS = """() => {
  const all = "a[href], button, input, select, textarea, summary, [tabindex='0']";
  const isBar = (each) => {
    const place = getComputedStyle(each).position;
    return place === "fixed" || place === "sticky";
  };
  const name = (each) => each.tagName.toLowerCase()
    + [...each.classList].map((part) => `.${part}`).join("");
  const bar = (top, each) => {
    if (!top || each.contains(top) || top.contains(each)) return "";
    for (let up = top; up && !up.contains(each); up = up.parentElement) {
      if (isBar(up)) return name(up);
    }
    return "";
  };
  const hidden = [];
  for (const each of document.querySelectorAll(all)) {
    if (each.disabled || each.closest("[inert]") || !each.checkVisibility()) continue;
    each.focus();
    if (document.activeElement !== each) continue;
    const box = each.getBoundingClientRect();
    if (box.width < 2 || box.height < 2) continue;
    const points = [[0.5, 0.5], [0.1, 0.1], [0.9, 0.1], [0.1, 0.9], [0.9, 0.9]]
      .map(([x, y]) => [box.left + x * box.width, box.top + y * box.height]);
    const seen = points.filter(([x, y]) =>
      x >= 0 && y >= 0 && x < innerWidth && y < innerHeight);
    const bars = seen.map(([x, y]) => bar(document.elementFromPoint(x, y), each));
    const what = each.name || each.id || each.textContent.trim();
    if (bars.length && bars.every(Boolean)) {
      hidden.push(`${what.slice(0, 40)} behind ${bars[0]}`);
    }
  }
  document.activeElement?.blur();
  scrollTo(0, 0);
  return hidden;
}"""

Arrive = Callable[[Page], Response | None]


@dataclass(frozen=True, slots=True)
class Place:
    """A page by its name, how one comes there, and what it answers."""

    name: str
    arrive: Arrive
    status: int = 200


def at(path: str, *, name: str = "", status: int = 200) -> Place:
    """Name a page that an address leads to."""
    return Place(name or path, lambda tab: tab.goto(path), status)


def judge_page(visitor: Visitor, place: Place) -> Iterator[str]:
    """Open a page on each size of screen, and tell all that is wrong with it."""
    tab = visitor.tab
    tab.emulate_media(reduced_motion="reduce", color_scheme="light")
    visitor.problems.clear()
    for size, (width, height) in SIZES.items():
        tab.set_viewport_size({"width": width, "height": height})
        if size != "small":
            yield from _arrive(tab, place, size)
        for each in _faults(tab, size):
            yield f"{place.name} {size}: {each}"
    for problem in dict.fromkeys(visitor.problems):
        yield f"{place.name}: {problem}"


def _arrive(tab: Page, place: Place, size: str) -> Iterator[str]:
    """Come to the page; what is painted late must be late twice to count."""
    painted: dict[str, float] = {}
    for _again in range(2):
        answer = place.arrive(tab)
        if answer is not None and answer.status != place.status:
            yield f"{place.name}: answered {answer.status}"
        painted = read_paint(tab)
        if painted["lcp"] <= LCP_MS:
            break
    else:
        yield f"{place.name} {size}: LCP {painted['lcp']:.0f} ms"
    if painted["cls"] > CLS:
        yield f"{place.name} {size}: CLS {painted['cls']:.2f}"


def _faults(tab: Page, size: str) -> Iterator[str]:
    tab.evaluate(SETTLE)
    too_wide = tab.evaluate(TOO_WIDE)
    if too_wide:
        yield f"wider than the screen, {too_wide}"
    for hidden in tab.evaluate(HIDDEN_FOCUS):
        yield f"focus hidden: {hidden}"
    if size == "small":
        return
    # Between themes nothing differs but colours.
    for theme, rules in ((LIGHT, None), (DARK, COLOURS)):
        tab.evaluate(THEME, theme)
        tab.evaluate(SETTLE)
        for broken in list_violations(tab, only=rules):
            yield f"{theme} {broken}"
    tab.evaluate(THEME, LIGHT)
