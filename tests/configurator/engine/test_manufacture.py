import pytest

from configurator.engine.formats.release_json import read_release
from configurator.engine.manufacture import ManufactureError, resolve
from tests.configurator.engine.documents import shirt

PLAIN = {"fabric": "COTTON", "decoration": "NONE", "size": "M"}
PRINTED = {**PLAIN, "fabric": "SPORT", "decoration": "PRINT", "extras": ["BAG", "CARD"]}


def test_steps_that_do_not_apply_are_bridged():
    found = resolve(read_release(shirt()), PLAIN, quantity=3)

    assert [(step.code, step.after) for step in found.steps] == [
        ("PICK", ()),
        ("PACK", ("PICK",)),
    ]


def test_every_step_follows_the_one_before_unless_it_says_otherwise():
    found = resolve(read_release(shirt()), PRINTED, quantity=3)

    assert [(step.code, step.after) for step in found.steps] == [
        ("PICK", ()),
        ("PRETREAT", ("PICK",)),
        ("PRINT", ("PRETREAT",)),
        ("PACK", ("PRINT", "PICK")),
    ]


def test_attributes_keys_and_times_are_valued():
    choices = {**PRINTED, "text": "Anna"}

    found = resolve(read_release(shirt()), choices, quantity=3)

    pretreat, printing, pack = found.steps[1:]
    assert pretreat.attributes == {"shade": "DARK"}
    assert printing.run_ms == 191000
    assert printing.attributes == {
        "fabric": "SPORT",
        "programme": "DTG",
        "extras": "BAG+CARD",
    }
    assert printing.batch_key == "programme=DTG|fabric=SPORT"
    assert printing.setup_attributes == {"fabric": "SPORT"}
    assert pack.batch_key is None
    assert pack.load_units_per_piece == (1, 24)


def test_materials_include_scrap_and_are_rounded_up():
    found = resolve(read_release(shirt()), PRINTED, quantity=100)

    assert [(need.material, need.total) for need in found.materials] == [
        ("BLANK", 102),
        ("INK", 700),
        ("BOX", 1),
    ]


def test_another_quantity_needs_no_second_look():
    definition = read_release(shirt())
    found = resolve(definition, PRINTED, quantity=3)

    assert not found.depends_on_quantity
    assert found.for_quantity(100) == resolve(definition, PRINTED, quantity=100)


def test_a_condition_on_the_quantity_is_told():
    document = shirt()
    document["routings"][0]["when"] = "quantity < 24"

    assert resolve(read_release(document), PLAIN, quantity=3).depends_on_quantity


def test_the_routing_that_applies_is_taken_and_no_other():
    definition = read_release(shirt())
    screen = {**PLAIN, "decoration": "SCREEN"}

    assert resolve(definition, PLAIN, quantity=30).routing_code == "DIRECT"
    assert resolve(definition, screen, quantity=30).routing_code == "SCREEN"
    with pytest.raises(ManufactureError, match="no routing 'DIRECT' applies"):
        resolve(definition, screen, quantity=30, routing="DIRECT")


def test_no_routing_at_all_is_an_error():
    with pytest.raises(ManufactureError, match="t-shirt: no routing applies"):
        resolve(read_release(shirt(routings=[])), PLAIN, quantity=1)
