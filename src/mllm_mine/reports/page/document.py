"""The page around the data: markup, styles and scripts in one file, under a strict policy."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from importlib import resources
from string import Template
from typing import Any

import mllm_mine
from mllm_mine.reports.page.charting import charting

MODULES = (
    *("dom", "data", "criteria", "search", "address", "theme"),
    *(
        "tree",
        "months",
        "together",
        "details",
        "papers",
        "compare",
        "filters",
        "sections",
        "printing",
        "main",
    ),
)
"""Our scripts in the order in which they are put together; each imports only earlier ones."""

_IMPORT = re.compile(r"^import (\{.*\}) from \"\./(\w+)\.js\";$", re.MULTILINE)
_EXPORT = re.compile(r"^export (function|const) (\w+)", re.MULTILINE)
_DATA = "<!-- data -->"
_ICON = (
    "data:image/svg+xml;base64,"
    + base64.b64encode(
        b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><path fill="none" '
        b'stroke="#0f6e84" stroke-width="2" d="M3 2v11h5M3 7h5M11 7h3M11 13h3"/></svg>'
    ).decode()
)


def page_around(title: str) -> tuple[bytes, bytes]:
    """What stands before and after the data.

    The content security policy lets the page's own scripts and styles run, told by their hashes,
    and nothing else: no request, no other script, no text taken for markup.

    Args:
        title: of the survey, as plain text.

    Raises:
        ConfigurationError: the charting library is not installed.
    """
    chart = charting()
    theme, script, style = _read("js/early.js"), own_script(), _read("page.css")
    policy = "; ".join(
        (
            "default-src 'none'",
            f"script-src {_hash(theme)} {_hash(chart.script)} {_hash(script)}",
            f"style-src {_hash(style)}",
            "img-src data:",  # the icon alone
            "base-uri 'none'",
            "form-action 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        )
    )
    page = Template(_read("page.html")).substitute(
        policy=policy,
        icon=_ICON,
        title=html.escape(title),
        style=style,
        early=theme,
        chart=chart.script,
        charting=html.escape(chart.name),
        version=mllm_mine.__version__,
        script=script,
        data=_DATA,
    )
    before, _, after = page.partition(_DATA + "\n")
    return before.encode("utf-8"), after.encode("utf-8")


def own_script() -> str:
    """Our modules as one script, in the order of :data:`MODULES`.

    A file that works from disk cannot import others. So each module becomes a block of its own
    that gives what it exports, and an ``import`` takes it from there.
    """
    return "\n" + "\n".join(_as_block(name, _read(f"js/{name}.js")) for name in MODULES)


def _as_block(name: str, code: str) -> str:
    exported = ", ".join(match[2] for match in _EXPORT.finditer(code))
    body = _EXPORT.sub(r"\1 \2", _IMPORT.sub(r"const \1 = \2Module;", code))
    return f"const {name}Module = (() => {{\n{body}return {{ {exported} }};\n}})();\n"


def data_block(value: Any) -> bytes:
    """JSON that can stand in a script element, whatever texts it holds."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").encode("utf-8", "replace")


def _read(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode('utf-8')).digest()).decode()}'"
