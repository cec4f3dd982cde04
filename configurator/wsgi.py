"""The WSGI application: every page, API call and static file."""

import os
import threading

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "configurator.settings")

application = get_wsgi_application()
WARM_UP = "warm-up"


def warm_up() -> None:
    """Load the compiled loops; until then answers come the slower way."""
    from configurator.ports import ports  # noqa: PLC0415 -- app ready
    from configurator.selectors.artefacts import warm  # noqa: PLC0415 -- slow import

    warm()
    ports.warm_up()


threading.Thread(target=warm_up, name=WARM_UP, daemon=True).start()
