"""The size of vectors is refused at start where the model cannot give it."""

import pytest

from ingest.errors import SettingsError
from ingest.settings import LOCAL_EMBEDDING_MODEL, Settings, load_settings
from tests.unit.test_settings import GOOD


def settings(monkeypatch: pytest.MonkeyPatch, **environment: str) -> Settings:
    for name in ("EMBEDDING_MODEL", "EMBEDDING_DIMENSIONS", "GOOGLE_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    for name, value in (GOOD | environment).items():
        monkeypatch.setenv(name, value)
    return load_settings(_env_file=None)


@pytest.mark.parametrize("model", ["", LOCAL_EMBEDDING_MODEL])
def test_the_local_model_gives_one_size(monkeypatch: pytest.MonkeyPatch, model: str) -> None:
    with pytest.raises(SettingsError, match=r"^EMBEDDING_DIMENSIONS: .*384"):
        settings(monkeypatch, EMBEDDING_MODEL=model, EMBEDDING_DIMENSIONS="768")


@pytest.mark.parametrize("dimensions", ["0", "384"])
def test_its_own_size_is_taken(monkeypatch: pytest.MonkeyPatch, dimensions: str) -> None:
    assert settings(monkeypatch, EMBEDDING_DIMENSIONS=dimensions).dimensions == 384


def test_google_s_models_give_several(monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings(monkeypatch, GOOGLE_API_KEY="k", EMBEDDING_DIMENSIONS="1536").dimensions == 1536
