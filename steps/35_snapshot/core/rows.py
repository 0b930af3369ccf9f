from collections import defaultdict

from django.core.exceptions import ImproperlyConfigured
from django.db.models import FileField
from rest_framework import relations, serializers

TO_SLUG = relations.SlugRelatedField.to_representation


def shape_rows(serializer_class, queryset):
    """Give what `serializer_class(queryset, many=True).data` gives, and make no objects.

    Prefetches are not used, and a field that shows more than a column is refused.
    """
    return [row for _, row in shape(serializer_class(), queryset, "pk")]


def shape(serializer, queryset, key):
    """Give each row as the serializer shows it, after what it has in the column `key`."""
    fields = [each for each in serializer.fields.values() if not each.write_only]
    plan = {each.field_name: plan_field(each, queryset) for each in fields}
    for row in queryset.values(key, *{column for column, _ in plan.values()}):
        shown = {
            name: None if row[column] is None else show(row[column])
            for name, (column, show) in plan.items()
        }
        yield row[key], shown


def plan_field(field, queryset):
    """Give the column that a field shows, and a function for what it makes of it."""
    kind, column = type(field), columns(queryset.model).get(field.source)
    if type(field.parent).to_representation != serializers.Serializer.to_representation:
        pass
    elif kind is serializers.ListSerializer:
        for relation in queryset.model._meta.related_objects:
            if relation.one_to_many and relation.get_accessor_name() == field.source:
                return plan_nested(field.child, relation.field, queryset)
    elif column and not column.is_relation:
        if kind.get_attribute is serializers.Field.get_attribute:
            return column.name, field.to_representation
    elif column and isinstance(field, relations.PrimaryKeyRelatedField):
        show = field.to_representation
        return column.attname, lambda pk: show(relations.PKOnlyObject(pk))
    elif column and kind.to_representation == TO_SLUG:
        slug = columns(column.related_model).get(field.slug_field)
        if slug and not slug.is_relation:
            return f"{column.name}__{slug.name}", lambda value: value
    name = f"{type(field.parent).__name__}.{field.field_name}"
    raise ImproperlyConfigured(f"{name} shows more than a column.")


def plan_nested(serializer, foreign_key, queryset):
    """Give the column by which rows find theirs, and a function that gives these."""
    column, groups = foreign_key.target_field.attname, defaultdict(list)
    parents = {f"{foreign_key.attname}__in": queryset.values(column)}
    rows = foreign_key.model._default_manager.filter(**parents)
    for parent, row in shape(serializer, rows, foreign_key.attname):
        groups[parent].append(row)
    return column, lambda parent: groups.get(parent, [])


def columns(model):
    fields = [each for each in model._meta.get_fields() if each.concrete]
    return {each.name: each for each in fields if not isinstance(each, FileField)}
