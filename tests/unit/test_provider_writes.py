"""What follows a write of a provider: reads that end when its call must."""

from typing import Any

from keywordsai_dynamic.api.providers_client import WrittenProvider
from keywordsai_dynamic.lifecycle.provider_parts import Parts
from keywordsai_dynamic.lifecycle.provider_state import stored_in
from keywordsai_dynamic.lifecycle.provider_writes import _after

PARTS: Parts = {("provider_name",): "Acme", ("api_key",): "sk-Jq8Xw2Lz9TbR4cNwYd3H"}
SECRET = frozenset({("api_key",)})
MASKED = {"provider_id": "p", "provider_name": "Acme", "extra_kwargs": {"api_key": "sk-…Yd3H"}}


class Service:
    """A run at a service that masks keys; each read takes 100 seconds."""

    def __init__(self) -> None:
        self.client: Any = self
        self.providers, self.now = self, 0.0
        self.deadlines: list[float] = []

    def find(self, _provider_id: str, *, deadline: float) -> tuple[dict[str, Any], float]:
        """Return the provider."""
        self.deadlines.append(deadline)
        self.now += 100.0
        return MASKED, self.now


def test_the_reads_after_a_write_end_with_its_call() -> None:
    """A call lasts 300 seconds with all that it reads, and not as long again after a write."""
    run, lens = Service(), stored_in({}, {"api_key"}).lens(PARTS, SECRET)
    run.now = 50.0
    answered: Any = run
    _after(answered, "p", lens, WrittenProvider(None, 200, repeated=False), end=300.0)
    assert run.deadlines == [250.0, 150.0]
