"""The works' figures in Django's admin; importing the modules registers them."""

from production.admin import places, rules

__all__ = ["places", "rules"]
