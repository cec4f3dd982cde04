"""The works' figures in Django's admin; importing the modules registers them."""

from production.admin import lines, places, rules, sites, stock

__all__ = ["lines", "places", "rules", "sites", "stock"]
