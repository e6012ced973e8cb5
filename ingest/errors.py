"""Every error a user can meet: a stable code, what happened and what to do, in Spanish and English.

Adapters turn an SDK's exceptions into these. Raw exception text never goes into one, because it
can hold credentials; it goes to the log with its stack trace.
"""

from collections.abc import Iterator
from typing import ClassVar, NamedTuple


class Text(NamedTuple):
    """One sentence in the two languages we speak."""

    es: str
    en: str


class BandejaError(Exception):
    """The base of all our errors; subclasses set `code`, `message` and `action`."""

    code: ClassVar[str] = "internal"
    message: ClassVar[Text] = Text("Ocurrió un error interno.", "An internal error occurred.")
    action: ClassVar[Text] = Text(
        "Vuelva a intentarlo; si continúa, avise al administrador con el identificador de la solicitud.",
        "Try again; if it persists, give the administrator the request id.",
    )

    def __init__(self, detail: str = "") -> None:
        """`detail` is for the log only and never shown to a client."""
        super().__init__(detail or self.code)
        self.detail = detail


class TransientError(BandejaError):
    """It may work later; `retry_after` is the least number of seconds to wait, if known."""

    def __init__(self, detail: str = "", *, retry_after: float | None = None) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class Outage(TransientError):
    """A service of ours is away; waiting for it costs a document no attempt."""


class PermanentError(BandejaError):
    """Trying again with the same input gives the same error."""


class SettingsError(Exception):
    """A setting is wrong or missing; the message names it and says what it should be."""


class LeaseLost(Exception):
    """Another worker, a cancellation or a deletion took the row; the holder must stop and change nothing."""


class ShuttingDown(Exception):
    """The process was asked to end; the run stops behind its last checkpoint and gives its lease back."""


class DocumentOutcome(Exception):
    """What Celery's `AsyncResult` shows for RETRY, FAILURE and REVOKED: an exception that reads like a dict.

    Celery rebuilds an exception for these states from `exc_type`, `exc_module` and `exc_message`;
    the mapping passed as its only argument keeps `progress`, `stage` and `stage_name` readable by name.
    """

    def __init__(self, meta: dict[str, object]) -> None:
        super().__init__(meta)
        self.meta = dict(meta)

    def __getitem__(self, name: str) -> object:
        return self.meta[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.meta)

    def __len__(self) -> int:
        return len(self.meta)

    def keys(self) -> list[str]:
        """Names of the values, so that `dict(outcome)` works."""
        return list(self.meta)

    def get(self, name: str, default: object = None) -> object:
        """The value of `name`, or `default`."""
        return self.meta.get(name, default)


# --- what is wrong with a document -------------------------------------------------------------


class NotADocument(PermanentError):
    code = "not_a_document"
    message = Text("El archivo no es un PDF ni una imagen.", "The file is neither a PDF nor an image.")
    action = Text("Envíe el documento como PDF o JPG.", "Send the document as PDF or JPG.")


class UnsupportedType(PermanentError):
    code = "unsupported_type"
    message = Text("Este tipo de archivo no se admite.", "This type of file is not supported.")
    action = Text("Envíe un PDF o un JPG.", "Send a PDF or a JPG.")


class EmptyFile(PermanentError):
    code = "empty_file"
    message = Text("El archivo está vacío.", "The file is empty.")
    action = Text("Revise el escáner o el archivo y envíelo otra vez.", "Check the scanner or the file and send it again.")


class CorruptFile(PermanentError):
    code = "corrupt_file"
    message = Text("El archivo está dañado y no se puede leer.", "The file is damaged and cannot be read.")
    action = Text("Genere o escanee el documento de nuevo.", "Export or scan the document again.")


class EncryptedPdf(PermanentError):
    code = "encrypted_pdf"
    message = Text("El PDF pide una contraseña para abrirse.", "The PDF asks for a password to be opened.")
    action = Text(
        "Vuelva a procesarlo con su contraseña (bandeja replay ID --password), o guárdelo sin ella y envíelo otra vez.",
        "Replay it with its password (bandeja replay ID --password), or save it without one and send it again.",
    )


