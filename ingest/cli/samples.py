"""Documents made on the spot, for the demo, the probe and the bench: Spanish office letters, typed, scanned, photographed.

Pure functions from a number to bytes. The same number gives the same words, so a new number is a new document.
"""

from io import BytesIO

import numpy as np
import pymupdf
from PIL import Image, ImageFilter

_A4 = pymupdf.paper_rect("a4")
_BODY = pymupdf.Rect(68, 120, _A4.width - 68, _A4.height - 60)
_HEAD = "PERÚ · Ministerio de Educación\nUnidad de Gestión Educativa Local N.º 05"

MAINTENANCE = """\
OFICIO N.º {number}-2025-MINEDU/UGEL.05-ASGESE

San Juan de Lurigancho, 12 de marzo de 2025

Señora
ROSA ELENA QUISPE HUAMÁN
Directora de la I.E. N.º 0152 José Carlos Mariátegui
Presente.-

ASUNTO: Programa de mantenimiento de locales escolares 2025

Tengo el agrado de dirigirme a usted para saludarla cordialmente y comunicarle que
el responsable del mantenimiento debe registrar en el sistema la ficha de acciones
antes del 31 de marzo. Se atenderán primero los techos con filtraciones de agua, los
servicios higiénicos y las instalaciones eléctricas que pongan en riesgo a los
estudiantes.

El monto asignado a su institución es de S/ 18 450.00, que se abonará en la cuenta
del responsable."""

MAINTENANCE_ANNEX = """\
ANEXO DEL OFICIO N.º {number}-2025-MINEDU/UGEL.05-ASGESE

Orden de prioridad de los trabajos

1. Reparación de techos, canaletas y bajadas de agua de lluvia.
2. Reparación de servicios higiénicos y de la red de agua potable.
3. Cambio de luminarias, tomacorrientes y tableros eléctricos.
4. Pintado de aulas y reposición de vidrios.

Cada trabajo se sustenta con boletas o facturas y con fotografías de antes y
después. La declaración de gastos se presenta a más tardar el 30 de agosto de 2025."""

MEALS = """\
MEMORANDO N.º {number}-2025-UGEL.05-AGA

A: Jefe del Área de Planificación y Presupuesto
DE: Jefa del Área de Gestión Administrativa
ASUNTO: Distribución de raciones del desayuno escolar
FECHA: 3 de abril de 2025

Mediante el presente le comunico que el proveedor entregó 2 340 raciones de leche,
galletas y huevos sancochados en las catorce instituciones de la zona alta. Dos
comités de alimentación observaron cajas mojadas y las devolvieron con acta.

Se solicita prever el presupuesto del segundo semestre para el almacén de alimentos."""

TRANSPORT = """\
INFORME N.º {number}-2025-UGEL.05-AGEBRE

A: Director de la Unidad de Gestión Educativa Local N.º 05
ASUNTO: Monitoreo de la ruta solidaria de bicicletas
FECHA: 21 de mayo de 2025

Se visitaron seis instituciones educativas rurales que recibieron bicicletas para
los estudiantes que caminan más de una hora hasta su escuela. De 180 bicicletas, 171
están operativas; nueve esperan repuestos de frenos y cámaras.

Se recomienda capacitar a los padres de familia en el mantenimiento de frenos y
llevar un cuaderno de préstamos en cada institución."""

LEAVE = """\
SOLICITUD N.º {number}-2025

SUMILLA: Licencia con goce de haber por maternidad

SEÑOR DIRECTOR DE LA UNIDAD DE GESTIÓN EDUCATIVA LOCAL N.º 05

Yo, Milagros Chávez Rojas, docente nombrada del nivel inicial, con domicilio en la
avenida Próceres de la Independencia, ante usted me presento y expongo:

Que solicito licencia con goce de haber por maternidad, por noventa y ocho días, a
partir del 2 de junio de 2025, según el certificado médico que adjunto.

Lima, 26 de mayo de 2025"""


