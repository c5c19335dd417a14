"""Entries of reference lists, in the styles that papers use."""

from __future__ import annotations

import pytest

from mllm_mine.fulltext.references import parse_reference

CASES = {
    "acl": (
        "Ada Abara and Bo Bellow. 1999. Nothing is left of it. In Proceedings of the Meeting "
        "on Invented Papers, pages 1–12.",
        ("", 1999, "Nothing is left of it", "", ""),
    ),
    "icml": (
        "Abara, A., Bellow, B. C., and Castor, D. Words without end? arXiv preprint "
        "arXiv:9912.12345, 1999a.",
        ("", 1999, "Words without end?", "9912.12345", ""),
    ),
    "ieee": (
        "[7] A. Abara, B. Bellow, and C. Castor, “Nothing is left,” in Proc. Invented Papers, "
        "1998, pp. 1999–2004, doi: 10.9999/none.7.",
        ("7", 1998, "Nothing is left", "", "10.9999/none.7"),
    ),
    "lncs": (
        "12. Abara, A., Bellow, B.: Nothing is left. In: Castor, C. (ed.) INVENTED 1997. LNCS, "
        "vol. 1, pp. 1–12. Nowhere (1997). https://doi.org/10.9999/none.12",
        ("12", 1997, "Nothing is left", "", "10.9999/none.12"),
    ),
    "neurips": (
        "[3] Ada Abara, Bo Bellow, and Cy Castor. Nothing is left. CoRR, abs/9912.54321, 1996.",
        ("3", 1996, "Nothing is left", "9912.54321", ""),
    ),
    "aaai": (
        "Abara, A.; Bellow, B.; and Castor, C. 1995. Nothing is left. In INVENTED.",
        ("", 1995, "Nothing is left", "", ""),
    ),
    "apa": (
        "Abara, A., & Bellow, B. (1994). Nothing is left. Journal of Nowhere, 12(3), 1–12.",
        ("", 1994, "Nothing is left", "", ""),
    ),
    "lower-case title": (
        "Ada Abara and Bo Bellow. nothing: a toolkit. In Proceedings of Nowhere, 1993.",
        ("", 1993, "nothing: a toolkit", "", ""),
    ),
    "broken address": (
        "Ada Abara. 1992. Nothing is left. https://arxiv.org/abs/ 9912.11111.",
        ("", 1992, "Nothing is left", "9912.11111", ""),
    ),
    "old id in brackets": (
        "[4] Abara A., and Bellow B. Phys. Rev. Lett. 85, 1158 (1991), [astro-ph/9999123].",
        ("4", 1991, "", "astro-ph/9999123", ""),
    ),
    "old id of computer science": (
        "Ada Abara. Nothing is left. CoRR [cs/9999123v2], 1990.",
        ("", 1990, "Nothing is left", "cs/9999123", ""),
    ),
    "old id without brackets": (
        "[5] A. Abara, Nucl. Phys. B 12, 345 (1993), hep-th/9999001.",
        ("5", 1993, "", "hep-th/9999001", ""),
    ),
    "new id behind an archive": (
        "[6] Abara A. [astro-ph/9912.0232].",
        ("6", None, "", "9912.0232", ""),
    ),
    "new id alone in brackets": (
        "[7] A. Abara, JHEP 01 (1994) 025 [9912.01234 [hep-ph]].",
        ("7", 1994, "", "9912.01234", ""),
    ),
    "journal, volume, page": (
        "[8] Abara A., Bellow B., 1995, RMxAA, 44, 149, [astro-ph/9999455].",
        ("8", 1995, "", "astro-ph/9999455", ""),
    ),
    "full first names": (
        "Abara, Ada, Bellow, Bo C., and Castor, Cy D. Nothing is left. In INVENTED, 1996.",
        ("", 1996, "Nothing is left", "", ""),
    ),
    "year behind the title": (
        "Abara, Ada. Nothing is left, 1997.",
        ("", 1997, "Nothing is left", "", ""),
    ),
    "title with In": (
        "Ada Abara and et al. In-context nothing. Invented Circuits, Mar 1998.",
        ("", 1998, "In-context nothing", "", ""),
    ),
    "nineteenth century": (
        "Ada Abara. Nothing is left, volume 1. Invented Press, 1890.",
        ("", 1890, "Nothing is left, volume 1", "", ""),
    ),
    "no year": ("Ada Abara. Nothing is left. Unpublished.", ("", None, "Nothing is left", "", "")),
}


@pytest.mark.parametrize("style", CASES)
def test_an_entry_is_read(style: str) -> None:
    text, expected = CASES[style]
    entry = parse_reference(text)
    found = (entry.label, entry.year, entry.title, entry.arxiv_id, entry.doi)
    assert found == expected
    assert entry.text == text
