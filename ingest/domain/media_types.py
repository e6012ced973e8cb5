"""Which files are documents: by their first bytes, by what a client calls them, by their names' endings."""

from pathlib import PurePosixPath

HEAD_BYTES = 1024  # the header of a PDF stands within the first KB (PDF 1.7, implementation note 13)

PDF = "application/pdf"
HEIC = "image/heic"
OCTETS = "application/octet-stream"  # "some bytes"

# What is read, and the other names by which browsers, scanners and mail programs call it.
_READ = {
    PDF: "application/x-pdf application/acrobat application/vnd.pdf applications/vnd.pdf text/pdf text/x-pdf",
    "image/jpeg": "image/jpg image/pjpeg image/jpe image/jfif image/x-jpeg image/x-jpg image/x-citrix-jpeg",
    "image/png": "image/x-png image/x-citrix-png image/apng",
    "image/tiff": "image/tif image/x-tiff image/x-tif application/tiff application/tif application/x-tiff application/x-tif",
    "image/webp": "image/x-webp",
    "image/gif": "image/x-gif",
    "image/bmp": "image/x-bmp image/x-ms-bmp image/x-windows-bmp image/x-win-bitmap image/ms-bmp image/x-bitmap application/bmp",
    "image/jp2": "image/jpeg2000 image/jpeg2000-image image/x-jpeg2000-image image/jpx image/j2k image/x-jp2",
    "image/avif": "image/avif-sequence",
    HEIC: "image/heif image/heic-sequence image/heif-sequence image/x-heic image/x-heif",
}
READ = frozenset(_READ)
ACCEPTED = READ | {other for others in _READ.values() for other in others.split()}
# Says nothing: then the ending must.
UNSAID = frozenset(
    {OCTETS, "binary/octet-stream", "application/x-octet-stream", "application/binary", "application/x-binary"}
    | {"application/download", "application/x-download", "application/force-download", "application/unknown"}
)
ENDINGS = frozenset(
    {".pdf", ".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".tif", ".tiff", ".webp"}
    | {".gif", ".bmp", ".dib", ".jp2", ".j2k", ".jpf", ".jpx", ".avif"}
    | {".heic", ".heif", ".hif"}
)

_MAGIC = {
    b"\xff\xd8\xff": "image/jpeg",
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
    b"II*\x00": "image/tiff",
    b"MM\x00*": "image/tiff",
    b"II+\x00": "image/tiff",  # BigTIFF
    b"MM\x00+": "image/tiff",
    b"\x00\x00\x00\x0cjP  \r\n\x87\n": "image/jp2",
    b"\xff\x4f\xff\x51": "image/jp2",  # without its box
    # Pictures that nothing here decodes.
    b"\xff\x0a": "image/jxl",
    b"\x00\x00\x00\x0cJXL \r\n\x87\n": "image/jxl",
    b"8BPS": "image/vnd.adobe.photoshop",
    b"\xd7\xcd\xc6\x9a": "image/wmf",
    b"AT&TFORM": "image/vnd.djvu",
}
# ISO/IEC 23008-12: a still picture's brands. Those of AV1 are AVIF; iPhones write heic and mif1, which need HEVC.
_AVIF_BRANDS = frozenset({b"avif", b"avis"})
_HEIF_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
_BMP_HEADER_BYTES = frozenset({12, 16, 40, 52, 56, 64, 108, 124})  # the versions of what follows BMP's 14 bytes


def is_accepted(content_type: str, filename: str) -> bool:
    """Whether a file announced as this may be a document; what is inside decides when it is read."""
    media_type = bare(content_type)
    return media_type in ACCEPTED or (media_type in UNSAID and PurePosixPath(filename).suffix.lower() in ENDINGS)


def bare(content_type: str) -> str:
    """The media type in lower case, without its parameters; that of any bytes where it says nothing."""
    return content_type.partition(";")[0].strip().lower() or OCTETS


def told_by(head: bytes) -> str:
    """The media type of a file that begins with these bytes; "" where it is neither a PDF nor a picture."""
    for magic, media_type in _MAGIC.items():
        if head.startswith(magic):
            return media_type
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    # "BM" alone begins many a text.
    if head[:2] == b"BM" and int.from_bytes(head[14:18], "little") in _BMP_HEADER_BYTES:
        return "image/bmp"
    brands = _brands(head)
    if brands & _AVIF_BRANDS:
        return "image/avif"
    if brands & _HEIF_BRANDS:
        return HEIC
    return PDF if b"%PDF-" in head[:HEAD_BYTES] else ""


def _brands(head: bytes) -> set[bytes]:
    """What a file of boxes (ISO/IEC 14496-12) says it is; none of any other."""
    if head[4:8] != b"ftyp":
        return set()
    end = min(int.from_bytes(head[:4], "big"), len(head))
    return {head[8:12], *(head[start : start + 4] for start in range(16, end, 4))}
