"""Built-in models, which are read-only, with their vendors' list prices."""

from typing import Any

VENDORS = {
    "anthropic": "Anthropic",
    "deepseek": "DeepSeek",
    "google": "Google",
    "groq": "Groq",
    "mistral": "Mistral AI",
    "openai": "OpenAI",
}

# name: USD per million tokens in, out, cache hit, cache creation; context window; images
_CHAT: dict[str, tuple[float, float, float, float, int, int]] = {
    "anthropic/claude-3-5-haiku-20241022": (0.8, 4.0, 0.08, 1.0, 200_000, 1),
    "anthropic/claude-3-5-sonnet-20241022": (3.0, 15.0, 0.3, 3.75, 200_000, 1),
    "anthropic/claude-opus-4-20250514": (15.0, 75.0, 1.5, 18.75, 200_000, 1),
    "anthropic/claude-sonnet-4-20250514": (3.0, 15.0, 0.3, 3.75, 200_000, 1),
    "anthropic/claude-sonnet-4-5": (3.0, 15.0, 0.3, 3.75, 200_000, 1),
    "deepseek/deepseek-chat": (0.27, 1.1, 0.07, 0.0, 64_000, 0),
    "google/gemini-2.0-flash": (0.1, 0.4, 0.025, 0.0, 1_048_576, 1),
    "google/gemini-2.5-flash": (0.3, 2.5, 0.03, 0.0, 1_048_576, 1),
    "google/gemini-2.5-pro": (1.25, 10.0, 0.125, 0.0, 1_048_576, 1),
    "groq/llama-3.3-70b-versatile": (0.59, 0.79, 0.0, 0.0, 131_072, 0),
    "mistral/mistral-large-latest": (2.0, 6.0, 0.0, 0.0, 131_072, 0),
    "openai/gpt-4": (30.0, 60.0, 0.0, 0.0, 8_192, 0),
    "openai/gpt-4.1": (2.0, 8.0, 0.5, 0.0, 1_047_576, 1),
    "openai/gpt-4.1-mini": (0.4, 1.6, 0.1, 0.0, 1_047_576, 1),
    "openai/gpt-4o": (2.5, 10.0, 1.25, 0.0, 128_000, 1),
    "openai/gpt-4o-mini": (0.15, 0.6, 0.075, 0.0, 128_000, 1),
    "openai/o3-mini": (1.1, 4.4, 0.55, 0.0, 200_000, 0),
}


def built_in_models() -> dict[str, dict[str, Any]]:
    """Return the fields of every built-in model, by provider-prefixed name."""
    return {
        name: {
            "model_name": name,
            "base_model_name": None,
            "display_name": name.partition("/")[2],
            "provider_id": name.partition("/")[0],
            "input_cost": prompt,
            "output_cost": completion,
            "cache_hit_input_cost": cache_hit,
            "cache_creation_input_cost": cache_creation,
            "max_context_window": window,
            "streaming_support": 1,
            "function_call": 1,
            "image_support": images,
            "supported_params_override": {},
        }
        for name, (prompt, completion, cache_hit, cache_creation, window, images) in _CHAT.items()
    }
