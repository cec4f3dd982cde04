import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.exceptions import ParseError, ValidationError

from configurator.parsers import nesting_depth, read_json


def depth_of(value) -> int:
    if isinstance(value, dict):
        return 1 + max(map(depth_of, value.values()), default=0)
    if isinstance(value, list):
        return 1 + max(map(depth_of, value), default=0)
    return 0


PRINTABLE = st.text(st.characters(exclude_categories=("Cc", "Cs")))
DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers() | PRINTABLE,
    lambda inner: st.lists(inner) | st.dictionaries(PRINTABLE, inner),
    max_leaves=20,
)


@given(DOCUMENTS)
def test_a_harmless_document_is_read_as_the_standard_library_reads_it(document):
    body = json.dumps(document, ensure_ascii=False).encode()

    assert read_json(body) == document
    assert nesting_depth(body) == depth_of(document)


def test_thirty_two_levels_are_allowed_and_one_more_is_not():
    allowed = b"[" * 32 + b"]" * 32

    assert depth_of(read_json(allowed)) == 32
    with pytest.raises(ParseError, match="33 deep; 32 are allowed"):
        read_json(b"[" + allowed + b"]")


def test_a_hundred_thousand_brackets_are_refused_and_not_followed():
    with pytest.raises(ParseError, match="100000 deep"):
        read_json(b"[" * 100_000)


def test_brackets_inside_text_do_not_count():
    assert read_json(b'["\\"[[[[", "]"]') == ['"[[[[', "]"]


@pytest.mark.parametrize(
    "body", [b'"' + b'\\"' * 130_000, b'"\\' * 130_000, b'"' * 262_144]
)
@pytest.mark.parametrize("end", [b"", b"\\", b'"'])
def test_the_depth_of_hostile_quotes_is_found_in_one_pass(body, end):
    assert nesting_depth(body + end) == 0


@pytest.mark.parametrize(
    ("body", "place", "text"),
    [
        (b'{"text": "a\\u0000b"}', "text", "Character 2 is U+0000"),
        (b'{"lines": [{"text": "\\ud800"}]}', "lines.0.text", "lone surrogate"),
        (b'["fine", "bell\\u0007"]', "1", "Character 5 is U+0007, a control character"),
        (b'{"choices": {"a\\u001bb": 1}}', "choices", "U+001B"),
        (b'"\\u0085"', "non_field_errors", "U+0085"),
    ],
)
def test_a_character_that_cannot_be_kept_is_named_with_its_place(body, place, text):
    with pytest.raises(ValidationError) as caught:
        read_json(body)

    detail = caught.value.get_full_details()
    assert list(detail) == [place]
    assert text in str(detail)


def test_a_pair_of_surrogates_is_one_character():
    assert read_json(b'"\\ud83d\\ude00"') == "\U0001f600"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"NaN",
        b"[Infinity]",
        b"1e999",
        b"1" * 5_000,
        b"{'a': 1}",
        b"\xef\xbb\xbf{}",
    ],
)
def test_what_is_not_json_is_refused(body):
    with pytest.raises(ParseError):
        read_json(body)