class NeedsAcrobat(PermanentError):
    code = "needs_acrobat"
    message = Text(
        "El PDF es un formulario o una cartera que solo Adobe Acrobat muestra.",
        "The PDF is a form or a portfolio that only Adobe Acrobat shows.",
    )
    action = Text(
        "Ábralo en Adobe Acrobat Reader, imprímalo a un PDF nuevo (de una cartera, cada archivo) y envíelo.",
        "Open it in Adobe Acrobat Reader, print it to a new PDF (of a portfolio, each file) and send that.",
    )


class TooLarge(PermanentError):
    code = "too_large"
    message = Text("El archivo supera el tamaño permitido.", "The file exceeds the permitted size.")
    action = Text("Divídalo o redúzcalo y envíelo otra vez.", "Split or shrink it and send it again.")


class TooManyPages(PermanentError):
    code = "too_many_pages"
    message = Text("El documento tiene demasiadas páginas.", "The document has too many pages.")
    action = Text("Divídalo en partes y envíe cada una.", "Split it and send each part.")


class NoTextFound(PermanentError):
    code = "no_text_found"
    message = Text("No se encontró texto en el documento.", "No text was found in the document.")
    action = Text(
        "Escanéelo derecho y con mejor contraste, a 200 ppp o más.", "Scan it upright, with more contrast, at 200 dpi or more."
    )


class ParserTimeout(PermanentError):
    code = "parser_timeout"
    message = Text("Leer el archivo tardó más de lo permitido.", "Reading the file took longer than permitted.")
    action = Text("Imprímalo a un PDF nuevo y envíelo otra vez.", "Print it to a new PDF and send it again.")


class ParserMemory(PermanentError):
    code = "parser_memory"
    message = Text("Leer el archivo pidió más memoria de la permitida.", "Reading the file took more memory than permitted.")
    action = Text("Imprímalo a un PDF nuevo y envíelo otra vez.", "Print it to a new PDF and send it again.")


class WorkerLost(PermanentError):
    code = "worker_lost"
    message = Text(
        "El proceso que leía el documento terminó de forma inesperada varias veces.",
        "The process reading the document died unexpectedly several times.",
    )
    action = Text(
        "Vuelva a procesarlo; si se repite, avise al administrador.", "Replay it; if it happens again, tell the administrator."
    )


class ObjectMissing(PermanentError):
    code = "object_missing"
    message = Text("El archivo ya no está en el almacén.", "The file is no longer in the store.")
    action = Text("Envíelo otra vez.", "Send it again.")


class UploadExpired(PermanentError):
    code = "upload_expired"
    message = Text("El enlace de carga venció sin usarse.", "The upload URL expired unused.")
    action = Text("Pida un enlace nuevo.", "Ask for a new URL.")


# --- services of ours or of others -------------------------------------------------------------


class StorageUnavailable(Outage):
    code = "storage_unavailable"
    message = Text("El almacén de archivos no responde.", "The object store does not answer.")
    action = Text("Espere: el trabajo continúa solo cuando vuelva.", "Wait: work goes on by itself when it returns.")


class StorageRefused(StorageUnavailable):
    """The store answers, and does not do it for this object: to a document's run that is a failure, not an outage."""

    code = "storage_refused"
    message = Text("El almacén no entrega este archivo.", "The object store does not hand out this file.")
    action = Text(
        "Envíelo otra vez, sin clave de cifrado propia; si se repite, avise al administrador.",
        "Send it again, without an encryption key of its own; if it happens again, tell the administrator.",
    )


class DatabaseUnavailable(Outage):
    code = "database_unavailable"
    message = Text("La base de datos no responde.", "The database does not answer.")
    action = Text("Espere: el trabajo continúa solo cuando vuelva.", "Wait: work goes on by itself when it returns.")


class QueryTimeout(TransientError):
    code = "query_timeout"
    message = Text("La consulta tardó más de lo permitido.", "The query took longer than permitted.")
    action = Text(
        "Use menos palabras o frases, o acótela con filtros, y repita.",
        "Use fewer words or phrases, or narrow it by filters, and repeat.",
    )


class SearchBusy(TransientError):
    code = "search_busy"
    message = Text("Hay demasiadas búsquedas a la vez.", "Too many searches are running at once.")
    action = Text("Espere los segundos de Retry-After y repita.", "Wait the seconds of Retry-After and repeat.")


class BrokerUnavailable(Outage):
    code = "broker_unavailable"
    message = Text("La cola de mensajes no responde.", "The message queue does not answer.")
    action = Text("Espere: el trabajo continúa solo cuando vuelva.", "Wait: work goes on by itself when it returns.")


