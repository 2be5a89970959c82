"""Prices kept for LiteLLM, Langfuse or OpenRouter, or in a table, converted into a catalog."""
