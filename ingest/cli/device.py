"""`bandeja device add, list, remove`: a scanner's own user, which may write under its own prefix and nowhere else."""

import shlex
import sys
from typing import Annotated

import typer

from ingest.cli import context, device_check
from ingest.cli.screen import err, out, safe
from ingest.db import audit, devices
from ingest.db.audit import Deed
from ingest.intake.scanners import Added, Scanners, name_problem
from ingest.ports import Credentials
from ingest.reading import ocr_languages
from ingest.services.backing import build_store
from ingest.settings import Settings
from ingest.upkeep.prepare import minio_setup

app = typer.Typer(help="Scanners: each its own user, which writes under its own prefix alone.", no_args_is_help=True)


def register(parent: typer.Typer) -> None:
    """Add the group."""
    parent.add_typer(app, name="device")


@app.command("add")
def add_command(
    name: Annotated[str, typer.Argument(help="Free text, such as 'Mesa de partes'.")],
    replace: Annotated[bool, typer.Option("--replace", help="A second file of a name replaces the first.")] = False,
    language: Annotated[str, typer.Option(help="Of its documents, for OCR: es, spa+que; else OCR_LANGUAGES.")] = "",
    never_google: Annotated[bool, typer.Option("--never-google", help="Send nothing of its documents to Google.")] = False,
    as_env: Annotated[bool, typer.Option("--env", help="As NAME=value lines, ready for `eval`.")] = False,
) -> None:
    """Make a scanner's user and print its settings, or renew access key and secret of one that is there. Shown once."""
    settings = context.settings()
    languages = ocr_languages.parsed(language) if language else ""
    refused = name_problem(name) or ("" if languages is not None else f"No language, or more than three: {language}")
    added = None if refused else add(settings, name, replaces=replace, languages=languages or "", stays_here=never_google)
    if added is None:
        err.print(f"[bold red]✗[/] {safe(refused or 'Another device has this folder already; choose another name.')}")
        sys.exit(1)
    if added.renewed:
        err.print(f"{safe(name)} was there already: access key and secret are new, the old ones no longer work.\n")
    if as_env:
        for setting, value in zip(("ACCESS_KEY", "SECRET_KEY", "PREFIX"), (*added.credentials, added.prefix), strict=True):
            print(f"DEVICE_{setting}={shlex.quote(value)}")
    else:
        print(device_settings(settings, name, added.credentials, added.prefix))


def _scanners(settings: Settings) -> Scanners:
    return Scanners(minio_setup(settings), build_store(settings), settings.minio_bucket, settings.inbox_prefix)


def add(settings: Settings, name: str, *, replaces: bool, languages: str = "", stays_here: bool = False) -> Added | None:
    """Make or renew a device; None where another one has its folder. Raises StorageUnavailable, DatabaseUnavailable."""
    with context.database(settings) as database, database.begin() as connection:
        added = _scanners(settings).add(connection, name, replaces=replaces, languages=languages, stays_here=stays_here)
        if added is not None:
            audit.record(connection, Deed(audit.COMMAND_LINE, "device_added", name))
        return added


def device_settings(settings: Settings, name: str, credentials: Credentials, prefix: str) -> str:
    """Settings to type into a scanner, or to paste into rclone's configuration."""
    endpoint = settings.minio_public_endpoint or f"{'https' if settings.minio_secure else 'http'}://{settings.minio_endpoint}"
    access, secret = credentials
    host, _, port = settings.minio_sftp_address.rpartition(":")
    folder = f"/{settings.minio_bucket}/{prefix}"
    sftp = f"""
SFTP
  host        {host}
  port        {port}
  user        {access}
  password    {secret}
  folder      {folder}
""" if host else ""  # fmt: skip
    return f"""\
S3
  endpoint    {endpoint}
  region      {settings.minio_region}
  bucket      {settings.minio_bucket}
  prefix      {prefix}
  access key  {access}
  secret key  {secret}
  addressing  path style
{sftp}
rclone (append to rclone.conf, then: rclone copy FILES "{access}:{folder.strip("/")}")
  [{access}]
  type = s3
  provider = Minio
  endpoint = {endpoint}
  region = {settings.minio_region}
  access_key_id = {access}
  secret_access_key = {secret}
  no_check_bucket = true

Transfer under the final name: MinIO's SFTP gateway cannot rename, and names ending in .part or .tmp are left alone.
SFTP says OK also for what is refused and kept nowhere: another folder than the above, a name that is not UTF-8 or has
more than 255 bytes. Let the scanner look for the file when it is sent ("verify", "stat after put"), or send by S3.
To try the whole round: bandeja device check {shlex.quote(name)}
Keep the secret now: it is not shown again."""


@app.command("list")
def list_devices() -> None:
    """List the scanners, and what has arrived of each: "did it arrive?" is the question most asked about scanners."""
    with context.database(context.settings()) as database, database.begin() as connection:
        found, sent, refused = devices.every(connection), devices.sent(connection), devices.refused(connection)
    for one in found:
        not_kept = f"; {refused[one.name]} refused, see `bandeja parked list`" if one.name in refused else ""
        out.print(f"[bold]{safe(one.name)}[/]  {_arrived(sent.get(one.name))}{not_kept}", highlight=False, soft_wrap=True)
        same_name = "a file under a known name replaces the older" if one.replaces else "every file is a document of its own"
        facts = (safe(one.access_key), safe(one.prefix), same_name, safe(one.languages))
        out.print(f"  {' · '.join(filter(None, facts))}", highlight=False, soft_wrap=True)


def _arrived(sent: devices.Sent | None) -> str:
    if sent is None:
        return "nothing yet"
    return (
        f"{sent.documents} documents, {sent.waiting} waiting, {sent.failed} failed;"
        f" last {sent.last_at.astimezone():%Y-%m-%d %H:%M:%S} {safe(sent.last_filename)}"
    )


@app.command()
def check(name: Annotated[str, typer.Argument(help="The device's name, as listed.")]) -> None:
    """Send a document with the scanner's rights by S3 and by SFTP, until it is found; exit 1 where anything fails."""
    if not device_check.check(context.settings(), name):
        sys.exit(1)


@app.command()
def remove(name: Annotated[str, typer.Argument(help="The device's name, as listed.")]) -> None:
    """Remove a scanner's user; the documents it sent stay."""
    settings = context.settings()
    with context.database(settings) as database, database.begin() as connection:
        removed = _scanners(settings).remove(connection, name)
        if removed:
            audit.record(connection, Deed(audit.COMMAND_LINE, "device_removed", name))
    if not removed:
        err.print(f"[bold red]✗[/] There is no device {safe(name)}; `bandeja device list` shows all.")
        sys.exit(1)
    out.print(f"{safe(name)} may no longer write; its documents stay.", highlight=False)
