from django.db import models, transaction


class Numbered(models.Model):
    """What counts its changes, so that a page which misses one finds out."""

    version = models.PositiveBigIntegerField(default=0)

    class Meta:
        abstract = True

    @classmethod
    def lock(cls, **which):
        """Get the row, or make it; nobody else locks it until the transaction ends."""
        numbered, _ = cls.objects.select_for_update().get_or_create(**which)
        return numbered

    def next_version(self):
        self.version += 1
        self.save(update_fields=["version"])
        return self.version


class NumberingMixin:
    """Number the changes of a ReceiverMixin, and answer a ping with the last number.

    List it before ReceiverMixin, and let `lock` give what is numbered, locked.
    """

    numbered = None

    def receive_json(self, content, **kwargs):
        if content.get("type") == "ping":
            self.send_pong()
            return
        with transaction.atomic(savepoint=False):
            self.numbered = self.lock()
            super().receive_json(content, **kwargs)

    def send_pong(self):
        if self.numbered is None:  # no other frame has come so far
            with transaction.atomic():
                self.numbered = self.lock()
        numbered = type(self.numbered).objects.filter(pk=self.numbered.pk)
        version = numbered.values_list("version", flat=True).first()
        self.send_json({"type": "pong", "version": version})

    def broadcast(self, type, data):
        super().broadcast(type, dict(**data, version=self.numbered.next_version()))
