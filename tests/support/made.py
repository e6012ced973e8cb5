"""Documents made on the spot: small, Spanish, each with a word of its own."""

import io

import pymupdf
from PIL import Image

_BODY = (
    "OFICIO N.º {number}-2025-UGEL.05-AGP\n\nLima, 12 de marzo de 2025\n\nSeñora directora:\n\nASUNTO: {word}\n\n"
    "Tengo el agrado de dirigirme a usted para saludarla cordialmente y, en atención al documento de la\n"
    "referencia, informarle que la comisión revisó el expediente y encontró conforme la documentación que\n"
    "presentó la institución educativa. Por ello se solicita continuar con el trámite de {word} según la\n"
    "normativa vigente del sector, dentro de los plazos que establece la directiva.\n\nAtentamente,"
)


def office_text(word: str, number: int = 123) -> str:
    """A letter about `word`."""
    return _BODY.format(word=word, number=number)


def born_digital(word: str, pages: int = 2) -> bytes:
    """A PDF with a text layer."""
    document = pymupdf.open()
    for number in range(1, pages + 1):
        page = document.new_page()
        page.insert_text((64, 72), f"{office_text(word, 100 + number)}\n\nPágina {number}", fontsize=10)
    return bytes(document.tobytes())


def scan(word: str, pages: int = 1, dpi: int = 150) -> bytes:
    """A PDF of pictures alone."""
    source = pymupdf.open("pdf", born_digital(word, pages))
    document = pymupdf.open()
    for page in source:
        picture = page.get_pixmap(dpi=dpi, colorspace=pymupdf.csGRAY)
        document.new_page(width=page.rect.width, height=page.rect.height).insert_image(
            page.rect, stream=picture.tobytes("jpeg", jpg_quality=80)
        )
    return bytes(document.tobytes())


def photo(word: str, orientation: int = 6) -> bytes:
    """A JPG that stands upright only by its EXIF orientation."""
    page = pymupdf.open("pdf", born_digital(word, 1))[0]
    picture = page.get_pixmap(dpi=150)
    image = Image.frombytes("RGB", (picture.width, picture.height), picture.samples)
    if orientation == 6:
        image = image.rotate(90, expand=True)
    exif = Image.Exif()
    exif[0x0112] = orientation
    out = io.BytesIO()
    image.save(out, "JPEG", quality=85, exif=exif)
    return out.getvalue()


def locked(word: str) -> bytes:
    """A PDF that asks for a password."""
    document = pymupdf.open("pdf", born_digital(word, 1))
    return bytes(document.tobytes(encryption=pymupdf.PDF_ENCRYPT_AES_256, user_pw="secreto", owner_pw="dueño"))


def no_pages() -> bytes:
    """A well-formed PDF without a page."""
    objects = [b"1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n", b"2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n"]
    body, offsets = b"%PDF-1.4\n", []
    for one in objects:
        offsets.append(len(body))
        body += one
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    return (
        body
        + b"xref\n0 3\n0000000000 65535 f \n"
        + table
        + b"trailer<</Size 3/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % len(body)
    )


def blank() -> bytes:
    """A PDF of one empty page."""
    document = pymupdf.open()
    document.new_page()
    return bytes(document.tobytes())


def mixed_pages(word: str, layers: int, scans: int) -> bytes:
    """A PDF of pages with a text layer, then pages of pictures alone."""
    document = pymupdf.open("pdf", born_digital(word, layers))
    document.insert_pdf(pymupdf.open("pdf", scan(word, scans, dpi=40)))
    return bytes(document.tobytes())
