"""The package as others install it: one version, all data in the wheel, at work on its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import sysconfig
import tomllib
import venv
import zipfile
from importlib import metadata
from pathlib import Path

import pytest

import mllm_mine
from mllm_mine.commands.app import COMMANDS

ROOT = Path(__file__).resolve().parents[1]


def test_the_version_is_the_same_everywhere() -> None:
    version = mllm_mine.__version__
    assert metadata.version("mllm-mine") == version
    shown = subprocess.run(
        [sys.executable, "-m", "mllm_mine", "--version"], capture_output=True, text=True, check=True
    )
    assert shown.stdout == f"mine {version}\n"
    newest = re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.M)
    assert newest is not None
    assert newest[1] == version


def test_every_python_named_in_the_classifiers_is_allowed() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lowest = re.fullmatch(r">=3\.(\d+)", project["requires-python"])
    assert lowest is not None
    named = re.findall(r"Python :: 3\.(\d+)", "\n".join(project["classifiers"]))
    assert min(map(int, named)) == int(lowest[1])


def test_the_readme_names_every_command() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [name for name in COMMANDS if f"mine {name}" not in readme] == []


def test_the_readme_begins_with_two_commands_of_one_line_each() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    first_screen = readme.split("\n## ")[0]
    blocks = re.findall(r"^```sh\n(.*?)^```$", first_screen, re.M | re.S)
    assert [len(block.splitlines()) for block in blocks] == [1, 1]
    assert blocks[0].startswith("python3 -m venv ")
    assert blocks[0].endswith(" && .venv/bin/mine demo\n")
    assert blocks[1].endswith(" && .venv/bin/python -m pytest\n")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("hatchling", reason="the test extra brings hatchling, to build a wheel")
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    (built,) = folder.glob("*.whl")
    return built


@pytest.mark.slow
def test_the_wheel_holds_all_data_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    package = {name.removeprefix("mllm_mine/") for name in names if name.startswith("mllm_mine/")}
    assert {"py.typed", "taxonomy/mllm.toml", "demo/sample.toml", "scaffold/mine.toml"} <= package
    on_disk = {
        path.relative_to(ROOT / "src" / "mllm_mine").as_posix()
        for path in (ROOT / "src" / "mllm_mine").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    on_disk.remove("classifier/readings.jsonl.gz")  # for training, of no use without abstracts
    assert package == on_disk
    assert {name.split("/")[0] for name in names} == {
        "mllm_mine",
        f"mllm_mine-{mllm_mine.__version__}.dist-info",
    }
    assert any(name.endswith("licenses/LICENSE") for name in names)


@pytest.mark.slow
def test_the_wheel_works_outside_the_checkout(wheel: Path, tmp_path: Path) -> None:
    environment = tmp_path / "venv"
    venv.create(environment, with_pip=False, symlinks=True)
    site = Path(sysconfig.get_path("purelib", vars={"base": str(environment)}))
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    # The dependencies are this environment's; an editable install of mine there stays out,
    # since Python does not read the .pth files of a folder that a .pth file names.
    paths = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    (site / "dependencies.pth").write_text("\n".join(sorted(paths)) + "\n")
    python = environment / "bin" / "python"
    bare = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}

    def run(*arguments: str) -> str:
        result = subprocess.run(
            [str(python), *arguments], cwd=tmp_path, env=bare, capture_output=True, text=True
        )
        assert result.returncode == 0, result.stderr
        return result.stdout

    where = run("-c", "import mllm_mine; print(mllm_mine.__file__)")
    assert where.startswith(str(site))
    run("-m", "mllm_mine", "demo", "there")
    assert (tmp_path / "there" / "papers.csv").stat().st_size > 1000
    shown = run("-m", "mllm_mine", "--db", "there/mine.db", "show", "9911.00015")
    assert "safety" in shown
