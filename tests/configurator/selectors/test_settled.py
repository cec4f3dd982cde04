"""What is worked out once for all who choose the same is never stale, nor changed."""

import gc
import weakref
from datetime import date, timedelta

import pytest
from django.utils import translation

from configurator.selectors import artefacts, settled
from configurator.selectors.choices import complete_answer, configure_answer
from configurator.services.availability import set_availability
from tests.factories.catalogue import NOW, RED_MUG, make_release, mug_document

pytestmark = pytest.mark.django_db
BY_DESIGN = {"one_design": {"beside": ["colour"]}}


@pytest.fixture(autouse=True)
def nothing_settled():
    settled._settle_once.cache_clear()


def n_settled() -> int:
    n: int = settled._settle_once.cache_info().misses
    return n


def configure(choices=RED_MUG, **words):
    given = {"product": "mug", "choices": choices, "now": NOW}
    return configure_answer(**{**given, **words})


def is_available(answer, code: str, option: str) -> bool:
    found: bool = answer["characteristics"][code]["options"][option]["available"]
    return found


def test_the_same_choices_are_settled_once_for_all():
    make_release()

    first, second = configure(), configure()

    assert first == second
    assert n_settled() == 1


def test_other_choices_quantities_languages_and_days_are_settled_anew():
    make_release()
    configure()

    configure({"size": "L"})
    configure(quantity=2)
    configure(now=NOW + timedelta(days=1))
    with translation.override("de"):
        german = configure()

    assert n_settled() == 5
    assert german["price"]["lines"][0]["label"] == "Becher"


def test_what_is_sold_out_is_off_and_back_on_at_once():
    make_release()
    seen = [is_available(configure({}), "colour", "BLUE")]

    for available in (False, True):
        set_availability(product="mug", option="BLUE", available=available, now=NOW)
        seen.append(is_available(configure({}), "colour", "BLUE"))

    assert seen == [True, False, True]


def test_an_option_is_back_on_its_day_though_the_day_before_was_kept():
    make_release()
    back_on = date(2026, 3, 9)
    set_availability(
        product="mug", option="BLUE", available=False, back_on=back_on, now=NOW
    )
    eve = NOW.replace(month=back_on.month, day=back_on.day - 1)

    days = [configure({}, now=eve + timedelta(days=n)) for n in range(2)]

    assert [is_available(each, "colour", "BLUE") for each in days] == [False, True]


def test_a_new_release_counts_from_its_first_click():
    make_release()
    before = configure()["price"]["total_minor"]
    document = mug_document(release="2")
    document["prices"]["entries"][0]["amount_minor"] += 100
    make_release(document)

    after = configure()

    assert (after["release"], after["price"]["total_minor"]) == ("2", before + 100)


@pytest.mark.parametrize("text", ["Ada", "Bo"])
def test_nobodys_own_words_are_kept(text):
    make_release()

    assert configure({**RED_MUG, "text": text})["choices"]["text"] == text
    assert n_settled() == 0


def test_a_product_with_very_many_options_is_not_kept(monkeypatch):
    monkeypatch.setattr(settled, "MOST_OPTIONS", 3)
    make_release()

    configure()

    assert n_settled() == 0


def test_lines_beside_change_nobody_elses_answer():
    make_release(mug_document(extra=BY_DESIGN))
    alone = configure(quantity=3)

    shared = configure(beside=[({**RED_MUG, "colour": "BLUE"}, 2)])

    assert shared["count"] == 3
    assert configure(quantity=3) == alone


def test_a_conflict_kept_for_all_is_told_to_each_as_it_is():
    make_release(mug_document(extra=BY_DESIGN))
    wrong = {**RED_MUG, "colour": "GOLD"}
    alone = configure(wrong, quantity=2)

    configure(wrong, beside=[({**RED_MUG, "colour": "GOLD"}, 1)])

    assert configure(wrong, quantity=2) == alone
    assert complete_answer(product="mug", choices=wrong, quantity=2, now=NOW) == alone


def test_what_was_settled_keeps_no_release_in_memory():
    make_release()
    configure()
    loaded = weakref.ref(artefacts.list_loaded()[0])

    artefacts.forget_loaded()
    gc.collect()

    assert loaded() is None