class AiRateLimited(TransientError):
    code = "ai_rate_limited"
    message = Text("El servicio de IA limitó las solicitudes.", "The AI service limited our requests.")
    action = Text(
        "Se reintenta solo; si termina en error, vuelva a procesar más tarde.",
        "It is retried; if it ends in error, replay later.",
    )


class AiUnavailable(TransientError):
    code = "ai_unavailable"
    message = Text("El servicio de IA no responde.", "The AI service does not answer.")
    action = Text(
        "Se reintenta solo; si termina en error, vuelva a procesar más tarde.",
        "It is retried; if it ends in error, replay later.",
    )


class AiRejected(PermanentError):
    code = "ai_rejected"
    message = Text("El servicio de IA rechazó la solicitud.", "The AI service rejected the request.")
    action = Text(
        "Revise la clave y el modelo configurados y vuelva a procesar.", "Check the configured key and model, then replay."
    )


# --- what is wrong with a request --------------------------------------------------------------


class InvalidRequest(PermanentError):
    code = "invalid_request"
    message = Text("La solicitud no es válida.", "The request is not valid.")
    action = Text("Corrija los campos señalados y repita.", "Correct the fields named and repeat.")

    def __init__(self, problem: Text | None = None) -> None:
        """`problem` says which field is at fault and why; clients are shown it."""
        super().__init__(problem.en if problem else "")
        self.problem = problem


class Unauthorized(PermanentError):
    code = "unauthorized"
    message = Text("Falta una clave de acceso válida.", "A valid API key is missing.")
    action = Text("Envíe su clave en X-API-Key o Authorization: Bearer.", "Send your key in X-API-Key or Authorization: Bearer.")


class SessionEnded(PermanentError):
    code = "session_ended"
    message = Text("Su sesión ha terminado.", "Your session has ended.")
    action = Text(
        "Ingrese de nuevo con su clave; lo que envió sigue aquí.", "Sign in again with your key; what you sent is still here."
    )


class CsrfRefused(PermanentError):
    code = "csrf_refused"
    message = Text("El pedido no viene de la página de Bandeja.", "The request does not come from Bandeja's page.")
    action = Text(
        "Recargue la página y repita; un programa envía su clave en X-API-Key.",
        "Reload the page and repeat; a program sends its key in X-API-Key.",
    )


class PageIncomplete(TransientError):
    code = "page_incomplete"
    message = Text("A la página le faltan archivos.", "Files of the page are missing.")
    action = Text("Ejecute make setup en el servidor y reinicie.", "Run make setup on the server and restart.")


class Forbidden(PermanentError):
    code = "forbidden"
    message = Text("Su clave no permite esta operación.", "Your key does not permit this operation.")
    action = Text("Pida una clave con el permiso necesario.", "Ask for a key with the scope needed.")


class NotFound(PermanentError):
    code = "not_found"
    message = Text("No existe lo que busca.", "What you ask for does not exist.")
    action = Text("Revise el identificador.", "Check the identifier.")


class Conflict(PermanentError):
    code = "conflict"
    message = Text("El documento no está en un estado que lo permita.", "The document is not in a state that permits this.")
    action = Text("Consulte su estado y repita cuando corresponda.", "Look at its status and repeat when it fits.")


class RateLimited(TransientError):
    code = "rate_limited"
    message = Text("Demasiadas solicitudes con esta clave.", "Too many requests with this key.")
    action = Text("Espere los segundos de Retry-After y repita.", "Wait the seconds of Retry-After and repeat.")


class PicturesBusy(TransientError):
    code = "pictures_busy"
    message = Text("Hay demasiadas imágenes de páginas en espera.", "Too many pictures of pages are waiting to be drawn.")
    action = Text("Espere los segundos de Retry-After y repita.", "Wait the seconds of Retry-After and repeat.")


class Internal(BandejaError):
    code = "internal"


def _leaves(kind: type[BandejaError]) -> Iterator[type[BandejaError]]:
    for sub in kind.__subclasses__():
        if "code" in vars(sub):
            yield sub
        yield from _leaves(sub)


def by_code() -> dict[str, type[BandejaError]]:
    """Every error class by its stable code."""
    return {kind.code: kind for kind in _leaves(BandejaError)}
