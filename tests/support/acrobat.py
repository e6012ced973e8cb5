"""PDFs that only Adobe's programs show in full: forms, portfolios, comments."""

from collections.abc import Mapping, Sequence

import pymupdf

COVER = "For the best experience, open this PDF portfolio in Acrobat X."
NOTICE = "Please wait...\nIf this message is not eventually replaced by the proper contents of the document"


def page(*lines: str) -> pymupdf.Document:
    """A PDF of one page with these lines."""
    document = pymupdf.open()
    document.new_page().insert_text((60, 80), "\n".join(lines))
    return document


def letter(*lines: str) -> bytes:
    """The same, as bytes."""
    return bytes(page(*lines).tobytes())


def portfolio(files: Mapping[str, bytes], cover: str = COVER) -> bytes:
    """A portfolio of these files."""
    with page(cover) as document:
        for name, content in files.items():
            document.embfile_add(name, content, ufilename=name)
        document.xref_set_key(document.pdf_catalog(), "Collection", "<</Type/Collection>>")
        return bytes(document.tobytes())


def branched(body: bytes) -> bytes:
    """The portfolio with its files on the branches of a tree, as Acrobat keeps many."""
    with pymupdf.open("pdf", body) as document:
        leaf = document.get_new_xref()
        names = document.xref_get_key(document.pdf_catalog(), "Names/EmbeddedFiles/Names")[1]
        document.update_object(leaf, f"<</Names {names}>>")
        document.xref_set_key(document.pdf_catalog(), "Names/EmbeddedFiles", f"<</Kids[{leaf} 0 R]>>")
        return bytes(document.tobytes())


def form(packets: Sequence[tuple[str, str]], shown: str = NOTICE, needs_rendering: str = "true") -> bytes:
    """An XFA form of these packets; one without a name is the whole form as one stream."""
    with page(shown) as document:
        entries = []
        for name, xml in packets:
            stream = document.get_new_xref()
            document.update_object(stream, "<<>>")
            document.update_stream(stream, xml.encode())
            entries.append(f"({name}) {stream} 0 R" if name else f"{stream} 0 R")
        xfa = f"[{' '.join(entries)}]" if packets[0][0] else entries[0]
        document.xref_set_key(document.pdf_catalog(), "AcroForm", f"<</Fields[]/XFA {xfa}>>")
        document.xref_set_key(document.pdf_catalog(), "NeedsRendering", needs_rendering)
        return bytes(document.tobytes())


def commented(body: bytes, sticky: str, on_highlight: str) -> bytes:
    """The document with a sticky note and a commented highlight on its first page."""
    with pymupdf.open("pdf", body) as document:
        first = document[0]
        first.add_text_annot((100, 300), sticky)
        highlight = first.add_highlight_annot(pymupdf.Rect(60, 60, 200, 90))
        highlight.set_info(content=on_highlight)
        highlight.update()
        return bytes(document.tobytes())
