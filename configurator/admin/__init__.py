"""The catalogue in Django's admin; importing the modules registers what they hold."""

from configurator.admin import access, products, releases

__all__ = ["access", "products", "releases"]
