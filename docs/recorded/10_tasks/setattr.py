        for key, value in content.items():
            setattr(task, key, value)
        task.full_clean()
        task.save()
