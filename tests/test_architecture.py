"""The shape of the code: who may know whom, and what starts quickly."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import mllm_mine
from mllm_mine.commands.app import COMMANDS

ROOT = Path(mllm_mine.__file__).parent
STAGES = ("source", "fulltext", "classifier", "resources", "results", "reports", "gaps")
HEAVY = (
    *("sklearn", "scipy", "numpy", "pymupdf", "fitz", "requests", "arxiv", "feedparser"),
    *("sqlite_utils", "rich", "pyarrow", "joblib", "pandas"),
)
MODULES = sorted(ROOT.rglob("*.py"))


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def imports(path: Path) -> Iterator[str]:
    """The modules that a module imports anywhere, and the names it imports from them."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_stages_do_not_know_each_other(path: Path) -> None:
    stage = path.relative_to(ROOT).parts[0]
    known = set(imports(path))
    if stage in STAGES:
        others = [f"mllm_mine.{other}." for other in STAGES if other != stage]
        assert not [name for name in known if f"{name}.".startswith(tuple(others))]
    if stage in ("index", "taxonomy", "catalogue"):  # the stages stand on them
        assert not [
            name for name in known if name.startswith(tuple(f"mllm_mine.{each}" for each in STAGES))
        ]
    if stage not in ("commands", "__main__.py"):
        assert not [name for name in known if name.startswith("mllm_mine.commands")]
        assert not [name for name in known if name.split(".")[0] in ("typer", "rich", "click")]
    if path.name != "pipeline.py" and stage not in ("commands", "demo"):
        assert not [name for name in known if name.startswith("mllm_mine.pipeline")]


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_the_library_neither_prints_nor_exits(path: Path) -> None:
    if path.relative_to(ROOT).parts[0] in ("commands", "__main__.py"):
        return
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            assert called not in ("print", "input", "exit", "quit", "sys.exit"), called
            assert not called.startswith(("sys.stdout.write", "sys.stderr.write")), called


SQL = re.compile(
    r"\b(SELECT\s.+\sFROM|INSERT\s+(OR\s+\w+\s+)?INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM|"
    r"CREATE\s+(TABLE|INDEX|VIEW|TRIGGER)|PRAGMA\s+\w+)\b",
    re.DOTALL,
)


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_all_sql_is_in_the_index(path: Path) -> None:
    if path.relative_to(ROOT).parts[0] == "index":
        return
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            assert not SQL.search(node.value), node.value


def test_commands_and_packages_are_cheap_to_import() -> None:
    names = [f"mllm_mine.commands.{name}" for name in COMMANDS]
    names += [f"mllm_mine.{path.parent.name}" for path in ROOT.glob("*/__init__.py")]
    code = (
        f"import sys, importlib; [importlib.import_module(name) for name in {names!r}]; "
        f"print(*[name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_says_what_it_is_and_can_be_read_in_one_sitting(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert ast.get_docstring(ast.parse(text)) or not text.strip()
    assert len(text.splitlines()) < 400


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_nothing_is_pickled(path: Path) -> None:
    named = set(imports(path))
    assert not named & {"pickle", "dill", "marshal", "shelve", "joblib.dump", "joblib.load"}


@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["list", "--help"]])
def test_help_and_version_import_nothing_heavy(arguments: list[str]) -> None:
    code = (
        "import sys; from mllm_mine.__main__ import run; run(sys.argv[1:]); "
        f"print(*[name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True
    )
    assert done.stdout
    assert done.stderr.split() == []


def test_a_command_imports_no_other() -> None:
    code = (
        "import sys; from mllm_mine.__main__ import run; run(['list', '--help']); "
        "print(*[name for name in sys.modules if name.startswith('mllm_mine.commands.')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {name.rsplit(".", 1)[1] for name in done.stdout.splitlines()[-1].split()}
    assert loaded & set(COMMANDS) == {"list"}


def test_every_command_is_a_file_and_every_file_is_right() -> None:
    for name in COMMANDS:
        tree = ast.parse((ROOT / "commands" / f"{name}.py").read_text(encoding="utf-8"))
        functions = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
        assert "register" in functions, name


def test_every_command_is_in_the_readme() -> None:
    # Beside the tests: the package may be installed far from the clone.
    readme = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    assert [name for name in COMMANDS if f"mine {name}" not in readme] == []
