"""Settings: option, then environment, then ``mine.toml``, then default."""

from __future__ import annotations

import difflib
import os
import tomllib
import types
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import Any, Union, get_args, get_origin, get_type_hints

from mllm_mine.clock import parse_iso
from mllm_mine.errors import ConfigurationError

CONFIG_NAME = "mine.toml"
INDEX_NAME = "mine.db"


@dataclass
class FetchSettings:
    """``[fetch]``: what to ask arXiv for, and how."""

    queries: tuple[str, ...] = ()  # empty: the built-in field's
    categories: tuple[str, ...] = ()  # empty: cs.CL and its neighbours
    source: str = "api"  # api or oai
    since: str = ""  # how far back the first run goes; empty: 30 days
    overlap_days: int = 21
    page_size: int = 500
    contact: str = ""  # named in the User-Agent, as arXiv asks
    pdf: bool = True
    pdf_max_megabytes: int = 100
    connect_timeout: float = 20.0
    read_timeout: float = 90.0
    max_retries: int = 8


@dataclass
class ArxivSettings:
    """``[arxiv]``: where arXiv is, and how politely we ask."""

    api_url: str = "https://export.arxiv.org/api/query"
    pdf_url: str = "https://export.arxiv.org/pdf"
    oai_url: str = "https://oaipmh.arxiv.org/oai"
    delay: float = 3.0
    backoff: float = 10.0


@dataclass
class ExtractSettings:
    """``[extract]``: limits for one PDF, and how many at a time."""

    jobs: int = 0  # 0: one a processor
    timeout_seconds: float = 60.0
    memory_megabytes: int = 1024


@dataclass
class ClassifySettings:
    """``[classify]``: which model and taxonomy."""

    model: str = ""  # empty: the bundled one
    taxonomy: str = ""  # empty: the model's


@dataclass
class ReportSettings:
    """One ``[[report]]`` that ``mine update`` writes."""

    output: str
    format: str = "csv"
    since: str = ""
    until: str = ""
    label: str = ""
    in_scope: bool = True
    min_probability: float = 0.0
    hand: bool = False
    changed_since: str = ""
    new_since: str = ""


@dataclass
class Settings:
    """All settings. Paths in a configuration file are relative to the file."""

    db: Path = Path(INDEX_NAME)
    pdf_dir: Path | None = None  # default: the folder "pdfs" beside the index
    fetch: FetchSettings = field(default_factory=FetchSettings)
    arxiv: ArxivSettings = field(default_factory=ArxivSettings)
    extract: ExtractSettings = field(default_factory=ExtractSettings)
    classify: ClassifySettings = field(default_factory=ClassifySettings)
    report: tuple[ReportSettings, ...] = ()
    config_path: Path | None = None

    @property
    def pdfs(self) -> Path:
        """The folder that holds the PDFs."""
        return self.pdf_dir if self.pdf_dir is not None else self.db.parent / "pdfs"


_KINDS = {
    "str": "a text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "Path": "a path",
}
_ENVIRONMENT = {
    "MINE_ARXIV_API_URL": "api_url",
    "MINE_ARXIV_PDF_URL": "pdf_url",
    "MINE_ARXIV_OAI_URL": "oai_url",
    "MINE_ARXIV_DELAY": "delay",
    "MINE_ARXIV_BACKOFF": "backoff",
}


def load_settings(
    config: Path | None = None,
    db: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> Settings:
    """Gathers the settings.

    Args:
        config: ``--config``; otherwise ``MINE_CONFIG``, otherwise ``mine.toml`` in the current
            folder when there is one.
        db: ``--db``; otherwise ``MINE_DB``, otherwise the file's, otherwise ``mine.db`` beside
            the configuration file or in the current folder.
        environment: the environment variables; the process's when left out.

    Raises:
        ConfigurationError: naming the setting that is wrong, with the nearest right name.
    """
    environment = os.environ if environment is None else environment
    path = _config_path(config, environment)
    settings = Settings() if path is None else _read(path)
    _apply_environment(settings, environment)
    if db is not None:
        settings.db = db
    elif environment.get("MINE_DB"):
        settings.db = Path(environment["MINE_DB"])
    settings.db = settings.db.expanduser()
    _validate(settings)
    return settings


def _config_path(config: Path | None, environment: Mapping[str, str]) -> Path | None:
    named = config or (Path(environment["MINE_CONFIG"]) if environment.get("MINE_CONFIG") else None)
    if named is not None:
        if not named.is_file():
            raise ConfigurationError(
                f"there is no configuration file {named}; 'mine init' writes one"
            )
        return named
    return Path(CONFIG_NAME) if Path(CONFIG_NAME).is_file() else None


def _read(path: Path) -> Settings:
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"cannot read {path}: {error}") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{path} is not valid TOML: {error}") from error
    settings: Settings = _build(Settings, data, path, "")
    base = path.parent
    settings.config_path = path
    settings.db = base / settings.db.expanduser()
    if settings.pdf_dir is not None:
        settings.pdf_dir = base / settings.pdf_dir.expanduser()
    for name in ("model", "taxonomy"):
        value = getattr(settings.classify, name)
        if value:
            setattr(settings.classify, name, str(base / Path(value).expanduser()))
    for report in settings.report:
        report.output = str(base / Path(report.output).expanduser())
    return settings


