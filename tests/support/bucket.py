"""A bucket in memory that lists as MinIO does: by key in the order of bytes, newest first, markers among versions."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from ingest.domain.objects import ObjectVersion
from ingest.errors import ObjectMissing
from ingest.ports import Listed

BUCKET = "documentos-ugel"
_BEGAN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@dataclass
class MemoryBucket:
    """Implements what `ingest.upkeep.walk` asks of `ports.ObjectStore`, and counts it."""

    keys: dict[str, list[Listed]] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)
    _clock: int = 0

    def put(self, key: str, **metadata: str) -> ObjectVersion:
        return self._add(key, metadata, is_marker=False)

    def delete(self, key: str) -> ObjectVersion:
        return self._add(key, {}, is_marker=True)

    def erase(self, key: str, version_id: str = "") -> None:
        self.asked["erase"] += 1
        left = [one for one in self.keys[key] if version_id and one.version.identity != version_id]
        self.keys[key] = [one._replace(is_latest=place == 0) for place, one in enumerate(left)]

    def erase_up_to(self, key: str, sequencer: str) -> None:
        for one in list(self.keys[key]):
            if one.version.sequencer <= sequencer:
                self.erase(key, one.version.identity)

    def erase_all(self, prefix: str) -> None:
        self.keys = {key: entries for key, entries in self.keys.items() if not key.startswith(prefix)}

    def erase_derived(self, prefix: str) -> None: ...

    def _add(self, key: str, metadata: dict[str, str], *, is_marker: bool) -> ObjectVersion:
        self._clock += 1
        modified = _BEGAN + timedelta(milliseconds=self._clock)
        sequencer = f"{int(modified.timestamp() * 1000) * 1_000_000:016X}"
        version = ObjectVersion(
            BUCKET, key, f"v{self._clock}", f"etag{self._clock}", 10, sequencer=sequencer, modified=modified, metadata=metadata
        )
        older = [one._replace(is_latest=False) for one in self.keys.get(key, [])]
        self.keys[key] = [Listed(version, is_latest=True, is_marker=is_marker), *older]
        return version

    def listed(self, prefix: str, after_key: str = "") -> Iterator[Listed]:
        self.asked["listed"] += 1
        for key in sorted(self.keys):
            if key.startswith(prefix) and key > after_key:
                yield from self.keys[key]

    def versions_of(self, key: str) -> list[Listed]:
        return list(self.keys.get(key, []))

    def stat(self, key: str, version_id: str = "") -> ObjectVersion:
        self.asked["stat"] += 1
        for one in self.keys.get(key, []):
            if one.version.identity == version_id or not version_id:
                if one.is_marker:
                    raise ObjectMissing("NoSuchKey")
                return one.version
        raise ObjectMissing("NoSuchKey")

    def is_marker(self, key: str, version_id: str) -> bool:
        return any(one.is_marker and one.version.version_id == version_id for one in self.keys.get(key, []))
