"""The floor for a resource of our shape: a provider that does nothing, and answers as much."""

from pulumi.dynamic import CreateResult, Resource, ResourceProvider, UpdateResult

TEXTS = ("affiliation_category", "provider_id", "provider_name", "source", "model_id")
NUMBERS = ("cache_creation_input_cost", "cache_hit_input_cost", "image_support")
UNDECLARED = (*TEXTS, *NUMBERS, "streaming_support", "custom_provider_id", "display_name")


class Shape(ResourceProvider):
    serialize_as_secret_always = False

    def __reduce__(self):
        return "shape"

    def create(self, props):
        hidden = {"__declared": props, "__base_url": "http://127.0.0.1:45861", "__urn": "-" * 80}
        answer = {**dict.fromkeys(TEXTS, "openai"), **dict.fromkeys(NUMBERS, 1.25)}
        return CreateResult(props["model_name"], {**props, **answer, **hidden})

    def update(self, id_, olds, news):
        return UpdateResult({**olds, **news})


shape = Shape()


class Model(Resource, module="shape", name="Model"):
    def __init__(self, name, **props):
        super().__init__(shape, name, {**dict.fromkeys(UNDECLARED), **props})
