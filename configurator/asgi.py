"""The ASGI application: the live streams under ``/live/`` and nothing else."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "configurator.settings")
os.environ["LIVE_SERVER"] = "1"

application = get_asgi_application()
