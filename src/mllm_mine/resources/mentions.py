"""Finds resources in a text: links to them, names that are introduced, names that are known."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from mllm_mine.catalogue import known_resource, known_resources_in
from mllm_mine.resources.grouping import origin_of, stage_of
from mllm_mine.sentences import sentences

KINDS = ("dataset", "benchmark", "leaderboard", "model", "code")
"""What a resource may be."""


_LINK = re.compile(
    r"(?:https?://)?(?:www\.)?((?:github\.com|gitlab\.com|huggingface\.co|hf\.co|zenodo\.org|"
    r"kaggle\.com|osf\.io|anonymous\.4open\.science)/[\w./%~@+-]+)",
    re.I,
)
_NOUNS = {
    "leaderboard": re.compile(r"\bleaderboards?\b", re.I),
    "benchmark": re.compile(r"\bbenchmarks?\b|\btest suites?\b", re.I),
    "dataset": re.compile(r"\bdata ?sets?\b|\bdata\b|\bcorp(?:us|ora)\b|\btreebanks?\b", re.I),
    "model": re.compile(r"\bmodels?\b(?!-)|\bcheckpoints?\b|\bweights\b", re.I),
    "code": re.compile(r"\b(?:source )?codes?\b|\bimplementations?\b|\bscripts\b", re.I),
}
_RELEASED = re.compile(
    r"\b(?:we|our|this paper|this work)\b[^.]*\b(?:releas|open.?sourc|publish|shar|provid|"
    r"(?:publicly |freely )?available|access)|"
    r"\b(?:is|are|has been|have been|will be|be|code|data|models?|made|publicly|openly|freely)\s+"
    r"(?:\w+\s+){0,2}(?:available|accessible|released|open.?sourced|found|accessed|downloaded|"
    r"hosted|published|shared)\b|\bproject (?:page|website)\b|\bour (?:\w+ ){0,4}"
    r"(?:code|data|dataset|model|benchmark)",
    re.I,
)
_USED = re.compile(
    r"\b(?:us(?:e|es|ed|ing)|train(?:ed|ing)? on|pre-?trained on|fine-?tun\w+|evaluat\w+|"
    r"experiments? (?:on|with)|test(?:ed)? on|adopt\w*|employ\w*|based on|built on|sampled from|"
    r"download\w* from|taken from|results on|performance on|outperform\w*|compared? (?:to|with))\b",
    re.I,
)
_NAME = r"(?P<name>[A-Z][\w+-]*[A-Z0-9][\w+-]*(?: (?:v?\d[\d.]*|Bench|Eval))?)"
_VERB = (
    r"\b[Ww]e (?:\w+ )?(?:introduce|present|propose|release|create|construct|build|develop|curate|"
    r"contribute|open-source|publish|unveil|compile)\s+"
)
_PHRASE = r"(?P<phrase>[^.,;:()]{3,140})"
_INTRODUCED = (
    re.compile(rf"{_VERB}{_NAME}(?: \([^)]*\))?, (?:an?|the)\s+{_PHRASE}"),
    re.compile(
        rf"{_VERB}(?:an?|the)\s+(?P<phrase>[^.,;:()]{{3,90}}?),? "
        rf"(?:called|named|dubbed|termed)\s+\W?{_NAME}"
    ),
)
_LOADABLE = re.compile(
    r"\b(?:language|foundation|speech|embedding|translation|reward) models?(?: \(\w+\))?$|LLMs?$"
)
# Code for models; the models themselves need not be there.
_ABOUT_MODELS = re.compile(
    r"\blanguage models?\b|\bmodels? (?:to|for|in)\b|"
    r"\b(?:train|evaluat|run|reproduc)\w*\b[^.]*\bmodels?\b"
)
_PHRASE_END = re.compile(
    r"\s(?:for|that|which|to|of|designed|with|comprising|in|on|covering|consisting|containing|"
    r"from|spanning|where|by|based|built|trained|featuring|and|tailored|aimed|across|leveraging|using|composed|written|"
    r"created|collected|constructed|curated|annotated|derived|translated|grounded)\b"
)


@dataclass(frozen=True, slots=True)
class Mention:
    """A resource in a paper.

    Attributes:
        name: as the field writes it; two names that differ in case and punctuation are one.
        kind: one of :data:`KINDS`.
        url: the link the paper gives or the survey knows, or "".
        role: ``released`` by the paper, ``used`` in it, or only ``mentioned``.
        stage, origin: the survey's grouping of data, or "" where it cannot be told.
        evidence: the sentence, verbatim.
    """

    name: str
    kind: str
    url: str
    role: str
    stage: str
    origin: str
    evidence: str

    @property
    def key(self) -> str:
        """What the spellings of one name share."""
        return name_key(self.name)


def name_key(name: str) -> str:
    """``mC4`` and ``MC4``, ``CC-100`` and ``cc100`` are one name."""
    return "".join(letter for letter in name.casefold() if letter.isalnum())


def find_mentions(text: str) -> list[Mention]:
    """The resources of a text (an abstract, or running text without its references).

    A resource that is mentioned several times is given once, with the role that says most:
    released before used before mentioned.
    """
    found: dict[tuple[str, str], Mention] = {}
    for _, sentence in sentences(text):
        for mention in _in_sentence(sentence):
            if not mention.kind:  # a bare link: to what has been named so, else to code
                kinds = (kind for key, kind in found if key == mention.key)
                mention = replace(mention, kind=next(kinds, "code"))
            place = (mention.key, mention.kind)
            known = found.get(place)
            if known is None or _ROLES.index(mention.role) < _ROLES.index(known.role):
                found[place] = replace(mention, url=mention.url or (known.url if known else ""))
            elif mention.url and not known.url:
                found[place] = replace(known, url=mention.url)
    return list(found.values())


_ROLES = ("released", "used", "mentioned")


def _in_sentence(sentence: str) -> Iterator[Mention]:
    introduced = set()
    for pattern in _INTRODUCED:
        for match in pattern.finditer(sentence):
            if kind := _head_kind(match["phrase"]):
                introduced.add(name_key(match["name"]))
                yield _mention(match["name"], kind, "", "released", sentence)
    linked = set()
    for match in _LINK.finditer(sentence):
        url = "https://" + re.sub(r"(?:\.git)?[.,/}]*$", "", match[1])
        name = _linked_name(url)
        if name and url not in linked:  # LaTeX's \href says it twice
            linked.add(url)
            for kind in _linked_kinds(url, sentence[: match.start()]):
                yield _mention(name, kind, url, _role(sentence), sentence)
    for name, kind in known_resources_in(sentence):
        if name_key(name) not in introduced:
            role = "used" if _USED.search(sentence) else "mentioned"
            yield _mention(name, kind, "", role, sentence)


def _mention(name: str, kind: str, url: str, role: str, sentence: str) -> Mention:
    if known := known_resource(name):
        stage, origin = known.stage, known.origin
        return Mention(known.name, known.kind, url or known.url, role, stage, origin, sentence)
    told = role == "released" and kind == "dataset"
    stage, origin = (stage_of(sentence), origin_of(sentence)) if told else ("", "")
    return Mention(name, kind, url, role, stage, origin, sentence)


def _head_kind(phrase: str) -> str:
    """The kind of thing a noun phrase names: its last word that is one, before it is qualified."""
    head = _PHRASE_END.split(phrase)[0].strip()
    for kind in ("leaderboard", "benchmark", "dataset"):
        if any(match.end() == len(head) for match in _NOUNS[kind].finditer(head)):
            return kind
    # A model of a task is a method; one that others can load is called by one of these names.
    return "model" if _LOADABLE.search(head) else ""


def _linked_name(url: str) -> str:
    """The name of a repository or record; "" for the page of a host or an owner."""
    host, *path = url.removeprefix("https://").split("/")
    if not path:
        return ""
    if host == "zenodo.org":
        return f"Zenodo {path[1]}" if path[0] in ("record", "records") and path[1:] else ""
    if host == "osf.io":
        return f"OSF {path[0]}"
    if host == "anonymous.4open.science":  # it adds four digits of its own
        return re.sub(r"-[0-9A-F]{4}$", "", path[1]) if path[0] == "r" and path[1:] else ""
    if host in ("huggingface.co", "hf.co", "kaggle.com") and path[0] in ("datasets", "spaces"):
        del path[0]
    return path[1] if len(path) > 1 else ""


def _linked_kinds(url: str, before: str) -> list[str]:
    """What a link leads to, by its form or the words before it; "" where neither says."""
    if "/spaces/" in url:
        return ["leaderboard"] if "leaderboard" in url.lower() else ["code"]
    if re.search(r"/datasets/|zenodo\.org", url):
        return ["benchmark" if re.search("bench", url, re.I) else "dataset"]
    if re.search(r"(?:huggingface\.co|hf\.co)/", url):
        return ["model"]
    clause = re.split(r"[;:]\s|\bhttps?://|\band (?:the|our) (?=\w+ (?:is|are))", before[-160:])
    nearest = next((part for part in reversed(clause) if part.strip()), "")
    kinds = [kind for kind, noun in _NOUNS.items() if noun.search(nearest)]
    if "code" in kinds and _ABOUT_MODELS.search(nearest):
        kinds = [kind for kind in kinds if kind != "model"]
    return kinds or ["benchmark" if re.search("bench", url, re.I) else ""]


def _role(sentence: str) -> str:
    if _RELEASED.search(sentence):
        return "released"
    return "used" if _USED.search(sentence) else "mentioned"
