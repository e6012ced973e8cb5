"""The stages' labels, the seed's to the letter (docs/glossary.md): what people and Celery's `AsyncResult` are shown."""

LABELS = {
    "extract": "Extrayendo texto",
    "clean": "Limpiando texto",
    "chunk": "Fragmentando texto",
    "describe": "Extrayendo metadatos con IA",
    "store": "Guardando documento",
    "embed": "Generando embeddings",
    "finalize": "Finalizando",
}
