"""What is wrong with a field, in the client's language: pydantic's own words, which are English, and Spanish ones for them."""

from typing import Any

from pydantic_core import PydanticCustomError

# By pydantic's names of errors (docs.pydantic.dev, "Validation Errors"), and below by ours.
SPANISH = {
    "missing": "Falta.",
    "extra_forbidden": "No existe tal campo.",
    "json_invalid": "No es JSON válido.",
    "json_type": "Debe ser JSON.",
    "model_type": "Debe ser un objeto.",
    "model_attributes_type": "Debe ser un objeto.",
    "dict_type": "Debe ser un objeto.",
    "mapping_type": "Debe ser un objeto.",
    "list_type": "Debe ser una lista.",
    "too_short": "Debe tener al menos {min_length} elementos.",
    "too_long": "Debe tener como máximo {max_length} elementos.",
    "greater_than": "Debe ser mayor que {gt}.",
    "greater_than_equal": "Debe ser mayor o igual que {ge}.",
    "less_than": "Debe ser menor que {lt}.",
    "less_than_equal": "Debe ser menor o igual que {le}.",
    "multiple_of": "Debe ser múltiplo de {multiple_of}.",
    "finite_number": "Debe ser un número finito.",
    "string_type": "Debe ser texto.",
    "string_unicode": "Debe ser texto en Unicode.",
    "string_too_short": "Debe tener al menos {min_length} caracteres.",
    "string_too_long": "Debe tener como máximo {max_length} caracteres.",
    "string_pattern_mismatch": "Debe tener la forma {pattern}.",
    "enum": "Debe ser {expected}.",
    "literal_error": "Debe ser {expected}.",
    "bool_type": "Debe ser verdadero o falso.",
    "bool_parsing": "Debe ser verdadero o falso.",
    "int_type": "Debe ser un número entero.",
    "int_parsing": "Debe ser un número entero.",
    "int_parsing_size": "Es un número demasiado grande.",
    "int_from_float": "Debe ser un número entero.",
    "float_type": "Debe ser un número.",
    "float_parsing": "Debe ser un número.",
    "value_error": "No es válido.",
    "assertion_error": "No es válido.",
    "date_type": "Debe ser una fecha como 2025-03-12.",
    "date_parsing": "Debe ser una fecha como 2025-03-12.",
    "date_from_datetime_parsing": "Debe ser una fecha como 2025-03-12.",
    "date_from_datetime_inexact": "Debe ser una fecha como 2025-03-12.",
    "datetime_type": "Debe ser un momento como 2025-03-12T15:04:05Z.",
    "datetime_parsing": "Debe ser un momento como 2025-03-12T15:04:05Z.",
    "datetime_object_invalid": "Debe ser un momento como 2025-03-12T15:04:05Z.",
    "datetime_from_date_parsing": "Debe ser un momento como 2025-03-12T15:04:05Z.",
    "uuid_type": "Debe ser un identificador (UUID).",
    "uuid_parsing": "Debe ser un identificador (UUID).",
    # Ours.
    "no_day": "Debe ser una fecha como 2025-03-12.",
    "no_moment": "Debe ser un momento como 2025-03-12T15:04:05Z.",
    "no_number": "Debe ser un número.",
    "no_change": "Debe nombrar al menos un campo.",
    "unknown_parameter": "Esta llamada no tiene tal parámetro.",
    "repeated_parameter": "Está dado más de una vez.",
}
_ENGLISH = {
    "no_day": "should be a date such as 2025-03-12",
    "no_moment": "should be a moment such as 2025-03-12T15:04:05Z",
    "no_number": "should be a number",
    "no_change": "should name one field at least",
    "unknown_parameter": "This call has no such parameter.",
    "repeated_parameter": "It is given more than once.",
}


def wrong(kind: str) -> PydanticCustomError:
    """The error of one of our own kinds, to be raised where a value is looked at."""
    return PydanticCustomError(kind, _ENGLISH[kind])


def of_parameter(kind: str, name: str) -> dict[str, Any]:
    """The error of one of our own kinds, of a parameter of the URL, in the form of pydantic's."""
    return {"type": kind, "loc": ("query", name), "msg": _ENGLISH[kind]}


def problem(error: dict[str, Any], spoken: str) -> str:
    """What an error says, in `es` or `en`. In Spanish one that nobody foresaw says only that the value is not valid."""
    if spoken == "en":
        return str(error["msg"])
    context = {name: _choices(value) if name == "expected" else value for name, value in error.get("ctx", {}).items()}
    return SPANISH.get(error["type"], SPANISH["value_error"]).format_map(context)


def _choices(expected: object) -> str:
    """Pydantic's list of words, whose last stands behind an English `or`."""
    return str(expected).replace("' or '", "' o '")
