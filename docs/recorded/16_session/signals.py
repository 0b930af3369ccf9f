from django.contrib.auth.models import User
from django.db.models.signals import post_save


def hear(instance, **kwargs):
    print("  heard:", instance)


post_save.connect(hear, sender=User)
alice = User.objects.get(username="alice")
print("alice.save()")
alice.save()
print("User.objects.update(is_active=False)")
User.objects.update(is_active=False)
