"""Pictures that come with a form of choices, kept and named by their tokens."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.core.files.uploadedfile import UploadedFile
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _

from configurator.selectors.releases import LiveRelease
from configurator.services.errors import DomainError
from configurator.services.uploads import LARGEST_BYTES, store_upload
from configurator.states import CharacteristicKind

if TYPE_CHECKING:
    Files = MultiValueDict[str, UploadedFile[Any]]

FILE_PREFIX = "file."


def store_pictures(
    *,
    release: LiveRelease,
    files: Files,
    may_store: Callable[[], bool],
    now: datetime,
) -> tuple[dict[str, str], dict[str, str]]:
    """Keep the pictures among the files of a form.

    Gives the tokens, and what is wrong with others, by characteristic. ``may_store``
    is asked once for each picture, before it is read.
    """
    tokens: dict[str, str] = {}
    problems: dict[str, str] = {}
    for each in release.definition.characteristics:
        file = files.get(FILE_PREFIX + each.code)
        if each.kind.value != CharacteristicKind.FILE or file is None:
            continue
        if not may_store():
            problems[each.code] = _("That were many pictures; wait a minute, please.")
            continue
        try:
            # One byte more than allowed is enough to be told that it is too large.
            upload = store_upload(
                content=file.read(LARGEST_BYTES + 1),
                file_name=file.name or "",
                now=now,
            )
        except DomainError as error:
            problems[each.code] = error.message
        else:
            tokens[each.code] = upload.token
    return tokens, problems
