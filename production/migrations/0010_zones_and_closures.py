from django.conf import settings
from django.db import migrations, models


def mend(apps, schema_editor):
    """Bring rows to what is asked from now on, as planning took them until now."""
    Site = apps.get_model("production", "Site")
    site = Site.objects.exclude(zone="").order_by("id").first()
    apps.get_model("production", "Calendar").objects.filter(zone="").update(
        zone=site.zone if site else settings.SHOP_TIME_ZONE
    )
    apps.get_model("production", "ClosedDay").objects.filter(
        to_date__lt=models.F("from_date")
    ).update(to_date=models.F("from_date"))


class Migration(migrations.Migration):
    dependencies = [
        ("production", "0001_to_0009"),
    ]

    operations = [
        migrations.RunPython(mend, migrations.RunPython.noop, elidable=True),
        migrations.AddConstraint(
            model_name="calendar",
            constraint=models.CheckConstraint(
                condition=models.Q(("zone__gt", "")), name="a_calendar_names_its_zone"
            ),
        ),
        migrations.AddConstraint(
            model_name="closedday",
            constraint=models.CheckConstraint(
                condition=models.Q(("to_date__gte", models.F("from_date"))),
                name="a_closure_ends_after_it_begins",
            ),
        ),
    ]
