"""What to ask arXiv for: the built-in field's queries, and how queries are put together.

arXiv's operators associate to the right and have no precedence, a missing operator means OR, and
a bare word means ``all:word``. So everything here is in parentheses.
"""

from __future__ import annotations

import re
from datetime import datetime

CATEGORIES = ("cs.CL", "cs.AI", "cs.LG", "cs.CV", "cs.SD", "eess.AS", "cs.IR", "cs.CY", "cs.HC")
"""cs.CL and its neighbours, where papers of the built-in field appear (cross-lists count)."""

OAI_CATEGORIES = ("cs.CL",)
"""What OAI harvests when no categories are named: whole neighbours would be far too much."""

_MODELS = (
    '"language model"', '"language models"', "LLM", "LLMs", "MLLM", "MLLMs", "SLM", "GPT",
    "ChatGPT", "BERT", "mBERT", '"XLM-R"', '"pre-trained"', "pretrained", '"pre-training"',
    "pretraining", '"instruction tuning"', '"fine-tuning"', '"embeddings"', "transformer",
    "transformers", '"retrieval-augmented"', "prompting", '"in-context"',
)  # fmt: skip
_MULTILINGUAL = (
    "multilingual", "multilinguality", "multilingualism", '"multi-lingual"', '"cross-lingual"',
    "crosslingual", '"cross-language"', '"cross-linguistic"', "bilingual", "trilingual",
    "monolingual", "polyglot", '"code-switching"', '"code-switched"', '"code-mixing"',
    '"code-mixed"', "codeswitching", "translanguaging", '"low-resource languages"',
    '"low-resource language"', '"lower-resource languages"', '"under-resourced"',
    '"underrepresented languages"', '"high-resource languages"', '"minority languages"',
    '"indigenous languages"', '"regional languages"', '"non-English"', '"across languages"',
    '"other languages"', '"many languages"', '"multiple languages"', '"diverse languages"',
    '"different languages"', '"language transfer"', '"language adaptation"',
    '"machine translation"', "translation", '"target language"', '"English-centric"',
    '"native language"', '"low-resource"',
)  # fmt: skip
_ABOUT_LANGUAGES = (
    "multilingual", '"multi-lingual"', '"cross-lingual"', "crosslingual", "bilingual",
    '"code-switching"', '"code-mixed"', '"low-resource languages"', '"low-resource language"',
    '"non-English"', '"machine translation"', '"across languages"', '"multiple languages"',
)  # fmt: skip
_LANGUAGES = (
    "African", "Amharic", "Arabic", "Bangla", "Basque", "Bengali", "Bulgarian", "Catalan",
    "Cantonese", "Chinese", "Croatian", "Czech", "Danish", "Dutch",
    "Estonian", "Farsi", "Finnish", "French", "Galician", "German", "Greek", "Hausa", "Hebrew",
    "Hindi", "Hungarian", "Icelandic", "Indian", "Indic", "Indonesian", "Irish", "Italian",
    "Japanese", "Kazakh", "Khmer", "Korean", "Lao", "Latvian", "Lithuanian", "Malay", "Malayalam",
    "Mandarin", "Marathi",
    "Nepali", "Nordic", "Norwegian", "Persian", "Polish", "Portuguese", "Quechua", "Romanian",
    "Russian", "Sanskrit", "Scandinavian", "Serbian", "Sinhala", "Slovak", "Slovenian",
    '"South Asian"', '"Southeast Asian"', "Spanish", "Swahili", "Swedish", "Swiss", "Tagalog",
    "Tamil", "Telugu", "Thai", "Tibetan", "Turkish", "Ukrainian", "Urdu", "Uzbek", "Vietnamese",
    "Welsh", "Yoruba", "Zulu",
)  # fmt: skip


def builtin_queries(categories: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The built-in field's queries.

    In cs.CL a word of multilinguality is enough; in the neighbouring categories a language model
    must be about as well. They overlap, which costs nothing: papers are told apart by id.

    Args:
        categories: instead of cs.CL and its neighbours.
    """
    about = any_of("all", _ABOUT_LANGUAGES + _LANGUAGES)
    broad = combined([any_of("cat", categories or CATEGORIES), any_of("all", _MODELS), about])
    if categories and "cs.CL" not in categories:
        return (broad,)
    return (combined([any_of("cat", ("cs.CL",)), any_of("all", _MULTILINGUAL)]), broad)


def build_queries(
    terms: tuple[str, ...], categories: tuple[str, ...], *, builtin: bool
) -> tuple[str, ...]:
    """The queries to send, without dates.

    Args:
        terms: queries in arXiv's language; each is restricted to the categories, if any.
        builtin: whether the built-in field's queries stand in for missing terms; otherwise the
            categories are asked for whole.
    """
    if terms:
        restriction = [any_of("cat", categories)] if categories else []
        return tuple(dict.fromkeys(combined([*restriction, term]) for term in terms))
    if builtin:
        return builtin_queries(categories)
    return (combined([any_of("cat", categories)]),)


def any_of(field: str, terms: tuple[str, ...]) -> str:
    """``f:a OR f:b OR f:c`` (all the same operator, so its association does not matter)."""
    return " OR ".join(f"{field}:{term}" for term in terms)


def combined(parts: list[str]) -> str:
    """``(a) AND (b) AND (c)``."""
    return " AND ".join(f"({part})" for part in parts)


def within(query: str, since: datetime, until: datetime) -> str:
    """A query restricted to version 1s submitted from ``since`` to ``until``, both inclusive."""
    return f"({query}) AND submittedDate:[{since:%Y%m%d%H%M} TO {until:%Y%m%d%H%M}]"


def same_query(sent: str, understood: str) -> bool:
    """Whether arXiv understood a query as it was meant: same terms and operators in one order."""
    return not understood or _tokens(sent) == _tokens(understood)


_TOKEN = re.compile(r'\w+:(?:"[^"]*"|\[[^\]]*\]|[^\s()]+)|"[^"]*"|[^\s()]+')


def _tokens(query: str) -> list[str]:
    return [token.lower().replace('"', "") for token in _TOKEN.findall(query.replace("+", " "))]


def oai_set(category: str) -> str:
    """The OAI set of a category: ``cs.CL`` is ``cs:cs:CL``, ``hep-th`` is ``physics:hep-th``."""
    archive, _, subject = category.partition(".")
    group = archive if archive in _GROUPS else "physics"
    if not subject or subject == "*":
        return archive if archive in _GROUPS else f"physics:{archive}"
    return f"{group}:{archive}:{subject}"


_GROUPS = frozenset({"cs", "econ", "eess", "math", "physics", "q-bio", "q-fin", "stat"})
