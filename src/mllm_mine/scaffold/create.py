"""Makes a folder for a survey: settings, an empty index and, if wanted, a taxonomy."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from mllm_mine.config import CONFIG_NAME, INDEX_NAME
from mllm_mine.errors import ConfigurationError
from mllm_mine.index import Index
from mllm_mine.index.index import translated_errors

_TAXONOMY_FILES = ("taxonomy.toml", "labelled.jsonl")


def create_folder(
    directory: Path, *, index: Path | None = None, taxonomy: bool = False
) -> list[Path]:
    """Writes ``mine.toml`` and an empty index into a folder, which is made when missing.

    Args:
        index: where the index goes; ``mine.db`` in the folder when left out.
        taxonomy: also write a small taxonomy of another field and a few labelled papers of it,
            to be replaced by one's own; ``mine train`` accepts them as they are.

    Returns:
        The files that were written.

    Raises:
        ConfigurationError: one of the files exists; then nothing is written.
        DiskError: the folder cannot be written.
    """
    if directory.exists() and not directory.is_dir():
        raise ConfigurationError(f"{directory} is a file; name a folder for the survey")
    names = (CONFIG_NAME, *(_TAXONOMY_FILES if taxonomy else ()))
    texts = {directory / name: _text(name) for name in names}
    database = index if index is not None else directory / INDEX_NAME
    for path in (*texts, database):
        if path.exists():
            raise ConfigurationError(
                f"{path} exists, and 'mine init' overwrites nothing; choose another folder "
                "or move it away"
            )
    with translated_errors(directory):
        directory.mkdir(parents=True, exist_ok=True)
        for path, text in texts.items():
            with path.open("x", encoding="utf-8") as file:
                file.write(text)
    with Index.open(database, create=True) as created:
        if taxonomy:
            from mllm_mine.taxonomy import load_taxonomy

            created.use_taxonomy(load_taxonomy(directory / "taxonomy.toml"))
    return [*texts, database]


def _text(name: str) -> str:
    return resources.files("mllm_mine.scaffold").joinpath(name).read_text(encoding="utf-8")
