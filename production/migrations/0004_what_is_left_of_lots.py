"""Lots that exist already: what is on hand lies in the newest of each item."""

from django.db import migrations


def spread(apps, schema_editor):
    items = apps.get_model("production", "StockItem")
    lots = apps.get_model("production", "MaterialLot")
    for item in items.objects.order_by("id"):
        left = item.on_hand
        for lot in lots.objects.filter(item=item).order_by("-created_at", "-id"):
            lot.remaining = min(lot.quantity, left)
            left -= lot.remaining
            if lot.remaining == 0:
                lot.state = "CONSUMED"
            lot.save(update_fields=["remaining", "state"])


class Migration(migrations.Migration):
    dependencies = [("production", "0003_lots_and_devices")]

    operations = [migrations.RunPython(spread, migrations.RunPython.noop)]
