"""The floor: a provider that does nothing, so that what is left is the engine and the SDK."""

from pulumi.dynamic import CreateResult, Resource, ResourceProvider, UpdateResult


class Floor(ResourceProvider):
    serialize_as_secret_always = False

    def __reduce__(self):
        return "floor"

    def create(self, props):
        return CreateResult(props["model_name"], props)

    def update(self, id_, olds, news):
        return UpdateResult(news)


floor = Floor()


class Model(Resource, module="floor", name="Model"):
    def __init__(self, name, **props):
        super().__init__(floor, name, props)
