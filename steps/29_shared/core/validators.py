from django.core.exceptions import ValidationError


def validate_text(text):
    """Refuse what JSON can hold and a database cannot: NUL, or half a character."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValidationError("This text cannot be saved.") from None
    if "\0" in text:
        raise ValidationError("This text cannot be saved.")
