import subprocess
import sys
import threading

import pytest

from configurator.engine.artefact import ArtefactError, compile_definition, load, save
from configurator.engine.choices import evaluate
from configurator.engine.formats.release_json import read_release
from configurator.engine.formats.xcsp import read_xcsp
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
    assert loaded.diagram is not None
    assert not loaded.diagram.target.flags.writeable
    assert loaded.n_products == compiled.n_products


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
    path = tmp_path / sha / "target.npy"
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
