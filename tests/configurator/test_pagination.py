from datetime import timedelta

import pytest
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from configurator.models import ApiKey
from configurator.pagination import CreatedCursorPagination, Cursor
from tests.factories.access import NOW, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]


class NewestFirst(CreatedCursorPagination):
    is_newest_first = True


def make_rows(*ages_h: int) -> list[int]:
    user = make_user()
    rows = [
        ApiKey(
            name=str(number),
            prefix=f"key{number}",
            user=user,
            created_at=NOW + timedelta(hours=age_h),
        )
        for number, age_h in enumerate(ages_h)
    ]
    return [row.pk for row in ApiKey.objects.bulk_create(rows)]


def fetch(rf, url: str, paginator=CreatedCursorPagination):
    page = paginator()
    rows = page.paginate_queryset(ApiKey.objects.all(), Request(rf.get(url)))
    return [row.pk for row in rows], page.get_next_link(), page.get_previous_link()


def walk(rf, url: str | None, side: int, paginator=CreatedCursorPagination):
    pages = []
    while url:
        answer = fetch(rf, url, paginator)
        pages.append(answer[0])
        url = answer[side]
    return pages


@pytest.mark.parametrize("ages_h", [(), (1,), (3, 1, 2), (1,) * 7, (2, 1, 2, 1, 2)])
@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_pages_hold_every_row_once_in_order(rf, ages_h, size):
    keys = make_rows(*ages_h)
    in_order = [key for _, key in sorted(zip(ages_h, keys, strict=True))]

    forward = walk(rf, f"/?page_size={size}", 1)
    backward = walk(rf, f"/?page_size={size}", 1, NewestFirst)

    assert [key for page in forward for key in page] == in_order
    assert [key for page in backward for key in page] == in_order[::-1]
    assert all(len(page) == size for page in forward[:-1])


def test_previous_leads_back_over_the_same_pages(rf):
    keys = make_rows(*[1] * 7)

    _, second, _ = fetch(rf, "/?page_size=3")
    _, third, back_to_first = fetch(rf, second)
    last, no_more, back_to_second = fetch(rf, third)

    assert last == keys[6:]
    assert no_more is None
    assert fetch(rf, back_to_second)[0] == keys[3:6]
    assert fetch(rf, back_to_first) == (keys[:3], second, None)


def test_a_row_that_comes_meanwhile_moves_nothing(rf):
    keys = make_rows(1, 2, 3, 4)
    _, second, _ = fetch(rf, "/?page_size=2")
    ApiKey.objects.filter(pk=keys[0]).delete()

    assert fetch(rf, second)[0] == keys[2:]


def test_a_large_page_is_cut_and_a_senseless_one_refused(rf):
    make_rows(*range(201))

    assert len(fetch(rf, "/?page_size=5000")[0]) == 200
    for size in ("0", "-1", "many", "²"):
        with pytest.raises(ValidationError):
            fetch(rf, f"/?page_size={size}")


@pytest.mark.parametrize(
    "cursor", ["x", "e30", "!", "WzEsMiwzXQ", Cursor(NOW, 2**70, False).encode()]
)
def test_a_cursor_that_was_not_given_out_is_refused(rf, cursor):
    with pytest.raises(ValidationError):
        fetch(rf, f"/?cursor={cursor}")
