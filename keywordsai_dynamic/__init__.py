"""Prices and capabilities of LLM models, declared beside the rest of the infrastructure."""

__all__: list[str] = []
