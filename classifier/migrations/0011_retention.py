import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


def forget_names(apps, schema_editor):
    """The admin's own log kept names and values of what was deleted; the audit log has the rest."""
    apps.get_model('admin', 'LogEntry').objects.update(object_repr='', change_message='')


def forget_positions(apps, schema_editor):
    """A re-run that is over names the photograph that was its last no longer."""
    apps.get_model('classifier', 'Rerun').objects.exclude(finished_at=None).update(position=None)


class Migration(migrations.Migration):

    dependencies = [
        ('admin', '0003_logentry_add_action_flag_choices'),
        ('classifier', '0010_measures'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='RetentionChoice',
            fields=[
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='retention', serialize=False, to=settings.AUTH_USER_MODEL)),
                ('days', models.PositiveIntegerField()),
                ('chosen_at', models.DateTimeField(default=django.utils.timezone.now)),
            ],
        ),
        migrations.AddIndex(
            model_name='lesionimage',
            index=models.Index(fields=['owner', 'created_at'], name='images_of_owner_by_age'),
        ),
        migrations.RunPython(forget_names, migrations.RunPython.noop),
        migrations.RunPython(forget_positions, migrations.RunPython.noop),
    ]