def letter(number: int, *pages: str) -> bytes:
    """A PDF with a text layer, a page a text; the maintenance letter of two pages unless texts are given."""
    with pymupdf.open() as document:
        for text in pages or (MAINTENANCE, MAINTENANCE_ANNEX):
            page = document.new_page(width=_A4.width, height=_A4.height)
            page.insert_text((68, 72), _HEAD, fontsize=9, color=(0.35, 0.35, 0.35))
            page.insert_textbox(_BODY, text.format(number=number), fontsize=11, lineheight=1.35)
        return bytes(document.tobytes(garbage=3, deflate=True))


def scan(number: int, text: str, dpi: int = 200) -> bytes:
    """A PDF of one picture: the page on a scanner, a little crooked, with its noise."""
    sheet = _drawn(number, text, dpi).rotate(0.4, Image.Resampling.BICUBIC, fillcolor=255)
    gray = np.asarray(sheet.filter(ImageFilter.GaussianBlur(0.6)), np.float32) * 0.85 + 25
    gray += np.random.default_rng(number).normal(0, 6, gray.shape)
    picture = BytesIO()
    Image.fromarray(np.clip(gray, 0, 255).astype("uint8")).save(picture, "JPEG", quality=80, dpi=(dpi, dpi))
    with pymupdf.open() as document:
        page = document.new_page(width=_A4.width, height=_A4.height)
        page.insert_image(page.rect, stream=picture.getvalue())
        return bytes(document.tobytes())


def photo(number: int, text: str = LEAVE) -> bytes:
    """A JPG as a phone takes it: held at an angle, a shadow across it, upright only by its EXIF orientation."""
    sheet = _drawn(number, text, 200)
    size = (1900, 2600)
    corners = [(130, 110), (1790, 150), (1740, 2480), (150, 2440)]
    warp = _perspective(corners, sheet.size)
    paper = np.asarray(sheet.transform(size, Image.Transform.PERSPECTIVE, warp, Image.Resampling.BICUBIC), np.float32)
    mask = np.asarray(Image.new("L", sheet.size, 255).transform(size, Image.Transform.PERSPECTIVE, warp), np.float32) / 255
    down, across = np.mgrid[0 : size[1], 0 : size[0]].astype(np.float32)
    along = across / size[0] * 0.7 + down / size[1] * 0.3
    light = (0.97 - 0.12 * along) * (1 - 0.15 / (1 + np.exp(-(along - 0.55) * 25)))
    noise = np.random.default_rng(number).normal(0, 3, paper.shape)
    bands = [
        Image.fromarray(np.clip((paper * tint * mask + desk * (1 - mask)) * light + noise, 0, 255).astype("uint8"))
        for tint, desk in zip((1.0, 0.98, 0.92), (96, 70, 48), strict=True)
    ]
    turned = Image.merge("RGB", bands).filter(ImageFilter.GaussianBlur(0.5)).rotate(90, expand=True)
    exif = Image.Exif()
    exif[0x0112] = 6  # "turn me by 90 degrees to look at me"
    out = BytesIO()
    turned.save(out, "JPEG", quality=85, exif=exif)
    return out.getvalue()


def broken(number: int) -> bytes:
    """A PDF whose transfer broke off: its first bytes are right, its pages are gone."""
    return letter(number)[:200] + b"\n%% %d" % number


def _drawn(number: int, text: str, dpi: int) -> Image.Image:
    with pymupdf.open("pdf", letter(number, text)) as document:
        pixels = document[0].get_pixmap(dpi=dpi, colorspace=pymupdf.csGRAY)
        return Image.frombytes("L", (pixels.width, pixels.height), pixels.samples)


def _perspective(corners: list[tuple[int, int]], size: tuple[int, int]) -> list[float]:
    """Coefficients that put a sheet of `size` at `corners`, clockwise from the top left."""
    width, height = size
    rows: list[list[float]] = []
    right: list[float] = []
    for (x, y), (u, v) in zip(corners, [(0, 0), (width, 0), (width, height), (0, height)], strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        right += [u, v]
    return [float(value) for value in np.linalg.solve(np.array(rows, float), np.array(right, float))]
