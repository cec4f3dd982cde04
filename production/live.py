"""Live streams of the boards."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
