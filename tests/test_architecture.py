"""The shape of the tree, where no other tool looks."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from production.engine.methods import METHODS

ROOT = Path(__file__).parent.parent
APPS = ("configurator", "orders", "production")
ENGINES = ("configurator.engine", "production.engine")
LONGEST_FILE = 400
LONGEST_FUNCTION = 40
NOT_OURS = {"vendor", "migrations", "__pycache__"}

SHELL = {
    *("admin", "api", "authentication", "catalogue_urls", "context_processors"),
    *("filters", "forms", "live", "management", "middleware", "pagination"),
    *("parsers", "permissions", "receivers", "serializers", "tasks", "throttles"),
    *("urls", "views"),
}

LOAD_BARE = """
import importlib, pkgutil, sys

class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {"django", "rest_framework", "celery", "redis"}:
            raise ImportError(f"an engine asked for {name}")

sys.meta_path.insert(0, Refuse())
package = importlib.import_module(sys.argv[1])
for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
    if not module.name.endswith(".__main__"):
        importlib.import_module(module.name)
"""
SET_UP = """
import os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "configurator.settings"
import django
django.setup()
from django.urls import get_resolver
print(sorted({"numba", "ortools"} & set(sys.modules)))
"""


def our_files(*suffixes: str) -> Iterator[Path]:
    for folder in (*APPS, "tests"):
        for path in sorted((ROOT / folder).rglob("*")):
            parts = path.relative_to(ROOT).parts
            if path.suffix in suffixes and not NOT_OURS & set(parts):
                yield path


def run_python(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *words], cwd=ROOT, capture_output=True, text=True, check=False
    )


def n_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Count the lines from ``def`` on, without the docstring."""
    whole = (function.end_lineno or 0) - function.lineno + 1
    if ast.get_docstring(function, clean=False) is None:
        return whole
    docstring = function.body[0]
    return whole - ((docstring.end_lineno or 0) - docstring.lineno + 1)


@pytest.mark.parametrize("engine", ENGINES)
def test_an_engine_loads_in_an_interpreter_without_django(engine):
    result = run_python("-c", LOAD_BARE, engine)

    assert result.stderr == ""
    assert result.returncode == 0


def test_setting_django_up_loads_no_compiler_and_no_solver():
    result = run_python("-c", SET_UP)

    assert result.stderr == ""
    assert result.stdout == "[]\n"


def test_a_method_is_a_module_its_tests_a_template_and_a_step_of_the_readme():
    for path in METHODS.values():
        name = path.rpartition(".")[2]
        assert (ROOT / "production/engine/methods" / f"{name}.py").exists()
        assert (ROOT / "tests/production/engine/methods" / f"test_{name}.py").exists()
        assert (ROOT / "templates/production/methods" / f"_{name}.html").exists()

    modules = {path.name for path in (ROOT / "production/engine/methods").glob("*.py")}
    assert modules - {"__init__.py"} == {
        f"{path.rpartition('.')[2]}.py" for path in METHODS.values()
    }
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    steps = readme.partition("**An operations method.**")[2].partition("**")[0]
    for file in (
        "production/engine/methods/NAME.py",
        "production/engine/methods/__init__.py",
        "tests/production/engine/methods/test_NAME.py",
        "templates/production/methods/_NAME.html",
        "CHANGELOG.md",
    ):
        assert f"`{file}`" in steps


def test_importing_the_configurator_package_runs_nothing():
    assert (ROOT / "configurator/__init__.py").read_text() == ""


def test_every_folder_with_python_in_it_is_a_package():
    folders = {path.parent for app in (*APPS, "tests") for path in python_in(app)}

    assert [path for path in folders if not (path / "__init__.py").exists()] == []


def python_in(app: str) -> list[Path]:
    return list((ROOT / app).rglob("*.py"))


def test_no_file_is_longer_than_four_hundred_lines():
    n_lines_of = {
        str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines())
        for path in our_files(".py", ".js", ".css")
    }
    too_long = {path: n for path, n in n_lines_of.items() if n > LONGEST_FILE}

    assert too_long == {}


def test_no_function_is_longer_than_forty_lines():
    too_long = {
        f"{path.relative_to(ROOT)}:{node.name}": n_lines(node)
        for path in our_files(".py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and n_lines(node) > LONGEST_FUNCTION
    }

    assert too_long == {}


@pytest.mark.parametrize("app", APPS)
def test_no_app_imports_the_shell_of_another(app):
    shells = {f"{other}.{name}" for other in APPS if other != app for name in SHELL}

    found = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in (ROOT / app).rglob("*.py")
        for name in imported_by(path)
        if ".".join(name.split(".")[:2]) in shells
    }

    assert found == set()


def imported_by(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
