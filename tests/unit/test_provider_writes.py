"""What follows a write of a provider: reads that end when its call must."""

from types import SimpleNamespace
from typing import Any

from keywordsai_dynamic.api.providers_client import WrittenProvider
from keywordsai_dynamic.api.sending import OutdatedError
from keywordsai_dynamic.core.errors import KeywordsAIError
from keywordsai_dynamic.core.kinds import PROVIDER
from keywordsai_dynamic.core.settings import Settings
from keywordsai_dynamic.dynamic.wording import PYTHON
from keywordsai_dynamic.lifecycle import provider_steps
from keywordsai_dynamic.lifecycle.declaration import Declaration
from keywordsai_dynamic.lifecycle.provider_parts import Parts
from keywordsai_dynamic.lifecycle.provider_state import stored_in
from keywordsai_dynamic.lifecycle.provider_writes import _after
from keywordsai_dynamic.lifecycle.run import Run

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


class LostTry(Service):
    """A service where the first create has an unknown outcome; from then on the provider exists."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[str] = []

    def find(self, _provider_id: str, *, deadline: float) -> tuple[dict[str, Any] | None, float]:
        """Return the provider once it has been created."""
        return (MASKED if self.sent else None), self.now

    def create(self, _body: Any, *, not_after: float, deadline: float) -> WrittenProvider:  # noqa: ANN401  (JSON)
        """Take effect, and answer too late."""
        self.sent.append("POST")
        raise OutdatedError(1)

    def update(
        self,
        _provider_id: str,
        _body: Any,  # noqa: ANN401  (JSON)
        *,
        not_after: float,
        deadline: float,
    ) -> WrittenProvider:
        """Update the provider."""
        self.sent.append("PATCH")
        return WrittenProvider(MASKED, 200, repeated=False)


class Raced(Service):
    """A service where somebody creates the provider after the lookup, and then no read works."""

    def __init__(self) -> None:
        super().__init__()
        self.was_asked = False

    def find(self, _provider_id: str, *, deadline: float) -> tuple[dict[str, Any] | None, float]:
        """Find nothing, and then fail."""
        if self.was_asked:
            raise KeywordsAIError("the request limit is reached")
        self.was_asked = True
        return None, self.now

    def create(self, _body: Any, *, not_after: float, deadline: float) -> WrittenProvider:  # noqa: ANN401  (JSON)
        """Overwrite what is there."""
        return WrittenProvider(None, 200, repeated=False)


def created_at(service: Service) -> list[str]:
    """Create the provider at a service; returns what the user is told, and the error."""
    run, told = Run(lambda _key: None, PYTHON), list[str]()
    settings = Settings("k", "the test", "http://127.0.0.1")
    inventory: Any = SimpleNamespace(
        client=SimpleNamespace(now=0.0, settings=settings, providers=service)
    )
    run._inventory = inventory
    run.log.warning = lambda sentence, urn=None: told.append(sentence)  # type: ignore[method-assign]
    props = {"provider_id": "p", "provider_name": "Acme", "api_key": PARTS["api_key",]}
    wanted = Declaration.from_props(props, is_unknown=lambda _value: False, kind=PROVIDER)
    try:
        provider_steps.create(run, props, wanted, None)
    except KeywordsAIError as error:
        told.append(str(error))
    return told


def test_a_key_that_is_sent_again_after_a_lost_try_is_announced() -> None:
    """In between somebody may have set another key, which a masking service does not show."""
    service = LostTry()
    assert created_at(service) == [
        "adopts existing provider p (values match; api_key, which the service does not show, will "
        "be sent); from then on `pulumi destroy` deletes it"
    ]
    assert service.sent == ["POST", "PATCH"]


def test_an_overwritten_newcomer_is_reported_even_if_the_read_after_it_fails() -> None:
    """The answer to the write shows it; what comes later must not swallow that."""
    assert created_at(Raced()) == [
        "somebody else created p a moment ago, and it has been overwritten (unless the service "
        "returns 200 for new providers too)",
        "the request limit is reached",
    ]
