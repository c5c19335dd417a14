"""Chart.js, the charting library of the page, as the package ``chartkick`` carries it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

from mllm_mine.errors import ConfigurationError

_PACKAGE = "chartkick"
_LIBRARY = "django/static/chartkick/Chart.bundle.js"
_LICENCES = ("chart.js", "kurkle-color", "chartjs-adapter-date-fns", "date-fns")


@dataclass(frozen=True, slots=True)
class Charting:
    """The library as it stands in a page.

    Attributes:
        name: with its version, ``Chart.js 4.2.0``.
        script: the minified code, with the licences of all that is in it as a comment before it.
    """

    name: str
    script: str


@lru_cache(maxsize=1)
def charting() -> Charting:
    """Reads and minifies the library.

    Raises:
        ConfigurationError: the package that carries it is missing, or holds no such file.
    """
    import rjsmin

    try:
        package = resources.files(_PACKAGE)
        code = package.joinpath(_LIBRARY).read_text(encoding="utf-8")
        licences = [
            package.joinpath(f"licenses/LICENSE-{name}.txt").read_text(encoding="utf-8").strip()
            for name in _LICENCES
        ]
    except (ModuleNotFoundError, OSError) as error:
        raise ConfigurationError(
            "the charting library of the HTML page is missing: the package 'chartkick' is not "
            "installed whole; install it again with: pip install --force-reinstall "
            "'chartkick>=1.2,<2'"
        ) from error
    version = re.search(r"Chart\.js v(\d[\w.]*)", code)
    notice = "\n\n".join(f"{name}\n{text}" for name, text in zip(_LICENCES, licences, strict=True))
    script = f"/*!\n{notice}\n*/\n{rjsmin.jsmin(code)}\n"
    return Charting(f"Chart.js {version[1]}" if version else "Chart.js", script.replace("\r", ""))
