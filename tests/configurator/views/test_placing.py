"""A customer's picture is moved and sized in its print area, by plain forms alone."""

import io
from urllib.parse import parse_qs, urlsplit

import pytest
from PIL import Image

from configurator.services.configurations import pin_configuration
from configurator.services.previews import preview_svg, thumbnail_png
from configurator.services.uploads import store_upload
from tests.factories.catalogue import NOW, RED_MUG, make_release, mug_document
from tests.support.html import find

pytestmark = pytest.mark.django_db
URL = "/shop/mug/"
RED = {"c.colour": "RED", "c.size": "S", "c.height_mm": "90", "quantity": "1"}
DRAWING = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100">'
    '<image data-image="artwork" x="10" y="10" width="80" height="40"/>'
    '<rect data-area="artwork" x="10" y="10" width="80" height="40" fill="none"/></svg>'
)
AREAS = [
    {"of": "artwork", "when": "size = L", "width_mm": 40, "height_mm": 20},
    {"of": "artwork", "width_mm": 80, "height_mm": 40},
]


@pytest.fixture
def mug(db):
    extra = {"print_areas": AREAS}
    return make_release(mug_document(artwork=DRAWING, extra=extra))


@pytest.fixture
def token(mug):
    """Keep a picture half of one colour, so that moving it shows."""
    file = io.BytesIO()
    picture = Image.new("RGB", (400, 400), "#2238cf")
    picture.paste("#ffcc00", (0, 0, 200, 400))
    picture.save(file, "PNG")
    upload = store_upload(content=file.getvalue(), file_name="crest.png", now=NOW)
    return upload.token


def html_of(response) -> str:
    html: str = response.content.decode()
    return html


def answer_in(address: str) -> str:
    return parse_qs(urlsplit(address).query)["c.artwork"][0]


def moved(token, x="0", y="50", size="60"):
    placed = {"x.artwork": x, "y.artwork": y, "size.artwork": size}
    return {**RED, "c.artwork": token, **placed}


def test_a_picture_that_is_moved_says_so_in_the_address_of_the_design(client, token):
    response = client.post(URL, moved(token))

    assert answer_in(response["Location"]) == f"{token}~0.50.60"
    html = html_of(client.get(response["Location"]))
    assert "Printed 24 × 24 mm large; there is room for 80 × 40 mm." in html  # noqa: RUF001
    assert "423 dots per inch: it prints sharp." in html
    assert find(r'name="size.artwork" [^>]*value="(\d+)"', html) == "60"


def test_the_middle_at_full_size_is_the_usual_place_and_is_left_unsaid(client, token):
    response = client.post(URL, moved(token, "50", "50", "100"))

    assert answer_in(response["Location"]) == token
    assert pin(f"{token}~50.50.100") == pin(token)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"x": "101"}, "“101.50.60” is no place for a picture"),
        ({"y": "-1"}, "“0.-1.60” is no place for a picture"),
        ({"size": "many"}, "“0.50.many” is no place for a picture"),
        ({"size": ""}, "“0.50.” is no place for a picture"),
        ({"size": "9"}, "A picture may have from 10 to 100 % of its size here."),
        ({"size": "140"}, "A picture may have from 10 to 100 % of its size here."),
    ],
)
def test_a_place_that_cannot_be_is_refused_at_its_question(
    client, token, changes, words
):
    response = client.post(URL, moved(token, **changes), follow=True)

    assert response.status_code == 400
    assert words in html_of(response)
    assert "/cart/add/" not in html_of(response)


def test_the_api_names_the_answer_that_is_no_place(client, token):
    choices = {**RED_MUG, "artwork": f"{token}~0.0.500"}

    response = client.post(
        "/api/v1/products/mug/configure/",
        {"choices": choices, "quantity": 1},
        content_type="application/json",
    )

    assert response.status_code == 400
    assert response.json()["errors"][0]["attr"] == "choices.artwork"


