def create(self, content):
    task = self.user.task_set.create(name=content["name"])
    return self.get_serializer(task).data
