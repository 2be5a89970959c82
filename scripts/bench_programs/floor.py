"""The floor: a provider that does nothing, so that what is left is the engine and the SDK.

It holds one model in each resource, or a set of them in one.
"""

from pulumi.dynamic import CreateResult, Resource, ResourceProvider, UpdateResult


class Floor(ResourceProvider):
    serialize_as_secret_always = False

    def __reduce__(self):
        return "floor"

    def create(self, props):
        return CreateResult(props.get("model_name", "set"), props)

    def update(self, id_, olds, news):
        return UpdateResult(news)


floor = Floor()


class Model(Resource, module="floor", name="Model"):
    def __init__(self, name, **props):
        super().__init__(floor, name, props)


class ModelSet(Resource, module="floor", name="ModelSet"):
    def __init__(self, name, models):
        super().__init__(floor, name, {"models": models})
