import hashlib

import pytest

from configurator.engine.canonical import (
    ChoiceError,
    canonical_bytes,
    canonical_choices,
    configuration_sha256,
)
from configurator.engine.formats.release_json import read_release
from tests.configurator.engine.documents import shirt

NUMBER = {"code": "length", "kind": "NUMBER", "min": 100, "max": 200, "step": 10}


def definition():
    document = shirt()
    document["characteristics"] = [*document["characteristics"], NUMBER]
    document["characteristics"].append({"code": "artwork", "kind": "FILE"})
    return read_release(document)


def test_bytes_are_those_of_the_written_definition():
    choices = canonical_choices(
        definition(),
        {
            "text": " Zoë's\u00e9 ",
            "extras": ["LABEL", "BAG"],
            "length": 120,
            "size": "M",
        },
    )

    found = canonical_bytes(product="t-shirt", release="7", choices=choices)

    written = (
        '{"choices":{"extras":["BAG","LABEL"],"length":120,"size":"M",'
        '"text":" Zoë\'s\u00e9 "},"product":"t-shirt","release":"7"}'
    )
    assert found == written.encode("utf-8")


def test_the_hash_is_that_of_the_bytes():
    written = b'{"choices":{"size":"M"},"product":"t-shirt","release":"7"}'

    found = configuration_sha256(product="t-shirt", release="7", choices={"size": "M"})

    assert found == hashlib.sha256(written).hexdigest()


def test_empty_texts_files_and_nulls_are_left_out_but_an_empty_list_stays():
    found = canonical_choices(
        definition(), {"text": "", "artwork": "", "size": None, "extras": []}
    )

    assert found == {"extras": []}


def test_the_order_in_which_choices_come_changes_nothing():
    one = {"size": "M", "fabric": "SPORT", "extras": ["CARD", "BAG"]}
    other = {"extras": ["BAG", "CARD"], "fabric": "SPORT", "size": "M"}

    assert canonical_bytes(product="p", release="1", choices=one) == canonical_bytes(
        product="p", release="1", choices=other
    )


@pytest.mark.parametrize(
    ("choices", "characteristic", "message"),
    [
        ({"colour": "RED"}, "colour", "no such characteristic"),
        ({"size": "S"}, "size", "'S' is not an option"),
        ({"size": ["M"]}, "size", "is not an option"),
        ({"extras": "BAG"}, "extras", "a list of options"),
        ({"extras": ["BAG", "BAG"]}, "extras", "ticked twice"),
        ({"extras": ["HAT"]}, "extras", "'HAT' is not an option"),
        ({"extras": ["BAG", "CARD", "LABEL"]}, "extras", "at most 2"),
        ({"length": "120"}, "length", "is not a number"),
        ({"length": True}, "length", "is not a number"),
        ({"length": 125}, "length", "steps of 10"),
        ({"length": 210}, "length", "not between 100 and 200"),
        ({"text": 5}, "text", "is not a text"),
        ({"text": "x" * 21}, "text", "21 characters are more than 20"),
        ({"text": "ab☃"}, "text", "'☃' at position 3"),
        ({"text": "a\u0000"}, "text", "'U+0000' at position 2"),
        ({"text": "e\u0301"}, "text", "at position 2"),
        ({"artwork": "x" * 201}, "artwork", "is not an upload's id"),
        ({"artwork": 7}, "artwork", "is not an upload's id"),
    ],
)
def test_an_unknown_answer_is_refused_by_name(choices, characteristic, message):
    with pytest.raises(ChoiceError) as caught:
        canonical_choices(definition(), choices)

    assert caught.value.characteristic == characteristic
    assert message in caught.value.message
    assert caught.value.value in (choices[characteristic], "HAT")
