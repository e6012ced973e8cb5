"""A small client of our own HTTP API: what the commands say, they ask the API like any other program."""

import os
from collections.abc import Iterator
from typing import Any

import httpx
from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from ingest.cli.home import default_home
from ingest.cli.problem import ApiProblem
from ingest.cli.screen import spoken
from ingest.stack.environment import current_environment

_TIMEOUT = httpx.Timeout(30, connect=5)

_AWAY = {
    "es": "La API no responde en {url}. ¿Está en marcha el sistema? Pruebe `bandeja up` o `bandeja status`.",
    "en": "The API does not answer at {url}. Is the stack up? Try `bandeja up` or `bandeja status`.",
}


class Address(BaseSettings):
    """Where the API is and with which key: all that a client's machine needs to know."""

    model_config = SettingsConfigDict(env_file=".env", env_file_encoding="utf-8", extra="ignore", frozen=True)

    url: str = Field("http://127.0.0.1:8000", validation_alias="BANDEJA_API_URL")
    key: SecretStr = Field(SecretStr(""), validation_alias="BANDEJA_API_KEY")


class Api:
    """The calls that the commands make. All raise ApiProblem."""

    def __init__(self, url: str, key: str) -> None:
        self._url = url
        self._http = httpx.Client(base_url=url, timeout=_TIMEOUT, headers={"X-API-Key": key, "Accept-Language": spoken()})

    def call(self, method: str, path: str, **more: Any) -> httpx.Response:
        """The answer to a call below `/api/v1`, unless it is a problem."""
        try:
            answer = self._http.request(method, f"/api/v1{path}", **more)
        except httpx.TransportError as error:
            raise ApiProblem(_AWAY[spoken()].format(url=self._url)) from error
        if answer.is_error:
            raise ApiProblem(problem_text(answer))
        return answer

    def get(self, path: str, **parameters: Any) -> Any:
        """The JSON at `path`; parameters that are None are left out."""
        given = {name: value for name, value in parameters.items() if value is not None}
        return self.call("GET", path, params=given).json()

    def post(self, path: str, body: Any = None) -> Any:
        """The JSON that answers `body`."""
        return self.call("POST", path, json=body).json()

    def delete(self, path: str) -> None:
        """Erase what is at `path`."""
        self.call("DELETE", path)

    def pages(self, path: str, **parameters: Any) -> Iterator[dict[str, Any]]:
        """Every item of a list, page after page."""
        cursor = None
        while True:
            page = self.get(path, cursor=cursor, **parameters)
            yield from page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                return

    def close(self) -> None:
        """Close its connections."""
        self._http.close()


def connect() -> Api:
    """A client of the API that the environment names, else the stack in the folder, else `.env`."""
    known = current_environment(default_home())
    names = ("BANDEJA_API_URL", "BANDEJA_API_KEY")
    here: dict[str, Any] = {name: known[name] for name in names if name in known and name not in os.environ}
    address = Address(**here)
    return Api(address.url.rstrip("/"), address.key.get_secret_value())


def problem_text(answer: httpx.Response) -> str:
    """What a refusal says, for people: the message, its code, the fields, what to do, the request id."""
    try:
        problem = answer.json()
        head = f"{problem['detail']} ({problem['code']})"
    except (ValueError, KeyError, TypeError):
        return f"HTTP {answer.status_code} {answer.reason_phrase}: {answer.text[:300]}"
    lines = [head]
    fields = [(field.get("field"), field.get("problem")) for field in problem.get("errors") or []]
    lines += [f"  {': '.join(filter(None, said))}" for said in fields]
    if problem.get("action"):
        lines.append(f"  {problem['action']}")
    if problem.get("request_id"):
        lines.append(f"  request_id {problem['request_id']}")
    return "\n".join(lines)
