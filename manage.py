#!/usr/bin/env python
"""Django's command line, refusing a Python that the project does not run on."""

import os
import sys

OLDEST, NEWEST = (3, 11), (3, 13)


def main() -> int:
    """Run one management command."""
    if not OLDEST <= sys.version_info[:2] <= NEWEST:
        found = sys.version.split()[0]
        sys.stderr.write("Python 3.11 to 3.13 is needed; this is " + found + ".\n")
        return 2
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "configurator.settings")
    try:
        from django.core.exceptions import ImproperlyConfigured
        from django.core.management import execute_from_command_line
    except ImportError:
        sys.stderr.write("Django is not installed here; `make run` installs it.\n")
        return 2
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
