"""Each operations method has a template of its own, found by the method's code."""

import pytest
from django.core.management import call_command
from django.template.loader import get_template

from production.engine.methods import METHODS
from production.models import Batch, Operation
from production.views.methods import method_at, template_of
from tests.factories.floor import bake, make_work_order, step


@pytest.mark.parametrize("code", METHODS)
def test_a_board_finds_the_template_of_a_method_by_its_code(code):
    assert get_template(template_of(code)).render({"sections": []}).strip()


@pytest.mark.django_db
def test_a_work_centre_shows_its_queue_as_most_of_its_work_is_made():
    make_work_order(step("SAW"), method="JOB")
    make_work_order(bake(), method="BATCH")
    single = list(Operation.objects.filter(code="SAW").select_related("work_order"))
    grouped = list(Operation.objects.filter(code="BAKE").select_related("work_order"))

    assert method_at(operations=single, batches=()) == "JOB"
    assert method_at(operations=[*single, *grouped], batches=()) == "BATCH"
    assert method_at(operations=(), batches=[Batch()]) == "BATCH"
    assert method_at(operations=(), batches=()) == "JOB"


@pytest.mark.django_db
def test_a_new_method_needs_no_migration(monkeypatch):
    monkeypatch.setitem(METHODS, "KANBAN", "production.engine.methods.job")

    call_command("makemigrations", check=True, dry_run=True, verbosity=0)
