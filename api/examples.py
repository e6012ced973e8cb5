"""One document as OpenAPI shows it, in all the answers in which it appears."""

from typing import Any

_ID = "1576fcfd-3f5b-4a52-9d6c-0f1f2a3b4c5d"
_KEY = f"inbox/upload/{_ID}/oficio 123.pdf"
_URL = f"http://localhost:8000/api/v1/tasks/{_ID}"

UPLOAD_REQUEST: dict[str, Any] = {"filename": "oficio 123.pdf", "content_type": "application/pdf", "size": 48213}
UPLOAD_ANSWER: dict[str, Any] = {
    "task_id": _ID,
    "document_id": _ID,
    "object_key": _KEY,
    "upload": {
        "method": "POST",
        "url": "http://localhost:9000/documentos-ugel",
        "fields": {"key": _KEY, "policy": "eyJleHBpcmF0aW9uIjoi…", "x-amz-signature": "9f2c…"},
        "headers": None,
    },
    "expires_at": "2025-03-12T15:19:05Z",
    "status_url": _URL,
}
DUPLICATE: dict[str, Any] = {"document_id": _ID, "task_id": _ID, "duplicate": True, "status_url": _URL}
PROBLEM: dict[str, Any] = {
    "type": "/docs/errors#invalid_request",
    "title": "La solicitud no es válida.",
    "status": 422,
    "detail": "La solicitud no es válida.",
    "code": "invalid_request",
    "action": "Corrija los campos señalados y repita.",
    "request_id": "0d7e2c9a",
    "errors": [{"field": "size", "problem": "Input should be greater than or equal to 0"}],
}
TASK: dict[str, Any] = {
    "task_id": _ID,
    "document_id": _ID,
    "object_key": _KEY,
    "filename": "oficio 123.pdf",
    "state": "PROGRESS",
    "status": "processing",
    "progress": 50,
    "stage": "describe",
    "stage_label": "Extrayendo metadatos con IA",
    "searchable": False,
    "pages_done": 2,
    "pages_total": 2,
    "degraded": False,
    "degraded_pages": [],
    "text": None,
    "attempt": 1,
    "next_retry_at": None,
    "eta_seconds": None,
    "error": None,
    "created_at": "2025-03-12T15:04:05Z",
    "started_at": "2025-03-12T15:04:06Z",
    "finished_at": None,
}
DOCUMENT: dict[str, Any] = {
    "document_id": _ID,
    "task_id": _ID,
    "status": "completed",
    "searchable": True,
    "title": "OFICIO N.º 123-2025-UGEL",
    "document_type": "oficio",
    "document_number": "123-2025",
    "office": "Área de Gestión Pedagógica",
    "sender": "Rosa Quispe Mamani",
    "subject": "Remite informe",
    "date": "2025-03-11",
    "described_by": "rules",
    "filename": "oficio 123.pdf",
    "object_key": _KEY,
    "version_id": "6f2b1c5e-8f0e-4d35-9c63-0a1b2c3d4e5f",
    "content_type": "application/pdf",
    "size": 48213,
    "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "source": "upload",
    "device": None,
    "pages": 2,
    "degraded": False,
    "degraded_pages": [],
    "text": "found",
    "metadata": {"expediente": "2025-0123"},
    "created_at": "2025-03-12T15:04:05Z",
    "arrived_at": "2025-03-12T15:04:06Z",
    "finished_at": "2025-03-12T15:04:08Z",
}
DOCUMENT_DETAIL: dict[str, Any] = {
    **DOCUMENT,
    "number_written": "0123-2025-UGEL.05-AGP",
    "number_normalized": "123-2025",
    "expediente": "45678-2025",
    "signed_on": "2025-03-12",
    "signed_by": "Rosa Quispe Mamani",
    "recipients": ["Percy Condori Tello"],
    "summary": "Se remite el informe pedagógico de marzo.",
    "keywords": ["informe", "pedagógico"],
    "people": ["Rosa Quispe Mamani", "Percy Condori Tello"],
    "identities": ["20131370645"],
    "amounts": [{"currency": "PEN", "value": "1250.50"}],
    "deadline_days": 5,
    "references": ["oficio 45-2025-DRE"],
    "annexes": [],
    "folios": 7,
    "language": "es",
    "corrected": {"subject": {"by": "mesa de partes", "at": "2025-03-13T09:12:00Z", "was": "Remite infor me"}},
    "evidence": {"sender": [{"page": 2, "start": 1840, "end": 1858, "text": "ROSA QUISPE MAMANI"}]},
    "near_duplicates": [],
}
SEARCH_ANSWER: dict[str, Any] = {
    "query": "informe pedagogico",
    "corrected_query": None,
    "took_ms": 23.5,
    "total": 1,
    "hits": [
        {
            "document_id": _ID,
            "title": "OFICIO N.º 123-2025-UGEL",
            "document_type": "oficio",
            "document_number": "123-2025",
            "date": "2025-03-11",
            "object_key": _KEY,
            "filename": "oficio 123.pdf",
            "page": 2,
            "score": 0.9134,
            "snippet": "Remito el <mark>informe</mark> <mark>pedagógico</mark> de marzo",
            "pages_matched": [2],
            "boxes": [[0.31, 0.42, 0.39, 0.44], [0.4, 0.42, 0.51, 0.44]],
            "line_image": f"/api/v1/documents/{_ID}/pages/2/image?crop=0.1,0.41,0.9,0.45",
            "places": None,
        }
    ],
    "degraded": False,
    "facets": {"type": [{"value": "oficio", "count": 1}]},
    "offered_filters": [{"text": "marzo 2025", "filter": "year", "value": "2025"}],
}

SUGGESTIONS: dict[str, Any] = {
    "query": "inform",
    "items": [{"text": "informe", "kind": "word", "count": 12}, {"text": "INFORME N.º 7-2025", "kind": "title", "count": 1}],
}

_LETTER: dict[str, Any] = {
    "document_id": "0b2f4c8e-6a1d-5e3f-9b7a-1c2d3e4f5a6b",
    "title": "INFORME N.º 45-2025-AGP – Matrícula",
    "document_type": "informe",
    "document_number": "45-2025",
    "date": "2025-03-05",
    "filename": "informe 45.pdf",
}
THREAD: dict[str, Any] = {
    "answers": [
        {
            "document": _LETTER,
            "kind": "informe",
            "number": "45-2025-AGP",
            "read_in": _ID,
            "page": 1,
            "words": "en atención al Informe N.º 45-2025-AGP",
        }
    ],
    "answered_by": [],
    "mentions": [
        {
            "document": None,
            "kind": "resolucion",
            "number": "7-2024-DRELM",
            "read_in": _ID,
            "page": 2,
            "words": "Resolución Directoral N.º 7-2024-DRELM",
        }
    ],
    "mentioned_by": [],
    "candidates": [],
}
