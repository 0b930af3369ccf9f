    def _start_again(self, content=None):
        self.get_queryset().delete()
        return {"tasks": []}
