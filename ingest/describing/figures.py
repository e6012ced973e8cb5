"""Sums of money and numbers of identity (RUC, DNI) in a text."""

import re
from collections.abc import Iterator

from ingest.domain.descriptions import Found

MOST = 30  # of each; a list of payments has hundreds
_DNI = re.compile(
    r"\b(?:d ?\.? ?n ?\.? ?[i1l] ?\.?|identidad)\s?(?:n ?[.,]? ?[º°o*?]?\.?|nro\.?)?\s?[:;]?\s?(?P<number>[\doil]{8})(?![\w])"
)
_RUC = re.compile(
    r"\br ?\.? ?u ?\.? ?c ?\.?\s?(?:n ?[.,]? ?[º°o*?]?\.?|nro\.?)?\s?[:;]?\s?(?P<number>[12l][0o567][\doil]{9})(?![\w])"
)
_BARE_RUC = re.compile(r"(?<![\w.,-])(?:10|15|16|17|20)\d{9}(?![\w-])")
_MISREAD = str.maketrans("oil", "011")
# SUNAT's check digit of a RUC: each figure by its weight, modulo 11.
_WEIGHTS = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)

_SUM = r"\d{1,3}(?:[ ,.'’]\d{3}){1,3}(?:[.,]\d{2})?|\d{1,9}(?:[.,]\d{2})?"
_AMOUNT = re.compile(
    rf"(?<![\w])(?:(?P<sign>s ?/ ?\.?|us ?\$|\$|€)\s?(?P<signed>{_SUM})|(?P<named>{_SUM})\s(?P<name>(?:nuevos )?soles|dolares|euros))(?![\d])"
)
_CURRENCIES = {"s": "PEN", "u": "USD", "$": "USD", "€": "EUR", "n": "PEN", "d": "USD", "e": "EUR"}
_CENTS = re.compile(r"[.,](\d{2})$")


def identities(plain: str) -> Iterator[Found]:
    """RUC and DNI, each once: those that are called so, and bare figures that are a RUC by their check digit."""
    seen = set()
    for pattern in (_RUC, _DNI):
        for found in pattern.finditer(plain):
            number = found["number"].translate(_MISREAD)
            if number not in seen:
                seen.add(number)
                yield Found(number, *found.span("number"))
    for found in _BARE_RUC.finditer(plain):
        if found[0] not in seen and _checks(found[0]):
            seen.add(found[0])
            yield Found(found[0], *found.span())


def _checks(ruc: str) -> bool:
    rest = sum(int(figure) * weight for figure, weight in zip(ruc, _WEIGHTS, strict=False)) % 11
    return (11 - rest) % 10 == int(ruc[-1])


def amounts(plain: str) -> Iterator[Found]:
    """Sums with their currency, `PEN 69253.50`, in order."""
    for found in _AMOUNT.finditer(plain):
        said = found["signed"] or found["named"]
        cents = _CENTS.search(said)
        whole = re.sub(r"\D", "", said[: cents.start()] if cents else said)
        currency = _CURRENCIES[(found["sign"] or found["name"])[0]]
        yield Found(f"{currency} {int(whole)}.{cents[1] if cents else '00'}", *found.span())