def _build(kind: Any, data: dict[str, Any], path: Path, where: str) -> Any:
    hints = get_type_hints(kind)
    known = [entry.name for entry in fields(kind) if entry.name != "config_path"]
    values: dict[str, Any] = {}
    for key, value in data.items():
        name = f"{where}{key}"
        if key not in known:
            near = difflib.get_close_matches(key, known, 1)
            hint = f"; did you mean {near[0]!r}?" if near else f"; known: {', '.join(known)}"
            raise ConfigurationError(f"{path}: unknown setting {name!r}{hint}")
        values[key] = _converted(hints[key], value, path, name)
    try:
        return kind(**values)
    except TypeError as error:
        table = where.rstrip(".")
        raise ConfigurationError(f"{path}: [[{table}]] is incomplete: {error}") from error


def _converted(hint: Any, value: Any, path: Path, name: str) -> Any:
    if get_origin(hint) in (Union, types.UnionType):
        hint = next(part for part in get_args(hint) if part is not type(None))
    if is_dataclass(hint) and isinstance(value, dict):
        return _build(hint, value, path, f"{name}.")
    if get_origin(hint) is tuple and isinstance(value, list):
        part = get_args(hint)[0]
        return tuple(_converted(part, item, path, name) for item in value)
    if hint is Path and isinstance(value, str):
        return Path(value)
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if isinstance(hint, type) and type(value) is hint:
        return value
    wanted = _KINDS.get(getattr(hint, "__name__", ""), "a list")
    raise ConfigurationError(f"{path}: {name!r} must be {wanted}, not {value!r}")


def _apply_environment(settings: Settings, environment: Mapping[str, str]) -> None:
    for variable, name in _ENVIRONMENT.items():
        value = environment.get(variable)
        if not value:
            continue
        if name in ("delay", "backoff"):
            try:
                setattr(settings.arxiv, name, float(value))
            except ValueError:
                raise ConfigurationError(
                    f"{variable} must be a number of seconds, not {value!r}"
                ) from None
        else:
            setattr(settings.arxiv, name, value)


def _validate(settings: Settings) -> None:
    fetch = settings.fetch
    if fetch.source not in ("api", "oai"):
        raise ConfigurationError(f"fetch.source must be 'api' or 'oai', not {fetch.source!r}")
    if not 1 <= fetch.page_size <= 2000:
        raise ConfigurationError("fetch.page_size must lie between 1 and 2000")
    try:
        _ = parse_iso(fetch.since) if fetch.since else None
    except ValueError:
        raise ConfigurationError(
            f"fetch.since must be a date like 2026-01-31, and is {fetch.since!r}"
        ) from None
    positive = {
        "arxiv.delay": settings.arxiv.delay,
        "arxiv.backoff": settings.arxiv.backoff,
        "fetch.overlap_days": fetch.overlap_days,
        "fetch.max_retries": fetch.max_retries,
        "extract.jobs": settings.extract.jobs,
    }
    for name, value in positive.items():
        if not 0 <= value < 1e9:  # also refuses NaN
            raise ConfigurationError(f"{name} must not be negative, and is {value}")
    limits = {
        "extract.timeout_seconds": settings.extract.timeout_seconds,
        "extract.memory_megabytes": settings.extract.memory_megabytes,
        "fetch.connect_timeout": fetch.connect_timeout,
        "fetch.read_timeout": fetch.read_timeout,
        "fetch.pdf_max_megabytes": fetch.pdf_max_megabytes,
    }
    for name, value in limits.items():
        if not value > 0:
            raise ConfigurationError(f"{name} must be more than 0, and is {value}")
    for name in ("api_url", "pdf_url", "oai_url"):
        url = getattr(settings.arxiv, name)
        if not url.startswith(("https://", "http://")):
            raise ConfigurationError(
                f"arxiv.{name} must begin with https:// or http://, not {url!r}"
            )
