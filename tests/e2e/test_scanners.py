"""What scanners do to an inbox: half-written files, temporary names, one name for all, whole cards at once, and worse."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import paramiko
import pytest
from botocore.exceptions import ClientError

from ingest.adapters.minio.admin import MinioSetup
from tests.support import made
from tests.support.office import Office, Scanner, own_word, put_without_event, wait_for

pytestmark = pytest.mark.stack

PART = b"%PDF-1.7\n" + b"a" * (5 << 20)  # S3's least for a part that is not the last


def until_looked_everywhere(office: Office, rows: Callable[[str], list[Any]]) -> None:
    """Returns when every event sent so far was seen, and a whole listing has passed since."""
    s3 = office.service_s3()
    for number in range(4):  # the first silent one may meet a pass that has gone by its place
        key = f"inbox/zz-{uuid4()}"
        if number % 2:
            put_without_event(office, s3, key)
        else:
            s3.put_object(Bucket=office.bucket, Key=key, Body=b"")
        wait_for(lambda key=key: rows(key) or None, f"a row for {key}")


def until_all_ended(rows: Callable[[str], list[Any]], prefix: str, count: int) -> list[Any]:
    """The rows below a prefix when there are `count` of them and nothing more happens to any."""

    def ended() -> list[Any] | None:
        found = rows(prefix)
        return found if len(found) == count and all(row.finished_at for row in found) else None

    return wait_for(ended, f"the end of {count} documents below {prefix}", seconds=200)


class TestHalfWritten:
    def test_a_multipart_upload_is_no_document_until_it_is_completed(
        self, office: Office, add: Callable[..., Scanner], rows: Callable[[str], list[Any]]
    ) -> None:
        scanner, bucket = add(), office.bucket
        aborted, completed = f"{scanner.prefix}a.pdf", f"{scanner.prefix}b.pdf"
        uploads = {key: scanner.s3.create_multipart_upload(Bucket=bucket, Key=key)["UploadId"] for key in (aborted, completed)}
        parts = {
            key: scanner.s3.upload_part(Bucket=bucket, Key=key, UploadId=upload, PartNumber=1, Body=PART)["ETag"]
            for key, upload in uploads.items()
        }
        until_looked_everywhere(office, rows)
        assert rows(scanner.prefix) == []
        scanner.s3.abort_multipart_upload(Bucket=bucket, Key=aborted, UploadId=uploads[aborted])
        scanner.s3.complete_multipart_upload(
            Bucket=bucket,
            Key=completed,
            UploadId=uploads[completed],
            MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": parts[completed]}]},
        )
        (row,) = until_all_ended(rows, scanner.prefix, 1)
        assert (row.object_key, row.size) == (completed, len(PART))

    def test_a_slow_sftp_transfer_is_a_document_when_it_is_closed(
        self, office: Office, add: Callable[..., Scanner], rows: Callable[[str], list[Any]]
    ) -> None:
        scanner, body = add(), made.born_digital("lento", 1)
        key, cut = f"{scanner.prefix}lento.pdf", f"{scanner.prefix}cortado.pdf"
        with sftp(office, scanner) as slow, slow.open(f"/{office.bucket}/{key}", "wb") as file:
            file.write(body[:500])
            file.flush()
            broken = sftp(office, scanner)
            lost = broken.open(f"/{office.bucket}/{cut}", "wb")
            lost.write(body[:500])
            lost.flush()
            broken.get_channel().get_transport().sock.close()  # the cable, not the file
            until_looked_everywhere(office, rows)
            assert rows(key) == []
            file.write(body[500:])
        (row,) = until_all_ended(rows, key, 1)
        assert (row.status, row.size) == ("completed", len(body))
        assert rows(cut) == [], "a transfer that broke off is no document"

    def test_a_scanner_removed_in_mid_upload_leaves_what_it_had_finished(
        self, office: Office, add: Callable[..., Scanner], rows: Callable[[str], list[Any]], setup: MinioSetup
    ) -> None:
        scanner, bucket, word = add(), office.bucket, own_word()
        done, half = f"{scanner.prefix}entero.pdf", f"{scanner.prefix}medio.pdf"
        upload = scanner.s3.create_multipart_upload(Bucket=bucket, Key=half)["UploadId"]
        part = {"Bucket": bucket, "Key": half, "UploadId": upload, "PartNumber": 1, "Body": PART}
        etag = scanner.s3.upload_part(**part)["ETag"]
        scanner.s3.put_object(Bucket=bucket, Key=done, Body=made.born_digital(word, 1))
        setup.remove_device(scanner.access_key)
        parts = {"Parts": [{"PartNumber": 1, "ETag": etag}]}
        with pytest.raises(ClientError, match="InvalidAccessKeyId"):
            scanner.s3.upload_part(**{**part, "PartNumber": 2})
        with pytest.raises(ClientError, match="InvalidAccessKeyId"):
            scanner.s3.complete_multipart_upload(Bucket=bucket, Key=half, UploadId=upload, MultipartUpload=parts)
        until_looked_everywhere(office, rows)
        (row,) = until_all_ended(rows, scanner.prefix, 1)
        assert (row.object_key, row.status) == (done, "completed")
        assert len(office.find(word, mode="text")) == 1


def sftp(office: Office, scanner: Scanner) -> paramiko.SFTPClient:
    """A session of MinIO's SFTP gateway; closing it closes its connection."""
    host, _, port = office.env["MINIO_SFTP_ADDRESS"].partition(":")
    transport = paramiko.Transport((host, int(port)))
    transport.connect(username=scanner.access_key, password=scanner.secret_key)
    client = paramiko.SFTPClient.from_transport(transport)
    assert client is not None
    return client


