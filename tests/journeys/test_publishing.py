"""A catalogue admin changes a price and watches a real worker publish it."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.journey
RELEASES = "/admin/configurator/cataloguerelease/"


def test_a_new_price_goes_on_sale_once_its_difference_was_seen(visit):
    admin = visit()
    admin.sign_in("catalogue")
    tab = admin.tab

    def release(state: str):
        tab.goto(RELEASES)
        rows = tab.locator("#result_list tbody tr").filter(has_text="croissants")
        return rows.filter(has_text=state)

    def act(state: str, action: str) -> None:
        release(state).get_by_role("checkbox").check()
        tab.locator("select[name=action]").select_option(action)
        tab.locator("button[name=index]").click()

    act("active", "copy_as_draft")
    expect(tab.locator(".messagelist")).to_contain_text("2 is a copy of croissants 1")
    release("draft").get_by_role("link").first.click()
    tab.locator("#price_list-group .inlinechangelink").click()
    amount = tab.locator("[name=entries-0-amount_minor]")
    amount.fill(str(int(amount.input_value()) + 10))
    tab.locator("[name=_save]").click()
    act("draft", "validate")

    # Nothing is clicked any more: the page itself asks for what is new.
    shown = tab.locator("#examination")
    expect(shown.get_by_role("button", name="Publish")).to_be_visible(timeout=60_000)
    expect(shown).to_contain_text("only prices changed")
    expect(shown).to_contain_text("What changes against release 1")
    expect(shown.get_by_role("row", name="Products lost 0")).to_be_visible()
    expect(shown.get_by_role("row", name="Prices 0 0 1: BASE")).to_be_visible()
    shown.get_by_role("button", name="Publish").click()
    expect(shown).to_contain_text("State: active", timeout=60_000)
