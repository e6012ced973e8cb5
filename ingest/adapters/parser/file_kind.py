"""What a file is by its first bytes, whatever it is called."""

from enum import Enum

HEAD_BYTES = 1024  # the header of a PDF stands within the first KB (PDF 1.7, implementation note 13)

_IMAGES = (
    *(b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a"),
    *(b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+"),  # TIFF, and the BigTIFF of 64 bits
    *(b"\x00\x00\x00\x0cjP  \r\n\x87\n", b"\xff\x4f\xff\x51"),  # JPEG 2000, boxed and bare
)
# ISO/IEC 23008-12: a still picture's brands. Those of AV1 are AVIF; iPhones write heic and mif1, which need HEVC.
_AVIF_BRANDS = frozenset({b"avif", b"avis"})
_HEIF_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
_BMP_HEADER_BYTES = frozenset({12, 16, 40, 52, 56, 64, 108, 124})  # the versions of what follows BMP's 14 bytes
# Pictures that nothing here decodes.
_OTHER_IMAGES = (b"\xff\x0a", b"\x00\x00\x00\x0cJXL \r\n\x87\n", b"8BPS", b"\xd7\xcd\xc6\x9a", b"AT&TFORM")


class Kind(Enum):
    """What is to be done with a file."""

    PDF = "pdf"
    IMAGE = "image"
    UNREADABLE_IMAGE = "unreadable_image"
    OTHER = "other"


def kind_of(head: bytes) -> Kind:
    """The kind of a file that begins with these bytes."""
    if head.startswith(_IMAGES) or (head[:4] == b"RIFF" and head[8:12] == b"WEBP") or _is_bmp(head):
        return Kind.IMAGE
    brands = _brands(head)
    if brands & _AVIF_BRANDS:
        return Kind.IMAGE
    if b"%PDF-" in head:
        return Kind.PDF
    return Kind.UNREADABLE_IMAGE if brands & _HEIF_BRANDS or head.startswith(_OTHER_IMAGES) else Kind.OTHER


def _is_bmp(head: bytes) -> bool:
    # "BM" alone begins many a text.
    return head[:2] == b"BM" and int.from_bytes(head[14:18], "little") in _BMP_HEADER_BYTES


def _brands(head: bytes) -> set[bytes]:
    """What a file of boxes (ISO/IEC 14496-12) says it is; none of any other."""
    if head[4:8] != b"ftyp":
        return set()
    end = min(int.from_bytes(head[:4], "big"), len(head))
    return {head[8:12], *(head[start : start + 4] for start in range(16, end, 4))}
