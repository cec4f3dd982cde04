"""Make a draft of a product that is kept as a JSON document, and publish it if told."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from configurator.selectors.clock import factory_now
from configurator.services.catalogue import create_draft, publish_release
from configurator.services.errors import DomainError


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument(
            "--artwork",
            type=Path,
            metavar="SVG",
            help="the layered drawing; else the file that the document names",
        )
        parser.add_argument(
            "--publish", action="store_true", help="examine it and put it on sale"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        now = factory_now(real_now=timezone.now())
        document = read_document(options["file"])
        drawing = options["artwork"] or find_drawing(options["file"], document)
        if drawing:
            document["artwork"] = read_text(drawing)
        try:
            release = create_draft(document=document, now=now)
        except DomainError as error:
            raise CommandError(told(error)) from error
        self.stdout.write(f"Draft {release} is in the catalogue.")
        if not options["publish"]:
            return
        try:
            release = publish_release(release_id=release.pk, now=now)
        except DomainError as error:
            raise CommandError(f"It stays a draft: {told(error)}") from error
        for finding in release.findings:
            self.stdout.write(f"{finding['level'].lower()}: {finding['text']}")
        self.stdout.write(f"{release} is on sale.")


def told(error: DomainError) -> str:
    """Say all that is wrong, each with its place in the document."""
    return "\n".join(
        f"{each.field}: {each.message}" if each.field else each.message
        for each in error.problems
    )


def find_drawing(path: Path, document: dict[str, Any]) -> Path | None:
    """Find the drawing that a document names: beside it, or as the demo keeps them."""
    name = str(document.get("artwork") or "")
    if not name.endswith(".svg"):
        return None
    near = (path.parent / name, path.parent.parent / "artwork" / name)
    return next((each for each in near if each.is_file()), None)


def read_document(path: Path) -> dict[str, Any]:
    """Read a JSON object, or say where it is none."""
    try:
        document = json.loads(read_text(path))
    except (json.JSONDecodeError, RecursionError) as error:
        raise CommandError(f"{path} is no JSON: {error}") from error
    if not isinstance(document, dict):
        raise CommandError(f"{path} holds no JSON object.")
    return document


def read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{path} cannot be read: {error}") from error
