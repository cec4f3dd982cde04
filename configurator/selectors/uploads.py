"""Pictures that customers sent, by the reference that a choice holds."""

from collections.abc import Collection

from configurator.models import Upload


def map_uploads(*, tokens: Collection[str]) -> dict[str, Upload]:
    """Give uploads without their content, by token; asks nothing for no tokens."""
    if not tokens:
        return {}
    rows = Upload.objects.filter(token__in=tokens).defer("content")
    return {row.token: row for row in rows}
