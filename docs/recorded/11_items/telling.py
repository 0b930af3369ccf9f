        row = rows.model.objects.filter(pk=pk).first()
        if row and row not in rows:
            raise ValidationError("This is not yours.")
