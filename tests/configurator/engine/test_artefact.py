import subprocess
import sys
import threading

import pytest

from configurator.engine.artefact import ArtefactError, compile_definition, load, save
from configurator.engine.choices import evaluate
from configurator.engine.formats.release_json import read_release
from configurator.engine.formats.xcsp import read_xcsp
from configurator.engine.passes import Passes
from tests.configurator.engine.documents import shirt


def compiled_shirt():
    return compile_definition(read_release(shirt()))


def test_a_loaded_artefact_answers_like_the_one_that_was_saved(tmp_path):
    compiled = compiled_shirt()

    sha = save(compiled, tmp_path)
    loaded = load(tmp_path, sha)

    choices = {"fabric": "SPORT", "text": "Anna"}
    assert evaluate(loaded, choices, quantity=12) == evaluate(
        compiled, choices, quantity=12
    )
    assert loaded.passes is not None
    assert not loaded.passes.tape.flags.writeable
    assert loaded.figures == compiled.figures


def test_the_answer_before_any_choice_is_stored_with_the_artefact(
    tmp_path, monkeypatch
):
    compiled = compiled_shirt()
    expected_of = {q: evaluate(compiled, {}, quantity=q) for q in (None, 1)}

    loaded = load(tmp_path, save(compiled, tmp_path))
    monkeypatch.setattr(Passes, "click", None)

    for quantity in (None, 1):
        stored = evaluate(loaded, {}, quantity=quantity)
        expected = expected_of[quantity]
        assert stored.through.tolist() == expected.through.tolist()
        assert stored.highest_total_minor == expected.highest_total_minor
    with pytest.raises(TypeError):
        evaluate(loaded, {}, quantity=2)


def test_the_same_content_has_the_same_name_and_other_content_another(tmp_path):
    sha = save(compiled_shirt(), tmp_path)

    assert save(compiled_shirt(), tmp_path) == sha
    assert save(compile_definition(read_release(shirt(release="8"))), tmp_path) != sha
    assert len(list(tmp_path.iterdir())) == 2


def test_many_writers_at_once_leave_one_whole_artefact(tmp_path):
    compiled = compiled_shirt()
    names = []
    threads = [
        threading.Thread(target=lambda: names.append(save(compiled, tmp_path)))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(set(names)) == 1
    assert len(names) == 8
    assert [path.name for path in tmp_path.iterdir()] == names[:1]
    assert load(tmp_path, names[0]).method == "diagram"


def test_damage_is_noticed(tmp_path):
    sha = save(compiled_shirt(), tmp_path)
    path = tmp_path / sha / "tape.npy"
    path.write_bytes(path.read_bytes()[:-4] + b"\7\0\0\0")

    with pytest.raises(ArtefactError, match="is damaged"):
        load(tmp_path, sha)
    with pytest.raises(ArtefactError, match="there is no artefact"):
        load(tmp_path, "0" * 64)


def test_a_model_without_a_document_cannot_be_stored(tmp_path):
    path = tmp_path / "a.xml"
    path.write_text(
        "<instance><domain name='d'>0 1</domain>"
        "<variable name='v' domain='d'/></instance>"
    )

    with pytest.raises(ArtefactError, match="release document"):
        save(compile_definition(read_xcsp(path)), tmp_path)


def test_loading_and_answering_load_neither_oxidd_nor_numba_nor_pysat(tmp_path):
    sha = save(compiled_shirt(), tmp_path)
    program = (
        "import sys, pathlib\n"
        "from configurator.engine.artefact import load\n"
        "from configurator.engine.choices import complete, evaluate\n"
        f"compiled = load(pathlib.Path({str(tmp_path)!r}), {sha!r})\n"
        "assert evaluate(compiled, {}, quantity=1).valid\n"
        "complete(compiled, {}, quantity=1)\n"
        "heavy = {'oxidd', 'numba', 'pysat', 'django'} & set(sys.modules)\n"
        "sys.exit(str(heavy) if heavy else 0)\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr) == (0, "")


def test_progress_is_told(tmp_path):
    told = []

    compile_definition(
        read_release(shirt()), on_progress=lambda phase, share: told.append(share)
    )

    assert told == sorted(told)
    assert told[-1] == 1.0
