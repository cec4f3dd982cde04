"""What a way of making is called; every page says it alike."""

from django.utils.translation import gettext_lazy

NAMES = {
    "JOB": gettext_lazy("Job"),
    "BATCH": gettext_lazy("Batch"),
    "FLOW": gettext_lazy("Flow"),
    "MASS_CUSTOMISATION": gettext_lazy("Mass customisation"),
}


def name_of(method: str) -> str:
    """Name a way of making; one that nobody has named yet by its code."""
    return str(NAMES.get(method) or method.replace("_", " ").capitalize())
