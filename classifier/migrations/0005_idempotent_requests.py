import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('classifier', '0004_lesions_tokens_archives'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='IdempotentRequest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=210)),
                ('fingerprint', models.CharField(max_length=64)),
                ('answer', models.TextField(blank=True)),
                ('created_at', models.DateTimeField(auto_now_add=True, db_index=True)),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='idempotent_requests', to=settings.AUTH_USER_MODEL)),
                ('prediction', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='classifier.prediction')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('owner', 'key'), name='one_request_a_key_an_owner')],
            },
        ),
    ]
