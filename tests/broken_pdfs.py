"""PDFs that are broken on purpose, written byte by byte."""

from __future__ import annotations

import zlib
from pathlib import Path

import pymupdf

_FONT = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"


def paper_pdf(path: Path, pages: int = 3, words: str = "An invented sentence") -> Path:
    """A whole PDF whose pages say ``<words> on page <n>``."""
    document = pymupdf.open()
    for number in range(1, pages + 1):
        page = document.new_page()
        for row in range(12):
            page.insert_text((72, 100 + 14 * row), f"{words} in row {row} on page {number}.")
    document.save(path)
    return path


def words_on(number: int) -> bytes:
    """A content stream with a sentence."""
    return b"BT /F 10 Tf 72 720 Td (Page %d of a paper that does not exist.) Tj ET" % number


def assemble(objects: list[bytes]) -> bytes:
    """A PDF from its objects; the first is the catalogue."""
    out = b"%PDF-1.5\n"
    places = []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n" % number + content + b"\nendobj\n"
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer <</Size %d/Root 1 0 R>>\n" % (len(objects) + 1)
    return out + b"startxref\n%d\n%%%%EOF\n" % start


def stream(content: bytes, extra: bytes = b"") -> bytes:
    """A stream object."""
    return b"<</Length %d%s>>stream\n" % (len(content), extra) + content + b"\nendstream"


def pages_of(contents: list[bytes]) -> bytes:
    """A PDF with one page for each (possibly compressed) stream object."""
    kids = b" ".join(b"%d 0 R" % (4 + 2 * place) for place in range(len(contents)))
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Count %d/Kids[%s]>>" % (len(contents), kids),
        _FONT,
    ]
    for place, content in enumerate(contents):
        objects.append(
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]"
            b"/Resources<</Font<</F 3 0 R>>>>/Contents %d 0 R>>" % (5 + 2 * place)
        )
        objects.append(content)
    return assemble(objects)


def packed(times: int, content: bytes) -> bytes:
    """A stream object that unpacks to ``content`` repeated ``times``."""
    packer = zlib.compressobj(9)
    parts = [packer.compress(content) for _ in range(times)] + [packer.flush()]
    return stream(b"".join(parts), b"/Filter/FlateDecode")


def endless_page() -> bytes:
    """Three pages; the second draws a form that draws a form three times, and so on."""
    return _with_forms([words_on(1), b"/X Do", words_on(3)])


def endless_paper() -> bytes:
    """One page, and it never ends."""
    return _with_forms([b"/X Do"])


def _with_forms(contents: list[bytes], depth: int = 24) -> bytes:
    first_form = 4 + 2 * len(contents)
    resources = b"/Resources<</Font<</F 3 0 R>>/XObject<</X %d 0 R>>>>" % first_form
    kids = b" ".join(b"%d 0 R" % (4 + 2 * place) for place in range(len(contents)))
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Count %d/Kids[%s]>>" % (len(contents), kids),
        _FONT,
    ]
    for place, content in enumerate(contents):
        page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]"
        objects.append(page + resources + b"/Contents %d 0 R>>" % (5 + 2 * place))
        objects.append(stream(content))
    for level in range(depth):
        form = b"/Type/XObject/Subtype/Form/BBox[0 0 612 792]"
        form += b"/Resources<</XObject<</X %d 0 R>>>>" % (first_form + level + 1)
        objects.append(stream(b"/X Do /X Do /X Do" if level < depth - 1 else b"", form))
    return assemble(objects)


def looping_pages() -> bytes:
    """A tree of pages that contains itself."""
    return assemble(
        [
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/Count 2/Kids[3 0 R 2 0 R]/Parent 2 0 R>>",
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R"
            b"/Resources<</Font<</F 5 0 R>>>>>>",
            stream(words_on(1)),
            _FONT,
        ]
    )


def without_map(path: Path) -> Path:
    """A PDF whose font draws glyphs by number and does not say what they stand for."""
    font = pymupdf.Font("cjk")
    document = pymupdf.open()
    page = document.new_page()
    writer = pymupdf.TextWriter(page.rect)
    for row in range(20):
        writer.append((72, 90 + 14 * row), "words that nobody can read back", font=font)
    writer.write_text(page)
    for xref in range(1, document.xref_length()):
        if document.xref_get_key(xref, "ToUnicode")[0] != "null":
            document.xref_set_key(xref, "ToUnicode", "null")
    document.save(path)
    return path


def picture_only(path: Path) -> Path:
    """A page that is a picture, as scanners make them."""
    document = pymupdf.open()
    page = document.new_page()
    pixels = pymupdf.Pixmap(pymupdf.csGRAY, pymupdf.IRect(0, 0, 60, 80))
    pixels.clear_with(200)
    page.insert_image(page.rect, pixmap=pixels)
    document.save(path)
    return path
