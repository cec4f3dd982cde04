import pytest

from configurator.engine.artefact import compile_definition
from configurator.engine.formats.files import read_model
from configurator.engine.formats.xcsp import read_xcsp
from configurator.engine.model import DefinitionError

XCSP3 = """<instance format="XCSP3" type="CSP">
<variables>
 <var id="x"> 0..2 </var>
 <var id="y" as="x"/>
 <array id="z" size="[2]"> red green </array>
</variables>
<constraints>
 <extension id="near"><list> x y </list>
  <supports> (0,1)(1,2)(2,*) </supports></extension>
 <block>
  <extension><list> x </list><conflicts> 1 </conflicts></extension>
  <group>
   <extension><list> %0 %1 </list>
    <supports> (red,0)(green,1)(green,2) </supports></extension>
   <args> z[0] x </args>
   <args> z[1] y </args>
  </group>
 </block>
</constraints></instance>
"""


def written(tmp_path, text):
    path = tmp_path / "range.xcsp.xml"
    path.write_text(text)
    return path


def test_tables_with_stars_blocks_and_groups_are_read(tmp_path):
    kind, definition = read_model(written(tmp_path, XCSP3))

    assert kind == "xcsp"
    names = [each.code for each in definition.characteristics]
    assert names == ["x", "y", "z[0]", "z[1]"]
    assert [rule.code for rule in definition.rules] == [
        "near",
        "constraint 2",
        "constraint 3",
        "constraint 4",
    ]
    pairs = [(0, 1), (2, 0), (2, 1), (2, 2)]
    assert compile_definition(definition).n_products == len(pairs)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("0..2", "0..200000", "x: more than 100000 values"),
        ('id="y" as="x"', 'id="x" as="x"', "x: stands there twice"),
        ('size="[2]"', 'size="[2000][2000]"', "z: more than 100000 variables"),
        ("<array", "<set", "is not XML"),
        ("x y </list>", "x q </list>", "near: there is no variable 'q'"),
        ("x y </list>", "x x </list>", "near: a variable stands twice"),
        ("(2,*)", "(2,*,1)", "near: a row does not have 2 values"),
        ("(2,*)", "(2,*", r"near: '\)' is missing"),
        ("<list> %0 %1", "<list> %0 %7", "%7: there is no such argument"),
        ("conflicts> 1", "soft> 1", "is not XML"),
        ('<extension id="near">', '<extension id="">', ""),
    ],
)
def test_what_cannot_be_read_is_named(tmp_path, old, new, message):
    path = written(tmp_path, XCSP3.replace(old, new, 1))

    if not message:
        assert read_xcsp(path).rules[0].code == "constraint 1"
        return
    with pytest.raises(DefinitionError, match=message):
        read_xcsp(path)


def test_other_constraints_are_refused_by_name(tmp_path):
    text = XCSP3.replace("<block>", "<block><allDifferent> x y </allDifferent>")

    with pytest.raises(DefinitionError, match="<allDifferent> is not a table"):
        read_xcsp(written(tmp_path, text))
