"""Installs the native plugin where the Pulumi CLI finds it by name and version."""
