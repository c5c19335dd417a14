"""Plain text as TeX: what would mean something to TeX is escaped, harmless formulas stay."""

from __future__ import annotations

import re

_SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\textbraceleft{}",  # not \{, in which BibTeX sees a brace all the same
    "}": r"\textbraceright{}",
    "$": r"\$",
    "&": r"\&",
    "%": r"\%",
    "#": r"\#",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
}
_SPECIAL_CHARACTER = re.compile(r"[\\{}$&%#_~^]")
# A formula begins right after its dollar and ends right before the other, so that amounts of
# money are none.
_FORMULA = re.compile(r"\$(?=\S)([^$]*?)(?<=\S)\$(?!\d)")
_COMMAND = re.compile(r"\\([A-Za-z]+|.)")
_BRACES = re.compile(r"[{}]")
# Nothing that reads files, defines, or leaves the formula.
_COMMANDS = """
    alpha beta gamma delta epsilon varepsilon zeta eta theta iota kappa lambda mu nu xi pi rho
    sigma tau upsilon phi varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Phi Psi Omega
    times cdot div pm mp ast star circ bullet to rightarrow leftarrow leftrightarrow Rightarrow
    mapsto uparrow downarrow le leq ge geq ne neq approx sim simeq equiv propto ll gg in subset
    cup cap forall exists nabla partial infty sum prod int sqrt frac log ln exp min max arg
    mathbf mathrm mathit mathcal mathbb mathsf mathtt text textbf textit textsc texttt hat bar
    tilde vec dot prime dagger ddagger ell langle rangle left right ldots cdots quad
"""
_HARMLESS = frozenset((*_COMMANDS.split(), *" ,;!%&#_"))


def tex(text: str) -> str:
    """Text that TeX sets as it stands. Letters of all scripts stay: engines read UTF-8.

    A formula between dollars stays one when its braces match and every command in it is known
    to do no harm; otherwise its signs are escaped like all others.
    """
    parts: list[str] = []
    at = 0
    for match in _FORMULA.finditer(text):
        if _is_harmless(match[1]):
            parts += [_escaped(text[at : match.start()]), match[0]]
            at = match.end()
    return "".join(parts) + _escaped(text[at:])


def _escaped(text: str) -> str:
    return _SPECIAL_CHARACTER.sub(lambda match: _SPECIAL[match[0]], text)


def _is_harmless(formula: str) -> bool:
    if not all(command in _HARMLESS for command in _COMMAND.findall(formula)):
        return False
    bare = _COMMAND.sub("", formula)
    depth = 0
    for brace in _BRACES.findall(bare):
        depth += 1 if brace == "{" else -1
        if depth < 0:
            return False
    return depth == 0 and not re.search(r"[%#&~\\]", bare)
