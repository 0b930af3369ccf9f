from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('chat', '0004_alter_message_user'),
    ]

    operations = [
        migrations.AddField(
            model_name='message',
            name='version',
            field=models.PositiveBigIntegerField(default=0, editable=False),
        ),
        migrations.AddField(
            model_name='room',
            name='message_version',
            field=models.PositiveBigIntegerField(default=0, editable=False),
        ),
    ]