def test_a_picture_too_coarse_at_its_size_stays_in_view_with_a_way_out(client, token):
    coarse = {**RED, "c.artwork": token, "c.text": "Ada"}
    make_release(
        mug_document(
            artwork=DRAWING,
            extra={
                "print_areas": [
                    {"of": "artwork", "width_mm": 300, "height_mm": 150},
                ]
            },
            release="2",
        )
    )

    response = client.get(URL, coarse)

    html = html_of(response)
    assert response.status_code == 400
    assert "Printed 150 mm wide, your picture has 67 dots per inch" in html
    assert "Print it 100 mm wide: that is sharp" in html
    assert f'href="/uploads/{token}/"' in html
    fix = find(r'value="([^"]*)">Print it', html).replace("&amp;", "&")
    mended = client.post(URL, {**coarse, "fix": fix}, follow=True)
    assert mended.status_code == 200
    assert "it prints sharp" in html_of(mended)


def test_the_printed_size_follows_the_other_choices(client, token):
    html = html_of(client.get(URL, {**RED, "c.size": "L", "c.artwork": token}))

    assert "Printed 20 × 20 mm large; there is room for 40 × 20 mm." in html  # noqa: RUF001


def test_one_button_puts_a_picture_back_into_the_middle(client, token):
    html = html_of(client.get(URL, {**RED, "c.artwork": f"{token}~0.10.60"}))
    fix = find(r'value="([^"]*)">Put it in the middle', html).replace("&amp;", "&")

    response = client.post(URL, {**moved(token, "0", "10"), "fix": fix})

    assert answer_in(response["Location"]) == f"{token}~50.50.60"


def test_undo_leads_back_to_where_a_picture_lay(client, token):
    first = f"{URL}?c.colour=RED&c.size=S&c.height_mm=90&quantity=1&c.artwork={token}"
    headers = {"HX-Request": "true", "HX-Current-URL": f"http://testserver{first}"}

    answer = client.post(URL, moved(token), headers=headers)

    assert f"{token}~0.50.60" in answer["HX-Replace-Url"]
    assert f'href="?c.artwork={token}&amp;c.colour=RED' in html_of(answer)


def pin(answer):
    return pin_configuration(
        product="mug", choices={**RED_MUG, "artwork": answer}, quantity=1, now=NOW
    ).configuration


def test_where_a_picture_lies_is_part_of_the_configuration_and_of_its_hash(token):
    left, right = pin(f"{token}~0.50.60"), pin(f"{token}~100.50.60")

    assert left.choices["artwork"] == f"{token}~0.50.60"
    assert f"{token}~0.50.60" in left.canonical
    assert left.sha256 != right.sha256


def test_the_thumbnail_shows_a_picture_where_it_lies(token):
    hashes = [pin(f"{token}~{x}.50.60").sha256 for x in (0, 100)]

    drawn = [
        Image.open(
            io.BytesIO(thumbnail_png(configuration_sha256=each, width_px=100))
        ).getchannel("A")
        for each in hashes
    ]

    places = [[each.getpixel((x, 30)) == 255 for x in (15, 85)] for each in drawn]
    assert places == [[True, False], [False, True]]


def test_what_stands_out_of_a_covered_area_is_cut_off(token):
    area = {"of": "artwork", "width_mm": 80, "height_mm": 40, "fit": "COVER"}
    extra = {"print_areas": [area]}
    release = make_release(
        mug_document(artwork=DRAWING, extra=extra, release="2", product="mug")
    )

    svg = preview_svg(release_id=release.pk, choices={"artwork": f"{token}~50.0.100"})

    assert 'x="10.000" y="10.000" width="80.000" height="80.000"' in svg
    assert 'clip-path="url(#mug-slot-0)"' in svg


def test_a_picture_is_shown_as_previews_need_it_to_whoever_has_its_token(client, mug):
    file = io.BytesIO()
    Image.new("RGB", (3_000, 1_500), "#2238cf").save(file, "JPEG")
    upload = store_upload(content=file.getvalue(), file_name="large.jpg", now=NOW)

    response = client.get(f"/uploads/{upload.token}/")

    shown = Image.open(io.BytesIO(response.content))
    assert (shown.size, response["Content-Type"]) == ((1_200, 600), "image/jpeg")
    assert client.get("/uploads/nothing/").status_code == 404
