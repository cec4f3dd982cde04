"""Keys of what is kept for longer than a call."""

from dataclasses import dataclass, make_dataclass

from configurator.selectors.kept import shape_of


@dataclass(frozen=True, slots=True)
class Answer:
    n_orders: int


def test_what_another_version_kept_in_other_fields_has_another_key():
    same = make_dataclass("Answer", ["n_orders"], frozen=True, slots=True)
    other = make_dataclass("Answer", ["product", "n_orders"], frozen=True, slots=True)

    assert shape_of(Answer) == shape_of(same)
    assert len({shape_of(Answer), shape_of(other), shape_of(Answer, other)}) == 3