class TestNames:
    def test_a_renamed_file_is_one_document(
        self, office: Office, add: Callable[..., Scanner], rows: Callable[[str], list[Any]]
    ) -> None:
        """S3 has no rename: clients copy, then delete."""
        scanner, bucket, service = add(), office.bucket, office.service_s3()
        temporary = ["a.pdf.part", "a.pdf.tmp", "a.filepart", ".a.pdf", "~$a.pdf"]
        finals = [f"{scanner.prefix}{number}.pdf" for number in range(len(temporary))]
        for name, final in zip(temporary, finals, strict=True):
            before = f"{scanner.prefix}{name}"
            scanner.s3.put_object(Bucket=bucket, Key=before, Body=b"")
            scanner.s3.copy_object(Bucket=bucket, Key=final, CopySource={"Bucket": bucket, "Key": before})
            service.delete_object(Bucket=bucket, Key=before)
        until_looked_everywhere(office, rows)
        found = until_all_ended(rows, scanner.prefix, len(finals))
        assert [(row.object_key, row.error_code) for row in found] == [(final, "empty_file") for final in finals]

    def test_the_same_name_ten_times_in_a_second_is_ten_letters(
        self, office: Office, add: Callable[..., Scanner], rows: Callable[[str], list[Any]]
    ) -> None:
        scanner, word = add(), own_word()
        versions = self._overwrite(office, scanner, [made.born_digital(f"{word} {number}", 1) for number in range(10)])
        found = until_all_ended(rows, scanner.prefix, 10)
        assert [row.version_id for row in found] == versions
        assert {row.status for row in found} == {"completed"}
        assert len(office.find(word, mode="text", limit=50)) == 10

    def test_with_replace_the_newest_wins(
        self, office: Office, add: Callable[..., Scanner], rows: Callable[[str], list[Any]]
    ) -> None:
        scanner, old, new = add(replaces=True), own_word(), own_word()
        versions = self._overwrite(office, scanner, [made.born_digital(old, 1)] * 9 + [made.born_digital(new, 1)])
        found = until_all_ended(rows, scanner.prefix, 10)
        assert [row.version_id for row in found] == versions
        assert [row.status for row in found] == ["superseded"] * 9 + ["completed"]
        assert office.find(old, mode="text") == []
        assert len(office.find(new, mode="text")) == 1

    @staticmethod
    def _overwrite(office: Office, scanner: Scanner, bodies: list[bytes]) -> list[str]:
        key = f"{scanner.prefix}scan0001.pdf"
        versions = [scanner.s3.put_object(Bucket=office.bucket, Key=key, Body=body)["VersionId"] for body in bodies]
        assert len(set(versions)) == len(bodies)
        return versions


def test_a_card_of_500_files_at_once_is_500_documents(
    office: Office, add: Callable[..., Scanner], rows: Callable[[str], list[Any]]
) -> None:
    scanner = add()
    keys = [f"{scanner.prefix}DCIM/IMG_{number:04}.JPG" for number in range(500)]
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda key: scanner.s3.put_object(Bucket=office.bucket, Key=key, Body=b""), keys))
    found = until_all_ended(rows, scanner.prefix, 500)
    assert sorted(row.object_key for row in found) == keys
    assert {(row.status, row.error_code, row.attempt) for row in found} == {("error", "empty_file", 1)}


def test_a_scanner_that_hides_its_events_hides_nothing(
    office: Office, add: Callable[..., Scanner], rows: Callable[[str], list[Any]]
) -> None:
    scanner = add()
    put_without_event(office, scanner.s3, f"{scanner.prefix}callado.pdf")
    (row,) = until_all_ended(rows, scanner.prefix, 1)
    assert row.error_code == "empty_file"
