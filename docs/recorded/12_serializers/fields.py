ItemSerializer():
    id = BigIntegerField(label='ID', read_only=True)
    name = CharField(max_length=128, validators=[<function validate_text>])
    task = PrimaryKeyRelatedField(queryset=Task.objects.all())
    done_at = DateTimeField(allow_null=True, required=False)
    done_by = StringRelatedField()
