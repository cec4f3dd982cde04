"""The catalogue in Django's admin; importing the modules registers what they hold."""

from configurator.admin import access, products, releases, words

__all__ = ["access", "products", "releases", "words"]
