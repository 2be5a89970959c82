"""The vendor's documented example through the real CLI, against the documented response."""

import json
from urllib.parse import urlsplit

from harness.documented import documented_example
from harness.lengths import long_form_of
from harness.pulumi_stack import NewStack
from harness.raw_server import raw_server


@long_form_of(
    "plugin/test_documented_answers.py::test_the_documented_request_arrives_letter_for_letter"
)
def test_the_documented_example_is_declared_applied_and_left_alone(new_stack: NewStack) -> None:
    """The page's request arrives letter for letter, its answer is read, then all is quiet."""
    page = documented_example()
    arguments = ", ".join(f"{name}={value!r}" for name, value in page.payload.items())
    with raw_server([]) as server:
        stack = new_stack({"KEYWORDSAI_API_KEY": "YOUR_API_KEY", "KEYWORDSAI_BASE_URL": server.url})
        stack.write_program(
            "import pulumi\n"
            "from keywordsai_dynamic import CustomModel\n"
            f"model = CustomModel('example', {arguments})\n"
            f"for name in {[*page.payload, 'max_context_window', 'model_id']!r}:\n"
            "    pulumi.export(name, getattr(model, name))\n"
        )
        server.answers += [(200, []), (201, page.response)]
        told = stack.up().output
        sent = server.requests[-1]
        assert [(one.method, one.target) for one in server.requests] == [
            ("GET", "/api/models/?all=true"),
            ("POST", urlsplit(page.url).path),
        ]
        assert {name: sent.headers[name.lower()] for name in page.headers} == page.headers
        assert json.dumps(sent.json) == json.dumps(page.payload)
        assert (
            "custom_provider_id  declared my-azure-provider → returned my-custom-provider" in told
        )
        assert stack.outputs() == {
            **page.payload,
            "custom_provider_id": "my-custom-provider",
            "max_context_window": 8192,
            "model_id": "my-custom-gpt-4",
        }

        stack.preview("--expect-no-changes")
        server.answers += [(200, [page.response])]
        stack.refresh("--expect-no-changes")
        stack.preview("--expect-no-changes")
        server.answers += [(204, None)]
        stack.destroy()
        assert [(one.method, one.target) for one in server.requests[2:]] == [
            ("GET", "/api/models/?all=true"),
            ("DELETE", "/api/models/my-custom-gpt-4/"),
        ]
